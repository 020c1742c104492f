import { featureShape, type LinearChain, type Predictor, weightsOf } from '../chain/index.js';
import { Pacer, type Watch } from '../progress/index.js';
import type { DemonstrationNoise } from '../task/index.js';
import { type Average, type Learner, type LearnerFactory, SgdLearner } from './learner.js';
import { demonstrationSource, type ResponseSource } from './response-source.js';

/** How the chain is trained on a list of responses. */
export interface SgdOptions extends Watch {
  /** lambda, in [1e-100, 1e6]. */
  readonly lambda: number;
  /** Default 'tail'. */
  readonly average?: Average;
  /** Do not regularise the stop predictor's constant. Default false. */
  readonly freeConstant?: boolean;
  /** Every sample is a step of every predictor (those that it does not reach only decay). Default false. */
  readonly jointLoss?: boolean;
  /** The learner of each predictor; SGD itself unless a falsehood is planted. */
  readonly learner?: LearnerFactory | undefined;
}

/** A trained chain and the steps that each kind of predictor has taken, from which a warm start goes on. */
export interface TrainedChain {
  readonly model: LinearChain;
  /** Steps of predictors 1 and 'stop'. */
  readonly steps: number;
  /** Steps of predictors l >= 2. */
  readonly longSteps: number;
}

/**
 * Trains every predictor by SGD on a list of responses, in their order.
 *
 * Predictors 1 and 'stop' take a step on every response; those with l >= 2 on long ones (on every one with the joint loss).
 *
 * @param start a chain to go on from. Since eta_1 lambda = 1, a warm start that began again at t = 1 would forget its
 *   weights in one step; so the step numbers go on from those of `start`.
 */
export async function trainBySgd(
  source: ResponseSource,
  options: SgdOptions,
  start?: TrainedChain,
): Promise<TrainedChain> {
  const { d } = source;
  const { jointLoss = false } = options;
  const longSteps = jointLoss ? source.count : source.longCount;
  const first = makeLearner(1, d, source.count, start?.steps, options, start);
  const stop = makeLearner('stop', d, source.count, start?.steps, options, start);
  const next = Array.from({ length: d - 1 }, (_, i) =>
    makeLearner(i + 2, d, longSteps, start?.longSteps, options, start),
  );
  await source.forEach((context, length) => {
    first.step(context, context[d]!);
    stop.step(context, length === d ? 1 : -1);
    if (length === d) for (let i = 0; i < next.length; i++) next[i]!.step(context, context[d + i + 1]!);
    else if (jointLoss) for (const learner of next) learner.skip();
  }, new Pacer(options));
  const model: LinearChain = {
    d,
    first: first.weights(),
    stop: stop.weights(),
    next: [new Float64Array(0), new Float64Array(0), ...next.map((learner) => learner.weights())],
  };
  return {
    model,
    steps: source.count + (start?.steps ?? 0),
    longSteps: longSteps + (start?.longSteps ?? 0),
  };
}

function makeLearner(
  predictor: Predictor,
  d: number,
  steps: number,
  startSteps: number | undefined,
  options: SgdOptions,
  start: TrainedChain | undefined,
): Learner {
  const { lambda, average = 'tail', freeConstant = false, learner = (o) => new SgdLearner(o) } = options;
  return learner({
    shape: featureShape(predictor, d),
    lambda,
    steps,
    average,
    freeConstant: freeConstant && predictor === 'stop',
    start: start && startSteps ? { weights: weightsOf(start.model, predictor), steps: startSteps } : undefined,
  });
}

/** Next-token pre-training on T samples of D(p; eta, nu). */
export interface PretrainingOptions extends SgdOptions, DemonstrationNoise {
  /** Bits, an integer >= 2. */
  readonly d: number;
  /** p in (0, 1). */
  readonly pCot: number;
  /** T, sequences. */
  readonly samples: number;
  readonly seed: number;
}

/** SGD on D(p), exactly as defined: one fresh sample a step. The same seed gives the same weights. */
export async function pretrain(options: PretrainingOptions): Promise<TrainedChain> {
  const { d, pCot, seed, samples } = options;
  requireCount('samples', samples);
  requireLambda(options.lambda);
  return trainBySgd(await demonstrationSource(d, pCot, seed, samples, options, options), options);
}

/** @throws RangeError unless the value is an integer from 1 to 2^32 - 1 */
export function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1 || value > 0xffffffff) {
    throw new RangeError(`${name} is ${value}; it must be an integer from 1 to 4294967295`);
  }
}

/** @throws RangeError unless lambda is in [1e-100, 1e6], where no step overflows */
export function requireLambda(lambda: number): void {
  if (!(lambda >= 1e-100 && lambda <= 1e6)) {
    throw new RangeError(`lambda is ${lambda}; training needs lambda in [1e-100, 1e6]`);
  }
}
