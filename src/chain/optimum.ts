import type { Pacer } from '../progress/index.js';
import type { ResponseDistribution } from './distribution.js';
import { features as exactFeatures, type FeatureMap, featureCount, type Predictor } from './features.js';
import type { WeightedContexts } from './loss.js';
import type { LinearChain } from './model.js';
import { minimiseByNewton } from './newton.js';

/** The choices that define the regularised optimum. */
export interface OptimumOptions {
  /** lambda > 0. */
  readonly lambda: number;
  /** Leave the stop predictor's constant unregularised. Default false. */
  readonly freeConstant?: boolean;
  /** Expectation over all sequences instead of those that reach the position. Default false. */
  readonly jointLoss?: boolean;
  /** phi; the exact map unless a falsehood is planted. */
  readonly features?: FeatureMap;
}

/** What a predictor is trained on: its contexts with the probability of each target, conditioned on being reached. */
export function predictorContexts(
  distribution: ResponseDistribution,
  predictor: Predictor,
  features: FeatureMap = exactFeatures,
): WeightedContexts & { readonly reached: number } {
  const { d } = distribution;
  const position = predictor === 'stop' ? 2 : predictor;
  const cells = new Map<string, { context: Int8Array; plus: number; minus: number }>();
  let reached = 0;
  distribution.contexts.forEach((context, i) => {
    const long = context.length === 2 * d;
    if (!long && predictor !== 'stop' && position > 1) return;
    const target = predictor === 'stop' ? long : context[d + position - 1] === 1;
    const read = context.subarray(0, d + position - 1);
    const key = read.join();
    const cell = cells.get(key) ?? { context: read, plus: 0, minus: 0 };
    cell[target ? 'plus' : 'minus'] += distribution.probabilities[i]!;
    reached += distribution.probabilities[i]!;
    cells.set(key, cell);
  });
  const list = [...cells.values()];
  const rows = list.map(({ context }) => features(predictor, context, d));
  const width = featureCount(predictor, d);
  const flat = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) flat.set(row, i * width);
  return {
    width,
    rows: flat,
    plus: Float64Array.from(list, ({ plus }) => plus / reached),
    minus: Float64Array.from(list, ({ minus }) => minus / reached),
    reached,
  };
}

/** The regularised optimum of one predictor on all its features, with no sparsity assumed. */
export async function fitPredictor(
  distribution: ResponseDistribution,
  predictor: Predictor,
  options: OptimumOptions,
  pacer: Pacer,
  done = 0,
): Promise<Float64Array> {
  const { lambda, freeConstant = false, jointLoss = false, features } = options;
  const contexts = predictorContexts(distribution, predictor, features);
  const penalty = new Float64Array(contexts.width).fill(jointLoss ? lambda / contexts.reached : lambda);
  if (predictor === 'stop' && freeConstant) penalty[contexts.width - 1] = 0;
  return minimiseByNewton(contexts, penalty, pacer, done);
}

/** The regularised optimum of every predictor. */
export async function fitChain(
  distribution: ResponseDistribution,
  options: OptimumOptions,
  pacer: Pacer,
): Promise<LinearChain> {
  const { d } = distribution;
  const optimumOf = (predictor: Predictor, done: number) => fitPredictor(distribution, predictor, options, pacer, done);
  const first = await optimumOf(1, 0);
  const stop = await optimumOf('stop', 1 / (d + 1));
  const next: Float64Array[] = [new Float64Array(0), new Float64Array(0)];
  for (let l = 2; l <= d; l++) next.push(await optimumOf(l, l / (d + 1)));
  return { d, first, stop, next };
}
