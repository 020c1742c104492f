import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { BACKENDS, ENGINES, engineNamed, PRECISIONS, UnsupportedOption } from '../engines/index.js';
import { parseRational, toDouble } from '../theory/index.js';
import { EXECUTOR_BACKENDS, EXECUTORS, type ExecutorBackend, type ExecutorName } from '../transformer/index.js';
import { type Experiment, SIZES, type Size } from './experiment.js';

/** What trains chains. */
const ChainEngine = z.strictObject({
  engine: z.enum(ENGINES),
  precision: z.enum(PRECISIONS),
  backend: z.enum(BACKENDS).optional(),
});

/** What runs transformers; what is left out is chosen where a run begins. */
export const TransformerEngine = z.strictObject({
  executor: z.enum(EXECUTORS).optional(),
  backend: z.enum(Object.values(EXECUTOR_BACKENDS).flat()).optional(),
});
export type TransformerEngine = z.infer<typeof TransformerEngine>;

/** The executor that a run was made with, whether or not it was asked for: another one rounds differently. null before any has run. */
export function executorOf(
  ran: readonly { readonly name: string; readonly backend: string }[],
): TransformerEngine | null {
  const [first] = ran;
  return first ? TransformerEngine.parse({ executor: first.name, backend: first.backend }) : null;
}

/** What is run: the same configuration gives the same rows. */
export const Configuration = z.object({
  experiment: z.string(),
  size: z.enum(SIZES),
  seeds: z.array(z.number().int().min(0)),
  settings: z.record(z.string(), z.unknown()),
  engine: z.union([ChainEngine, TransformerEngine]),
});
export type Configuration = z.infer<typeof Configuration>;

/** What a user may choose; the experiment's size has the rest. */
export interface ConfigurationRequest {
  readonly size?: Size | undefined;
  /** How many seeds, from `seed` on. */
  readonly seeds?: number | undefined;
  readonly seed?: number | undefined;
  /** `key=value` each. */
  readonly set?: readonly string[] | undefined;
  readonly engine?: Configuration['engine'] | undefined;
}

/** What runs an experiment if nothing else is asked for. */
const standardEngine = ({ model }: Experiment): Configuration['engine'] =>
  model === 'transformer' ? {} : { engine: 'wasm', precision: 'mixed' };

/**
 * @throws RangeError if a setting is unknown or outside its range, or seeds are chosen where nothing is drawn, or the engine does not train what the experiment is about, or does not have the precision or the back end
 */
export function configure(experiment: Experiment, request: ConfigurationRequest): Configuration {
  const { size = 'default', seed = 1, set = [], engine = standardEngine(experiment) } = request;
  const standard = experiment.sizes[size];
  const count = request.seeds ?? standard.seeds;
  if (standard.seeds === 0 && (request.seeds !== undefined || request.seed !== undefined)) {
    const name = request.seeds === undefined ? '--seed' : '--seeds';
    throw new RangeError(
      `${name} is ${request.seeds ?? request.seed}; ${experiment.name} draws nothing and has no seeds`,
    );
  }
  if (seed + count - 1 > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`--seed is ${seed}; with ${count} seeds it must leave room below 2^53`);
  }
  requireEngine(experiment, engine);
  const seeds = Array.from({ length: count }, (_, i) => seed + i);
  const settings = { ...standard.settings, ...Object.fromEntries(set.map((text) => parseSetting(experiment, text))) };
  return { experiment: experiment.name, size, seeds, settings: valid(experiment, settings, set), engine };
}

function requireEngine({ name, model = 'chain' }: Experiment, asked: Configuration['engine']): void {
  const found = 'engine' in asked ? 'chain' : 'transformer';
  if (found !== model) throw new RangeError(`engine is ${JSON.stringify(asked)}; ${name} trains ${model}s`);
  if ('engine' in asked) requirePrecision(asked);
  else if (asked.executor && asked.backend) requireBackend(asked.executor, asked.backend);
}

function requirePrecision({ engine, precision }: z.infer<typeof ChainEngine>): void {
  const { precisions } = engineNamed(engine);
  if (precisions.includes(precision)) return;
  throw new UnsupportedOption(engine, 'precision', precision, `has ${precisions.join(' and ')}`);
}

function requireBackend(executor: ExecutorName, backend: ExecutorBackend): void {
  const backends: readonly ExecutorBackend[] = EXECUTOR_BACKENDS[executor];
  if (backends.includes(backend)) return;
  throw new RangeError(`--backend is ${backend}; the engine '${executor}' has ${backends.join(' and ')}`);
}

/** Where a run lies unless its user says otherwise: the same configuration in the same place. */
export function defaultDirectory(experiment: Experiment, configuration: Configuration): string {
  const { size } = configuration;
  const text = JSON.stringify(configuration);
  const standard = JSON.stringify(configure(experiment, { size }));
  const suffix = text === standard ? '' : `-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
  return join('runs', experiment.name, `${size}${suffix}`);
}

/** Two lines for each setting: its value at this size; its meaning and range. */
export function describeSettings({ schema, sizes }: Experiment, size: Size): string[] {
  const ranges = propertiesOf(schema);
  return Object.entries(sizes[size].settings).flatMap(([key, value]) => {
    const { description = '' } = ranges[key] ?? {};
    return [`${key}=${String(value)}`, `  ${description}; ${rangeOf(ranges[key] ?? {})}`];
  });
}

/** The part of JSON schema that settings are described by. */
interface Range {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Range;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

function propertiesOf(schema: z.ZodType): Readonly<Record<string, Range>> {
  return (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {}) as Record<string, Range>;
}

function parseSetting({ name, schema, sizes }: Experiment, text: string): [key: string, value: unknown] {
  const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const known = propertiesOf(schema);
  const example = `${Object.keys(known)[0]}=${Object.values(sizes.default.settings)[0]}`;
  if (key === '') throw new RangeError(`--set is "${text}"; it must be key=value, such as ${example}`);
  const range = known[key];
  if (!range) {
    throw new RangeError(`--set is "${text}"; the settings of ${name} are ${Object.keys(known).join(', ')}`);
  }
  return [
    key,
    range.type === 'array' ? value.split(',').map((item) => parse(item, range.items!)) : parse(value, range),
  ];
}

/** A number may be a fraction; what does not read as its type stays text, which the schema refuses. */
function parse(text: string, { type }: Range): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type !== 'number' && type !== 'integer') return text;
  const exact = parseRational(text.trim());
  return exact ? toDouble(exact) : text;
}

function valid({ schema, name }: Experiment, settings: Record<string, unknown>, set: readonly string[]) {
  const { success, data, error } = schema.safeParse(settings);
  if (success) return data as Record<string, unknown>;
  const [issue] = error.issues;
  const key = String(issue!.path[0] ?? '');
  const given = set.findLast((text) => text.startsWith(`${key}=`));
  if (given === undefined) throw new RangeError(`the settings of ${name} do not fit together: ${issue!.message}`);
  // A rule of the list as a whole, which ranges do not tell.
  if (issue!.code === 'custom') throw new RangeError(`--set is "${given}"; ${key}: ${issue!.message}`);
  throw new RangeError(
    `--set is "${given}"; ${key} must be ${rangeOf(propertiesOf(schema)[key] ?? {}, issue!.message)}`,
  );
}

/** What a setting may be, in words. */
function rangeOf(range: Range, otherwise = ''): string {
  if (range.items) {
    const { minItems = 0, maxItems } = range;
    const count = maxItems === undefined ? `at least ${minItems}` : `${minItems} to ${maxItems}`;
    return `a list of ${count}, separated by commas, each ${rangeOf(range.items)}`;
  }
  if (range.enum) return `one of ${range.enum.join(', ')}`;
  if (range.type === 'boolean') return 'true or false';
  if (range.type !== 'number' && range.type !== 'integer') return otherwise;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = range;
  const low = exclusiveMinimum === undefined ? `from ${minimum ?? '-infinity'}` : `above ${exclusiveMinimum}`;
  const high = exclusiveMaximum === undefined ? `to ${maximum ?? 'infinity'}` : `below ${exclusiveMaximum}`;
  return `${range.type === 'integer' ? 'an integer' : 'a number'} ${low} ${high}`;
}
