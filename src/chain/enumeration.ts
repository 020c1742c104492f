import { Pacer, part, type Watch } from '../progress/index.js';
import { type DemonstrationNoise, type Reward, rewardCot, rewardE2e } from '../task/index.js';
import { requireAffordable } from './cost.js';
import { allInputs, demonstrationDistribution, type ResponseDistribution } from './distribution.js';
import { features as exactFeatures, type FeatureMap } from './features.js';
import { type LinearChain, temperedChain } from './model.js';
import { fitChain, fitPredictor, type OptimumOptions } from './optimum.js';
import {
  contextLogit,
  type EnumeratedSampling,
  enumerateAccepted,
  enumerateSampling,
  type Rewards,
} from './sampling.js';

/** Infinite-sample pre-training and STaR by enumeration: all inputs, all responses, Newton on all features. */
export interface EnumerationOptions extends OptimumOptions, DemonstrationNoise, Watch {
  /** Bits, an integer >= 2; small, see {@link requireAffordable}. */
  readonly d: number;
  /** p in (0, 1). */
  readonly pCot: number;
  /** Last round to compute; 0 is pre-training alone. */
  readonly rounds: number;
  readonly reward: 'cot' | 'e2e';
  /** Of sampling: divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
  /** What the rewards are; the task's own unless a falsehood is planted. */
  readonly rewards?: Rewards;
}

/** Greedy decoding over all inputs. */
export interface EnumeratedGreedy {
  readonly longFraction: number;
  /** Share of x whose greedy response has r_cot = 1. */
  readonly correctFraction: number;
  /** Whether a logit that decided for some x is 0 up to rounding; ties give (short, +1). */
  readonly tie: boolean;
}

/** One round: the distribution that it trains on, the optimum fitted to it and what that model does. */
export interface EnumeratedRound {
  readonly round: number;
  readonly distribution: ResponseDistribution;
  readonly model: LinearChain;
  readonly sampling: EnumeratedSampling;
  readonly greedy: EnumeratedGreedy;
}

/**
 * A logit this small counts as 0. Where a stop logit vanishes both lengths have probability near 1/2, so the loss has
 * curvature of order 1 in it and Newton leaves an error below 1e-15, whatever lambda <= 1 (for larger lambda all logits
 * shrink like 1 / lambda, and their errors with them).
 */
export const TIE = 1e-13;

/** Below it the flattest directions, of curvature lambda, are lost to rounding. */
export const ENUMERABLE_LAMBDA = 1e-6;

/** Closer to 0 or 1 the logits of the first token, of size p, are no longer told from ties. */
export const ENUMERABLE_P = 1e-8;

/**
 * Rounds 0..rounds of pre-training and STaR retrained from scratch, exactly.
 *
 * @throws RangeError if the work is estimated above about 20 seconds, or lambda or p is out of range
 */
export async function enumerateRounds(options: EnumerationOptions): Promise<EnumeratedRound[]> {
  const { d, pCot, reward, rounds, temperature = 1, features = exactFeatures } = options;
  const { rewards = { cot: rewardCot, e2e: rewardE2e } } = options;
  requireAffordable(d, rounds, reward, options);
  requireEnumerable(options);
  const results: EnumeratedRound[] = [];
  let distribution = demonstrationDistribution(d, pCot, options);
  const tie = TIE * Math.min(1, 1 / options.lambda);
  for (let round = 0; round <= rounds; round++) {
    const watch = part(options, round, rounds + 1);
    const pacer = (index: number) => new Pacer(part(watch, index, 3));
    const model = await fitChain(distribution, options, pacer(0));
    const sampler = temperedChain(model, temperature);
    const sampling = await enumerateSampling(sampler, rewards, rewards[reward], features, pacer(1));
    results.push({ round, distribution, model, sampling, greedy: enumerateGreedy(model, rewards.cot, features, tie) });
    if (round < rounds) distribution = await enumerateAccepted(sampler, rewards[reward], features, pacer(2));
  }
  return results;
}

/** @throws RangeError unless the optimum can be told from its ties in double precision */
export function requireEnumerable({
  lambda,
  pCot,
  stepNoise = 0,
}: { readonly lambda: number; readonly pCot: number } & DemonstrationNoise): void {
  if (!(lambda >= ENUMERABLE_LAMBDA && lambda <= 1e6)) {
    throw new RangeError(`lambda is ${lambda}; the enumeration needs lambda in [${ENUMERABLE_LAMBDA}, 1e6]`);
  }
  if (!(pCot >= ENUMERABLE_P && pCot <= 1 - ENUMERABLE_P)) {
    throw new RangeError(`p is ${pCot}; the enumeration needs p in [${ENUMERABLE_P}, 1 - ${ENUMERABLE_P}]`);
  }
  if (stepNoise !== 0.5 && pCot * Math.abs(1 - 2 * stepNoise) < ENUMERABLE_P) {
    const distance = (ENUMERABLE_P / pCot / 2).toPrecision(3);
    throw new RangeError(
      `stepNoise is ${stepNoise}; with p = ${pCot} the enumeration tells it from 1/2 if it is at least ${distance} away`,
    );
  }
}

/** Greedy decoding of every input; logits up to `tie` in size count as 0. */
export function enumerateGreedy(
  model: LinearChain,
  correct: Reward = rewardCot,
  features: FeatureMap = exactFeatures,
  tieSize = TIE,
): EnumeratedGreedy {
  const { d } = model;
  let [long, right, tie] = [0, 0, false];
  const inputs = allInputs(d);
  for (const x of inputs) {
    const context = Int8Array.from({ length: 2 * d }, (_, i) => x[i] ?? 0);
    const decide = (predictor: number | 'stop'): number => {
      const logit = contextLogit(model, predictor, context, features);
      if (Math.abs(logit) > tieSize) return Math.sign(logit);
      tie = true;
      return 0;
    };
    context[d] = decide(1) || 1;
    const length = decide('stop') > 0 ? d : 1;
    for (let l = 2; l <= length; l++) context[d + l - 1] = decide(l) || 1;
    if (length === d) long++;
    if (correct(x, context.subarray(d, d + length))) right++;
  }
  return { longFraction: long / inputs.length, correctFraction: right / inputs.length, tie };
}

/** Width of the interval of p at which the bisection ends. */
const BISECTED = 1e-13;

/**
 * The p at which greedy decoding after pre-training turns long, found by bisection over p with a fresh Newton fit of
 * predictors 1 and stop at each; to about 1e-12.
 *
 * @returns null if no single p turns every input at once (d = 2)
 */
export async function enumerateGreedyThreshold(
  d: number,
  options: OptimumOptions & DemonstrationNoise & Watch,
): Promise<number | null> {
  const pacer = new Pacer(options);
  /** The smallest and largest stop logit along the greedy first token, over x. */
  const stopLogits = async (pCot: number, done: number): Promise<{ low: number; high: number }> => {
    const distribution = demonstrationDistribution(d, pCot, options);
    const first = await fitPredictor(distribution, 1, options, pacer, done);
    const stop = await fitPredictor(distribution, 'stop', options, pacer, done);
    const model: LinearChain = { d, first, stop, next: [] };
    const logits = allInputs(d).map((x) => {
      const context = Int8Array.from([...x, 0]);
      context[d] = contextLogit(model, 1, context, options.features ?? exactFeatures) >= 0 ? 1 : -1;
      return contextLogit(model, 'stop', context, options.features ?? exactFeatures);
    });
    return { low: Math.min(...logits), high: Math.max(...logits) };
  };
  let [below, above] = [1e-9, 1 - 1e-9];
  while (above - below > BISECTED) {
    const pCot = (below + above) / 2;
    const { low, high } = await stopLogits(pCot, Math.log(above - below) / Math.log(BISECTED));
    if (low < -TIE && high > TIE) return null;
    if (low + high <= 0) below = pCot;
    else above = pCot;
  }
  return (below + above) / 2;
}
