import { Option } from 'commander';
import { type Fraction, LAMBDA_MAX, LAMBDA_MIN, parseRational, rational, toDouble } from '../theory/index.js';
import { UsageError } from './usage-error.js';

/** p as typed: its exact value, and the double nearest to it. */
export interface TypedProbability {
  readonly text: string;
  readonly exact: Fraction;
  readonly value: number;
}

/** A decimal or a fraction a/b strictly between 0 and 1. */
export function parseP(text: string): TypedProbability {
  const exact = parseRational(text);
  if (!exact || exact.compare(0) <= 0 || exact.compare(1) >= 0) {
    throw new UsageError(
      `--p is "${text}"; it must be a decimal or a fraction a/b strictly between 0 and 1, such as 0.25 or 1/3`,
    );
  }
  const value = toDouble(exact);
  if (value < 1e-300 || value === 1) throw new UsageError(`--p is "${text}"; it must lie between 1e-300 and 1 - 1e-16`);
  return { text, exact, value };
}

/** A decimal or a fraction a/b from 0 to 1. */
function share(name: string): (text: string) => TypedProbability {
  return (text) => {
    const exact = parseRational(text);
    if (exact && exact.compare(0) >= 0 && exact.compare(1) <= 0) return { text, exact, value: toDouble(exact) };
    throw new UsageError(
      `${name} is "${text}"; it must be a decimal or a fraction a/b from 0 to 1, such as 0.1 or 1/4`,
    );
  };
}

const NONE: TypedProbability = { text: '0', exact: rational(0), value: 0 };

/** Values of p in one grid. */
const MOST_VALUES = 10_000;

/** A probability, or low:high:count for evenly spaced ones, both ends included; computed exactly, then rounded. */
function parsePGrid(text: string): number[] {
  const parts = text.split(':');
  if (parts.length === 1) return [parseP(text).value];
  const count = Number(parts[2]);
  if (parts.length !== 3 || !Number.isInteger(count) || count < 2 || count > MOST_VALUES) {
    throw new UsageError(
      `--p is "${text}"; it must be a probability, or low:high:count with a count from 2 to ${MOST_VALUES}, such as 0.05:0.45:25`,
    );
  }
  const [low, high] = [parseP(parts[0]!).exact, parseP(parts[1]!).exact];
  if (low.compare(high) >= 0) throw new UsageError(`--p is "${text}"; its low end must lie below its high end`);
  const step = high.sub(low).div(count - 1);
  const values = Array.from({ length: count }, (_, i) => toDouble(low.add(step.mul(i))));
  if (new Set(values).size < count) throw new UsageError(`--p is "${text}"; its values are too close to be told apart`);
  return values;
}

/** A parser of an integer option. */
export function integer(name: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+(e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw new UsageError(`${name} is "${text}"; it must be an integer from ${low} to ${high}`);
  };
}

/** A parser of a real option in [low, high]. */
export function real(name: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const exact = parseRational(text);
    const value = exact ? toDouble(exact) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new UsageError(`${name} is "${text}"; it must be a number from ${low} to ${high}`);
  };
}

/** A parser of an option with named values. */
export function choice<T extends string>(name: string, allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((value) => value === text);
    if (found !== undefined) return found;
    throw new UsageError(`${name} is "${text}"; it must be one of ${allowed.join(', ')}`);
  };
}

/** A parser of a folder's name. */
export function folderName(name: string): (text: string) => string {
  return (text) => {
    if (text.trim() !== '') return text;
    throw new UsageError(`${name} is "${text}"; it must be the name of a folder`);
  };
}

/** Largest d of the closed forms: doubles hold every integer up to here. */
const D_MAX = Number.MAX_SAFE_INTEGER;

// Options shared by commands, each made anew for the command that takes it.
export const dOption = (max = D_MAX) =>
  new Option('--d <bits>', 'bits of the parity').argParser(integer('--d', 2, max)).makeOptionMandatory();
export const pOption = () =>
  new Option('--p <probability>', 'fraction of long demonstrations: an exact decimal, or a fraction such as 1/3')
    .argParser(parseP)
    .makeOptionMandatory();
export const pGridOption = () =>
  new Option('--p <probability>', 'fraction of long demonstrations, or a grid low:high:count of them')
    .argParser(parsePGrid)
    .makeOptionMandatory();
export const stepNoiseOption = () =>
  new Option('--step-noise <eta>', 'probability that a step of a demonstrated chain is wrong')
    .argParser(share('--step-noise'))
    .default(NONE, '0');
export const answerNoiseOption = () =>
  new Option('--answer-noise <nu>', 'probability that a demonstrated short answer is wrong')
    .argParser(share('--answer-noise'))
    .default(NONE, '0');
export const lambdaOption = (low = LAMBDA_MIN) =>
  new Option('--lambda <x>', 'regularisation').argParser(real('--lambda', low, LAMBDA_MAX)).makeOptionMandatory();
export const rewardOption = () =>
  new Option('--reward <name>', 'cot: the whole response must be right; e2e: its last token')
    .argParser(choice('--reward', ['cot', 'e2e']))
    .default('cot');
export const temperatureOption = (of = 'sampling') =>
  new Option('--temperature <x>', `of ${of}: divides every logit, the stop logit too`)
    .argParser(real('--temperature', 1e-3, 1e3))
    .default(1);
export const seedOption = () =>
  new Option('--seed <integer>', 'keys every random number')
    .argParser(integer('--seed', 0, Number.MAX_SAFE_INTEGER))
    .default(1);
export const jsonOption = () => new Option('--json', 'print one JSON document and nothing else');
export const freeConstantOption = () =>
  new Option('--free-constant', "do not regularise the stop predictor's constant").default(false);
export const jointLossOption = () =>
  new Option('--joint-loss', 'one expectation over all sequences, instead of one conditioned on the position').default(
    false,
  );
export const averageOption = (note = '') =>
  new Option('--average <name>', `iterates of SGD that are averaged: the last half, or all${note}`)
    .argParser(choice('--average', ['tail', 'all']))
    .default('tail');
