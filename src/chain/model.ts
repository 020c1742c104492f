import { logSigmoid, sigmoid } from '../numerics/index.js';
import { featureCount, featureShape, linearForm, type Predictor } from './features.js';

/** The chain of autoregressive linear models: one weight vector per predictor. */
export interface LinearChain {
  /** Bits, an integer >= 2. */
  readonly d: number;
  /** w_1, [d]. */
  readonly first: Float64Array;
  /** w_2a of the stop predictor, [2(d + 1)]; its last entry is the constant's weight. Positive logits continue. */
  readonly stop: Float64Array;
  /** next[l] = w_l for l = 2..d, [2(d + l - 1) - 1]; entries 0 and 1 are empty. */
  readonly next: readonly Float64Array[];
}

/** The chain with every weight 0. @throws RangeError unless d is an integer >= 2 */
export function zeroChain(d: number): LinearChain {
  if (!Number.isInteger(d) || d < 2) throw new RangeError(`d is ${d}; it must be an integer of at least 2`);
  const weights = (predictor: Predictor) => new Float64Array(featureCount(predictor, d));
  return {
    d,
    first: weights(1),
    stop: weights('stop'),
    next: Array.from({ length: d + 1 }, (_, l) => (l < 2 ? new Float64Array(0) : weights(l))),
  };
}

export function weightsOf(model: LinearChain, predictor: Predictor): Float64Array {
  if (predictor === 'stop') return model.stop;
  return predictor === 1 ? model.first : model.next[predictor]!;
}

/** A chain made of two, weight by weight. */
export function combineWeights(a: LinearChain, b: LinearChain, of: (a: number, b: number) => number): LinearChain {
  const combined = (v: Float64Array, w: Float64Array) => v.map((value, j) => of(value, w[j]!));
  return {
    d: a.d,
    first: combined(a.first, b.first),
    stop: combined(a.stop, b.stop),
    next: a.next.map((v, l) => combined(v, b.next[l]!)),
  };
}

/** The chain whose samples at temperature 1 are those of `model` at the given one: every logit divided by it. */
export function temperedChain(model: LinearChain, temperature: number): LinearChain {
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`temperature is ${temperature}; it must be a positive number`);
  }
  return temperature === 1 ? model : combineWeights(model, model, (w) => w / temperature);
}

/** The logit of z_l = +1 (or of going on, for 'stop') given the context (x, z_1, ..., z_{l-1}), in nats. */
export function logitOf(model: LinearChain, predictor: Predictor, context: ArrayLike<number>): number {
  return linearForm(weightsOf(model, predictor), context, featureShape(predictor, model.d));
}

/**
 * Greedy decoding: the sign of each logit. A logit of exactly 0 gives +1, and for the stop decision the short answer.
 *
 * @param context [2d] holds x in its first d entries; receives the tokens
 * @returns the length, 1 or d
 */
export function decodeGreedy(model: LinearChain, context: Float64Array): number {
  const { d } = model;
  context[d] = logitOf(model, 1, context) >= 0 ? 1 : -1;
  if (logitOf(model, 'stop', context) <= 0) return 1;
  for (let l = 2; l <= d; l++) context[d + l - 1] = logitOf(model, l, context) >= 0 ? 1 : -1;
  return d;
}

/**
 * Sampled decoding: every logit, the stop logit too, is divided by the temperature.
 *
 * @param context [2d] holds x in its first d entries; receives the tokens
 * @param uniform uniform(step) in [0, 1): step l decides token l, step 0 whether to go on
 * @param temperature > 0
 * @returns the length, 1 or d
 */
export function decodeSampled(
  model: LinearChain,
  context: Float64Array,
  uniform: (step: number) => number,
  temperature = 1,
): number {
  const { d } = model;
  const heads = (predictor: Predictor, step: number) =>
    uniform(step) < sigmoid(logitOf(model, predictor, context) / temperature);
  context[d] = heads(1, 1) ? 1 : -1;
  if (!heads('stop', 0)) return 1;
  for (let l = 2; l <= d; l++) context[d + l - 1] = heads(l, l) ? 1 : -1;
  return d;
}

/**
 * log P(response | x), in nats; -Infinity for a response that the chain cannot give (its length is neither 1 nor d).
 *
 * @param x [d]
 * @param tokens the tokens before EOS
 */
export function responseLogProbability(
  model: LinearChain,
  x: ArrayLike<number>,
  tokens: ArrayLike<number>,
  temperature = 1,
): number {
  const { d } = model;
  if (tokens.length !== 1 && tokens.length !== d) return Number.NEGATIVE_INFINITY;
  const context = Float64Array.from([...Array.from(x), ...Array.from(tokens)]);
  const term = (predictor: Predictor, sign: number) =>
    logSigmoid((sign * logitOf(model, predictor, context)) / temperature);
  let total = term(1, tokens[0]!) + term('stop', tokens.length === 1 ? -1 : 1);
  for (let l = 2; l <= tokens.length; l++) total += term(l, tokens[l - 1]!);
  return total;
}
