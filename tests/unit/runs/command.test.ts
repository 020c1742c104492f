import { expect, it } from 'vitest';
import { EXPERIMENTS } from '../../../experiments/index.js';
import {
  type Configuration,
  commandOf,
  configure,
  type Experiment,
  SIZES,
  type Size,
} from '../../../src/runs/index.js';

/** What a command asks for. */
function configurationOf(experiment: Experiment, command: string): Configuration {
  const [, , name, ...words] = command.split(' ');
  expect(name).toBe(experiment.name);
  const values = (flag: string) => words.flatMap((word, i) => (word === `--${flag}` ? [words[i + 1]!] : []));
  const [[seeds], [seed]] = [values('seeds'), values('seed')];
  const [engine, backend, precision] = ['engine', 'backend', 'precision'].map((flag) => values(flag)[0]);
  const chosen =
    experiment.model === 'transformer'
      ? { executor: engine, backend }
      : { engine, precision, ...(backend && { backend }) };
  return configure(experiment, {
    size: values('size')[0] as Size,
    seeds: seeds === undefined ? undefined : Number(seeds),
    seed: seed === undefined ? undefined : Number(seed),
    set: values('set'),
    engine: engine === undefined ? undefined : (chosen as Configuration['engine']),
  });
}

it.each(EXPERIMENTS.map((experiment) => [experiment.name, experiment] as const))(
  'the command of %s asks for what was configured',
  (_, experiment) => {
    for (const size of SIZES) {
      const standard = configure(experiment, { size });
      expect(configurationOf(experiment, commandOf(experiment, standard))).toEqual(standard);
      expect(commandOf(experiment, standard)).not.toContain('--set');
      // The settings of another size, in which numbers and lists differ.
      const { settings } = experiment.sizes.full;
      const drawn = standard.seeds.length > 0 ? { seeds: 2, seed: 2 ** 40 } : {};
      const changed = { ...configure(experiment, { size, ...drawn }), settings: { ...settings } };
      expect(configurationOf(experiment, commandOf(experiment, changed))).toEqual(changed);
    }
  },
);

it('names what ran where the engine was left to choice, and what was asked for where it was not', () => {
  const experiment = EXPERIMENTS.find(({ model }) => model === 'transformer')!;
  const ran = [{ name: 'onnx', backend: 'cpu', executorKind: null, precision: 'f32', adapter: null }];
  const size = 'smoke' as const;
  expect(commandOf(experiment, configure(experiment, { size }), ran)).toMatch(/ --engine onnx --backend cpu$/);
  const asked = configure(experiment, { size, engine: { executor: 'gpujs', backend: 'webasm' } });
  expect(commandOf(experiment, asked, ran)).toMatch(/ --engine gpujs --backend webasm$/);
});
