import { type Carried, Graph, type Node, type Program } from '../graph/index.js';
import {
  attend,
  causalMask,
  finishBlock,
  growingMask,
  type Layers,
  layersOf,
  type Memory,
  memoryOf,
  type Parameters,
  type Positions,
  positionsFrom,
} from '../models/index.js';
import { type BatchShape, batchText } from './batch.js';

/**
 * Lets a model respond to prompts. Keys and values of what was seen are kept, so that each token is read once.
 *
 * Inputs: parameters [P]; prompts [B, prompt]; noise [R, B, V] and inverseTemperature [1]: the next token is that of the largest
 * logit times inverseTemperature plus noise, which is a sample if the noise is Gumbel's, and greedy if it is 0.
 * Output: responses [R, B]; after the token `stop` a response has `stop` again, or, when all have stopped, 0.
 */
export function samplingProgram(model: Parameters, batch: BatchShape, stop: number): Program {
  const graph = new Graph();
  const { sequences, prompt, response } = batch;
  const { vocabulary } = model.shape;
  const layers = layersOf(graph, model, graph.input('parameters', [model.size]));
  const prompts = graph.input('prompts', [sequences, prompt]);
  const counter = graph.input('counter', [1]);
  const token = graph.input('token', [sequences, 1]);
  const row = graph.oneHot(counter, response);
  const step = readToken(graph, layers, {
    token,
    counter,
    positions: (table) => graph.matmul(row, graph.slice(table, 0, prompt - 1, prompt - 1 + response)),
    before: promptMemories(graph, layers, model, prompts),
    since: emptyMemories(graph, model, batch),
  });
  const noise = graph.matmul(
    row,
    graph.reshape(graph.input('noise', [response, sequences, vocabulary]), [response, sequences * vocabulary]),
  );
  const logits = graph.multiply(
    graph.reshape(step.logits, [1, sequences * vocabulary]),
    graph.input('inverseTemperature', [1]),
  );
  const choice = graph.argMax(graph.reshape(graph.add(logits, noise), [sequences, vocabulary]));
  const isStop = (tokens: Node) =>
    graph.reshape(graph.slice(graph.oneHot(tokens, vocabulary), 1, stop, stop + 1), [sequences]);
  const stopped = isStop(graph.reshape(token, [sequences]));
  // Where a response has stopped, it goes on with `stop`.
  const next = graph.add(
    graph.multiply(choice, graph.subtract(graph.constant(1), stopped)),
    graph.multiply(stopped, stop),
  );
  const first = graph.slice(prompts, 1, prompt - 1, prompt);
  return {
    name: `sampling ${batchText(model, batch)}`,
    outputs: {},
    loop: {
      iterations: response,
      counter,
      carried: [{ current: token, initial: first, next: graph.reshape(next, [sequences, 1]) }, ...step.carried],
      collected: { responses: next },
      // Positive once as many as there are have stopped.
      finished: graph.subtract(graph.sum(isStop(next)), sequences - 0.5),
    },
  };
}

/** What the prompts give later tokens to attend to: a memory for each block. The last token of a prompt is read by the first step. */
function promptMemories(graph: Graph, layers: Layers, { shape }: Parameters, prompts: Node): Memory[] {
  const length = prompts.shape[1]! - 1;
  const positions = positionsFrom(graph, 0, length);
  const memories: Memory[] = [];
  let x = layers.embed(graph.slice(prompts, 1, 0, length), positions);
  for (let block = 0; block < shape.depth; block++) {
    const normed = layers.attentionNorm(block, x);
    const memory = memoryOf(graph, layers, block, normed, positions);
    memories.push(memory);
    // Nobody reads what comes out of the last block.
    const attended = attend(graph, layers.query(block, normed, positions), [memory], causalMask(graph, 0, length));
    x = finishBlock(graph, layers, block, x, attended);
  }
  return memories;
}

/** Room for the keys and values of a response, for each block. */
function emptyMemories(graph: Graph, { shape }: Parameters, { sequences, response }: BatchShape): Memory[] {
  const { depth, width, heads, keyValueHeads } = shape;
  const room = (name: string) => graph.input(name, [sequences, keyValueHeads, response, width / heads]);
  return Array.from({ length: depth }, (_, block) => ({
    keys: room(`keys ${block}`),
    values: room(`values ${block}`),
  }));
}

/** A step of sampling. */
interface Step {
  /** [B, 1]. */
  readonly token: Node;
  /** Tokens of the response that were read before, [1]. */
  readonly counter: Node;
  readonly positions: Positions;
  /** Of the prompt, a memory for each block. */
  readonly before: readonly Memory[];
  /** Of the response, with room for all of it. */
  readonly since: readonly Memory[];
}

/** Reads one token of each sequence: logits [B, 1, V] of the next one, and the memories that now have it. */
function readToken(graph: Graph, layers: Layers, { token, counter, positions, before, since }: Step) {
  const carried: Carried[] = [];
  const remembered = (memory: Node, row: Node): Node => {
    const next = graph.insert(memory, row, counter, 2);
    carried.push({ current: memory, initial: graph.broadcast(graph.constant(0), memory.shape), next });
    return next;
  };
  let x = layers.embed(token, positions);
  for (const [block, room] of since.entries()) {
    const normed = layers.attentionNorm(block, x);
    const own = memoryOf(graph, layers, block, normed, positions);
    const grown = { keys: remembered(room.keys, own.keys), values: remembered(room.values, own.values) };
    const known = before[block]!.keys.shape[2]!;
    const mask = graph.concat(
      [graph.broadcast(graph.constant(0), [known]), growingMask(graph, counter, grown.keys.shape[2]!)],
      0,
    );
    const attended = attend(graph, layers.query(block, normed, positions), [before[block]!, grown], mask);
    x = finishBlock(graph, layers, block, x, attended);
  }
  return { logits: layers.logits(x), carried };
}
