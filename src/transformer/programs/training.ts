import { Graph, gradients, type Node, type Program } from '../graph/index.js';
import { type Parameters, sequenceLogits } from '../models/index.js';
import { type BatchShape, batchText, sequenceLength } from './batch.js';

/** AdamW on gradients whose global norm is clipped. */
export interface OptimiserSettings {
  /** Decay of the gradient's mean, in [0, 1). */
  readonly beta1: number;
  /** Decay of the squared gradient's mean, in [0, 1). */
  readonly beta2: number;
  /** > 0. */
  readonly epsilon: number;
  /** Times the learning rate, of matrices only; >= 0. */
  readonly weightDecay: number;
  /** Norm that all gradients together have at most, > 0. */
  readonly clip: number;
}

export const ADAMW: OptimiserSettings = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1 };

/**
 * One step of training: forward, backward, clipping and AdamW.
 *
 * Inputs: parameters, firstMoment, secondMoment [P]; tokens [B, T]; targets, weights [B, R]; inverseTemperature, learningRate,
 * firstCorrection, secondCorrection [1], the last two 1 / (1 - beta^step) with the step counted from 1.
 * Outputs: parameters, firstMoment, secondMoment after the step; before it loss [1] = -sum weights log pi(target), in nats, with logits
 * times inverseTemperature, and gradientNorm [1], not yet clipped.
 */
export function trainingProgram(model: Parameters, batch: BatchShape, optimiser: OptimiserSettings = ADAMW): Program {
  const graph = new Graph();
  const parameters = graph.input('parameters', [model.size]);
  const logProbabilities = targetLogProbabilities(graph, model, batch, parameters);
  const weights = graph.input('weights', [batch.sequences, batch.response]);
  const loss = graph.negate(graph.reshape(graph.sum(graph.multiply(weights, logProbabilities)), [1]));
  const [gradient] = gradients(graph, loss, [parameters]);
  return {
    name: `training ${batchText(model, batch)}`,
    outputs: { ...adamw(graph, model, parameters, gradient!, optimiser), loss },
    loop: null,
  };
}

/**
 * What a model thinks of responses.
 *
 * Inputs: parameters [P]; tokens [B, T]; targets [B, R]; inverseTemperature [1].
 * Outputs: logProbabilities of the targets and entropies at them, [B, R], in nats, with logits times inverseTemperature.
 */
export function scoringProgram(model: Parameters, batch: BatchShape): Program {
  const graph = new Graph();
  const parameters = graph.input('parameters', [model.size]);
  const logProbabilities = targetLogProbabilities(graph, model, batch, parameters);
  const all = allLogProbabilities(graph, model, batch, parameters);
  const entropies = graph.negate(graph.sum(graph.multiply(graph.exp(all), all), [2]));
  return {
    name: `scoring ${batchText(model, batch)}`,
    outputs: { logProbabilities, entropies: graph.reshape(entropies, [batch.sequences, batch.response]) },
    loop: null,
  };
}

/** [B, R]. */
function targetLogProbabilities(graph: Graph, model: Parameters, batch: BatchShape, parameters: Node): Node {
  const { sequences, response } = batch;
  const all = allLogProbabilities(graph, model, batch, parameters);
  const targets = graph.input('targets', [sequences, response]);
  const picked = graph.multiply(all, graph.oneHot(targets, model.shape.vocabulary));
  return graph.reshape(graph.sum(picked, [2]), [sequences, response]);
}

/** Of all tokens at the places of the response, [B, R, V]. */
function allLogProbabilities(graph: Graph, model: Parameters, batch: BatchShape, parameters: Node): Node {
  const { sequences, prompt } = batch;
  const tokens = graph.input('tokens', [sequences, sequenceLength(batch)]);
  const logits = sequenceLogits(graph, model, parameters, tokens, prompt - 1);
  return graph.logSoftmax(graph.multiply(logits, graph.input('inverseTemperature', [1])));
}

/** Keeps PyTorch's `clip_grad_norm_` from dividing by 0. */
const LEAST_NORM = 1e-6;

function adamw(graph: Graph, model: Parameters, parameters: Node, gradient: Node, optimiser: OptimiserSettings) {
  const { beta1, beta2, epsilon, weightDecay, clip } = optimiser;
  const [first, second] = ['firstMoment', 'secondMoment'].map((name) => graph.input(name, [model.size])) as [
    Node,
    Node,
  ];
  const learningRate = graph.input('learningRate', [1]);
  const norm = graph.reshape(graph.sqrt(sumByRows(graph, graph.multiply(gradient, gradient))), [1]);
  const share = graph.divide(graph.constant(clip), graph.maximum(graph.add(norm, LEAST_NORM), clip));
  const clipped = graph.multiply(gradient, share);
  const firstMoment = graph.add(graph.multiply(first, beta1), graph.multiply(clipped, 1 - beta1));
  const square = graph.multiply(clipped, clipped);
  const secondMoment = graph.add(graph.multiply(second, beta2), graph.multiply(square, 1 - beta2));
  const deviation = graph.sqrt(graph.multiply(secondMoment, graph.input('secondCorrection', [1])));
  const rate = graph.multiply(learningRate, graph.input('firstCorrection', [1]));
  const step = graph.divide(graph.multiply(firstMoment, rate), graph.add(deviation, epsilon));
  const kept = graph.subtract(graph.constant(1), graph.multiply(learningRate, weightDecay));
  const matrices = graph.multiply(graph.slice(parameters, 0, 0, model.decaying), kept);
  const decayed = graph.concat([matrices, graph.slice(parameters, 0, model.decaying, model.size)], 0);
  return { parameters: graph.subtract(decayed, step), firstMoment, secondMoment, gradientNorm: norm };
}

/** Numbers that are summed one after the other: a float32 sum of millions of them would lose four digits. */
const ROW = 1024;

/** The sum of a vector, of which rows are summed first. */
function sumByRows(graph: Graph, x: Node): Node {
  const [size] = x.shape as [number];
  const rows = Math.ceil(size / ROW);
  const rest = rows * ROW - size;
  const padded = rest > 0 ? graph.concat([x, graph.broadcast(graph.constant(0), [rest])], 0) : x;
  return graph.sum(graph.sum(graph.reshape(padded, [rows, ROW]), [1]));
}
