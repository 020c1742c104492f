import { describe, expect, it } from 'vitest';
import { clopperPearson } from '../../../src/statistics/index.js';
import { type DemonstrationOptions, Demonstrations, parity, partialChain, stepSigns } from '../../../src/task/index.js';
import { SEED, seedNote } from '../../fixtures/seed.js';

const TRIALS = 40_000;

/** False-alarm probability of every frequency check of this file, of which there are fewer than 100. */
const ALPHA = 1e-9 / 100;

/** Whether `successes` of TRIALS draws are compatible with a probability. */
function compatible(successes: number, probability: number): boolean {
  const { bounds } = clopperPearson({ successes, trials: TRIALS, alpha: ALPHA });
  return bounds[0] <= probability && probability <= bounds[1];
}

function demonstrations(options: Partial<DemonstrationOptions> = {}): Demonstrations {
  return new Demonstrations({ d: 5, pCot: 0.25, seed: SEED, ...options });
}

function count(holds: (index: number) => boolean): number {
  let successes = 0;
  for (let index = 0; index < TRIALS; index++) if (holds(index)) successes++;
  return successes;
}

describe('Demonstrations', () => {
  it.each([0.001, 0.25, 1 / 3, 0.9])('are long with probability p = %d', (pCot) => {
    const source = demonstrations({ pCot });
    const long = count((index) => source.isLong(index));
    expect(compatible(long, pCot), `${seedNote}: ${long} of ${TRIALS}`).toBe(true);
    // The check has power: a frequency that is .05 off is refused.
    expect(compatible(Math.round(TRIALS * (pCot + 0.05)), pCot)).toBe(false);
  });

  it('have uniform inputs, whether long or short: each bit, each pair and the parity are fair', () => {
    // At p = 1/2 the length is a fair coin, so agreement with it tells whether it depends on the input.
    const source = demonstrations({ pCot: 0.5 });
    const { d } = source.options;
    const sums = new Map<string, number>();
    const add = (name: string, holds: boolean) => sums.set(name, (sums.get(name) ?? 0) + (holds ? 1 : 0));
    for (let index = 0; index < TRIALS; index++) {
      const x = source.input(index);
      for (let i = 0; i < d; i++) {
        add(`x_${i + 1}`, x[i]! > 0);
        for (let j = 0; j < i; j++) add(`x_${j + 1} x_${i + 1}`, x[i] === x[j]);
      }
      add('chi', parity(x) > 0);
      add('length and x_1', source.isLong(index) === x[0]! > 0);
      add('length and chi', source.isLong(index) === parity(x) > 0);
    }
    for (const [name, sum] of sums) expect(compatible(sum, 0.5), `${seedNote}: ${name} ${sum}`).toBe(true);
    expect(sums.size).toBe(5 + 10 + 3);
  });

  it('hold the valid chain or the answer', () => {
    for (const leap of [1, 2, 5]) {
      const source = demonstrations({ leap });
      for (let index = 0; index < 200; index++) {
        const x = [...source.input(index)];
        expect(source.tokens(index)).toEqual(source.isLong(index) ? partialChain(x, leap) : [parity(x)]);
      }
    }
  });

  it('are a function of seed and index, in any order', () => {
    const [forwards, backwards, other] = [demonstrations(), demonstrations(), demonstrations({ seed: SEED + 1 })];
    const read = (source: Demonstrations, index: number) => [...source.input(index), 0, ...source.tokens(index)].join();
    const first = Array.from({ length: 100 }, (_, i) => read(forwards, i));
    const second = Array.from({ length: 100 }, (_, i) => read(backwards, 99 - i)).reverse();
    expect(second).toEqual(first);
    expect(first).not.toEqual(Array.from({ length: 100 }, (_, i) => read(other, i)));
  });

  it('do not change with p but for their length: the same index has the same input', () => {
    const [few, many] = [demonstrations({ pCot: 0.1 }), demonstrations({ pCot: 0.9 })];
    for (let index = 0; index < 300; index++) {
      expect([...few.input(index)]).toEqual([...many.input(index)]);
      // What is long at p = .1 is long at p = .9.
      expect(few.isLong(index) && !many.isLong(index)).toBe(false);
    }
  });

  it('with step noise 1 are wrong at every step, with 0 at none', () => {
    for (const [stepNoise, sign] of [
      [0, 1],
      [1, -1],
    ] as const) {
      const source = demonstrations({ stepNoise, pCot: 0.5 });
      for (let index = 0; index < 100; index++) {
        if (source.isLong(index)) {
          expect(new Set(stepSigns(source.input(index), source.tokens(index)))).toEqual(new Set([sign]));
        } else expect(source.tokens(index)).toEqual([parity(source.input(index))]);
      }
    }
  });

  it('with step noise .3 are wrong with that probability at each step, independently', () => {
    const source = demonstrations({ stepNoise: 0.3, pCot: 1 - 1e-12 });
    const wrong = new Array<number>(5).fill(0);
    let both = 0;
    for (let index = 0; index < TRIALS; index++) {
      const signs = stepSigns(source.input(index), source.tokens(index));
      for (const [l, sign] of signs.entries()) if (sign < 0) wrong[l]!++;
      if (signs[1]! < 0 && signs[2]! < 0) both++;
    }
    for (const sum of wrong) expect(compatible(sum, 0.3), `${seedNote}: ${wrong}`).toBe(true);
    expect(compatible(both, 0.09), `${seedNote}: ${both}`).toBe(true);
  });

  it('with wrong short answers answer -chi with that probability, and leave the chains valid', () => {
    const source = demonstrations({ answerNoise: 0.2, pCot: 1e-9 });
    const wrong = count((index) => source.tokens(index)[0] !== parity(source.input(index)));
    expect(compatible(wrong, 0.2), `${seedNote}: ${wrong}`).toBe(true);
    const always = demonstrations({ answerNoise: 1, pCot: 0.5 });
    for (let index = 0; index < 100; index++) {
      const x = [...always.input(index)];
      expect(always.tokens(index)).toEqual(always.isLong(index) ? partialChain(x, 1) : [-parity(x)]);
    }
  });

  it.each([
    [{ d: 1 }, 'd is 1; it must be an integer of at least 2'],
    [{ d: 2.5 }, 'd is 2.5; it must be an integer of at least 2'],
    [{ pCot: 0 }, 'p is 0; it must lie strictly between 0 and 1'],
    [{ pCot: 1 }, 'p is 1; it must lie strictly between 0 and 1'],
    [{ pCot: Number.NaN }, 'p is NaN; it must lie strictly between 0 and 1'],
    [{ stepNoise: 1.5 }, 'stepNoise is 1.5; it must lie in [0, 1]'],
    [{ answerNoise: -0.1 }, 'answerNoise is -0.1; it must lie in [0, 1]'],
    [{ stepNoise: 0.1, leap: 2 }, 'stepNoise is 0.1 with leap 2; noise is defined for full chains (leap 1)'],
    [{ seed: -1 }, 'seed is -1; it must be an integer from 0 to'],
  ])('refuse %j with the reason', (options, message) => {
    expect(() => demonstrations(options)).toThrow(message);
    expect(() => demonstrations(options)).toThrow(RangeError);
  });
});
