import { featureCount, featureShape, type LinearChain, linearForm, type Predictor, weightsOf } from '../chain/index.js';
import { logSigmoid, sigmoid } from '../numerics/index.js';
import { Pacer, type Watch } from '../progress/index.js';
import { addFeatures } from './learner.js';
import type { PackedResponses } from './packed-responses.js';
import type { Ascent, Scores } from './policy.js';

/** The predictor of a response's decision 0, 1, ..., d: the first token, whether to go on, tokens 2..d. */
function predictorsOf(d: number): Predictor[] {
  return [1, 'stop', ...Array.from({ length: d - 1 }, (_, i) => i + 2)];
}

/** @param index of the decision in all, and @param position in its response; @param sign what was decided, +-1 */
type DecisionVisitor = (index: number, position: number, sign: number, context: Float64Array) => void;

async function forEachDecision(responses: PackedResponses, visit: DecisionVisitor, watch: Watch): Promise<void> {
  const { d } = responses;
  const offsets = responses.offsets();
  let i = 0;
  await responses.forEach((context, length) => {
    const [begin, end] = [offsets[i]!, offsets[i + 1]!];
    visit(begin, 0, context[d]!, context);
    if (end > begin + 1) visit(begin + 1, 1, length === d ? 1 : -1, context);
    for (let k = begin + 2; k < end; k++) visit(k, k - begin, context[d + k - begin - 1]!, context);
    i++;
  }, new Pacer(watch));
}

/** log pi and entropy of every decision, at logits divided by the temperature. */
export async function scoreDecisions(
  model: LinearChain,
  responses: PackedResponses,
  temperature: number,
  watch: Watch,
): Promise<Scores> {
  const decisions = responses.offsets()[responses.count]!;
  const scores = { logProbabilities: new Float64Array(decisions), entropies: new Float64Array(decisions) };
  const logit = logits(model);
  const visit: DecisionVisitor = (index, position, sign, context) => {
    const u = logit(position, context) / temperature;
    scores.logProbabilities[index] = logSigmoid(sign * u);
    scores.entropies[index] = binaryEntropy(u);
  };
  await forEachDecision(responses, visit, watch);
  return scores;
}

/** The chain after one step of gradient ascent on sum_k weights[k] log pi_temperature(decision k); `model` is left as it is. */
export async function ascended(
  model: LinearChain,
  responses: PackedResponses,
  weights: Float64Array,
  { temperature, learningRate }: Ascent,
  watch: Watch,
): Promise<LinearChain> {
  const predictors = predictorsOf(model.d);
  const shapes = predictors.map((predictor) => featureShape(predictor, model.d));
  const gradients = predictors.map((predictor) => new Float64Array(featureCount(predictor, model.d)));
  const logit = logits(model);
  const visit: DecisionVisitor = (index, position, sign, context) => {
    if (weights[index] === 0) return;
    const u = logit(position, context) / temperature;
    // d log sigma(sign u) / du = sign sigma(-sign u), and du / dw = phi / temperature.
    const factor = (weights[index]! * sign * sigmoid(-sign * u)) / temperature;
    addFeatures(gradients[position]!, context, shapes[position]!, factor);
  };
  await forEachDecision(responses, visit, watch);
  const moved = predictors.map((predictor, k) =>
    weightsOf(model, predictor).map((w, j) => w + learningRate * gradients[k]![j]!),
  );
  const none = new Float64Array(0);
  return { d: model.d, first: moved[0]!, stop: moved[1]!, next: [none, none, ...moved.slice(2)] };
}

/** The logit of the decision at each position of a response. */
function logits(model: LinearChain): (position: number, context: Float64Array) => number {
  const predictors = predictorsOf(model.d);
  const shapes = predictors.map((predictor) => featureShape(predictor, model.d));
  const weights = predictors.map((predictor) => weightsOf(model, predictor));
  return (position, context) => linearForm(weights[position]!, context, shapes[position]!);
}

/** Entropy of a sign that is +1 with probability sigma(u), in nats: both terms are positive, nothing cancels. */
function binaryEntropy(u: number): number {
  const size = Math.abs(u);
  return size * sigmoid(-size) - logSigmoid(size);
}
