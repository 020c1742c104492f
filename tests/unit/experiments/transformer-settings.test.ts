import { describe, expect, it } from 'vitest';
import { EXPERIMENTS } from '../../../experiments/index.js';
import { configure, type Row } from '../../../src/index.js';
import { idealRows, TRANSFORMER_EXPERIMENTS } from '../../fixtures/transformer-rows.js';

const named = (name: string) => EXPERIMENTS.find((experiment) => experiment.name === `transformer-${name}`)!;
const WHOLE = TRANSFORMER_EXPERIMENTS.map(({ name }) => name.replace('transformer-', ''));
const SHAPED = WHOLE.filter((name) => name !== 'capacity');

describe('settings that do not fit together are refused before anything is run', () => {
  it.each<[string, string[], string]>([
    ...WHOLE.map((name): [string, string[], string] => [
      name,
      ['heads=5'],
      `the settings of transformer-${name} do not fit together: heads is 5; it must divide the width, ${name === 'capacity' ? 48 : 64}`,
    ]),
    ...SHAPED.map((name): [string, string[], string] => [
      name,
      ['width=33'],
      `the settings of transformer-${name} do not fit together: heads is 4; it must divide the width, 33`,
    ]),
    ['parity', ['architecture=mistral', 'width=66', 'heads=6'], 'heads is 6; rotary positions need an even width'],
    ['parity', ['architecture=mistral', 'width=60', 'heads=5'], 'keyValueHeads is 3; it must divide the heads, 5'],
    ['parity', ['rollouts=40'], '--set is "rollouts=40"; rollouts: must be a multiple of 16, above 256 of 256'],
    ['parity', ['rollouts=272'], '--set is "rollouts=272"; rollouts: must be a multiple of 16, above 256 of 256'],
    ['parity', ['depth=9'], '--set is "depth=9"; depth must be an integer from 1 to 8'],
    // The last model of several is the wrong one.
    ['capacity', ['widths=48,66'], 'heads is 4; it must divide the width, 66'],
    ['partial-chains', ['d=3', 'leaps=1,4'], 'leap is 4; it must be below d, 3'],
    ['partial-chains', ['d=3', 'leaps=1,3'], 'leap is 3; it must be below d, 3'],
  ])('%s with %s', (name, set, message) => {
    const asked = () => configure(named(name), { set });
    expect(asked).toThrow(RangeError);
    expect(asked).toThrow(message);
  });

  it.each([
    ['parity', ['architecture=mistral', 'width=48', 'heads=6']],
    ['parity', ['rollouts=32']],
    ['parity', ['rollouts=256']],
    ['parity', ['rollouts=512']],
    ['capacity', ['heads=3', 'widths=48,66']],
    ['partial-chains', ['d=3', 'leaps=1,2']],
  ])('%s with %s is none of them', (name, set) => {
    expect(() => configure(named(name), { set })).not.toThrow();
  });
});

it('a chain counts as learnt only where some responses are long in every seed', () => {
  const experiment = named('partial-chains');
  const { settings } = experiment.sizes.smoke;
  const rows = idealRows(experiment, settings, [1, 2]);
  const [whole] = experiment.checks(rows, settings);
  expect(whole!.holds).toBe(true);
  const without = (row: Row): Row => (row.seed === 2 ? { ...row, long_fraction: 0, long_accuracy: null } : row);
  const [check] = experiment.checks(rows.map(without), settings);
  expect(check).toMatchObject({ holds: null, found: 'not learnt: 0 of long responses are right in a seed' });
});
