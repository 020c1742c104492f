import type { Configuration } from './configuration.js';
import type { Experiment } from './experiment.js';
import type { Ran } from './manifest.js';

/**
 * The command that runs a configuration: its size and seeds, the settings that are not those of the size in this version, and what
 * trained.
 *
 * @param ran what trained where the engine was left to choice
 */
export function commandOf(experiment: Experiment, configuration: Configuration, ran: readonly Ran[] = []): string {
  const { size, seeds, settings } = configuration;
  return [
    `lengthwise run ${experiment.name} --size ${size}`,
    ...(seeds.length > 0 ? [`--seeds ${seeds.length} --seed ${seeds[0]}`] : []),
    ...changedSettings(settings, experiment.sizes[size].settings),
    ...engineFlags(configuration, ran),
  ].join(' ');
}

function changedSettings(settings: Configuration['settings'], standard: object): string[] {
  const known = new Map<string, unknown>(Object.entries(standard));
  return Object.entries(settings)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(known.get(key)))
    .map(([key, value]) => `--set ${key}=${value}`);
}

function engineFlags({ engine }: Configuration, ran: readonly Ran[]): string[] {
  const [first] = ran;
  const asked =
    'engine' in engine
      ? { engine: engine.engine, backend: engine.backend, precision: engine.precision }
      : { engine: engine.executor ?? first?.name, backend: engine.backend ?? first?.backend };
  return Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
}
