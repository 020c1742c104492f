import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeTensors } from '../../formats/index.js';
import { onnxModel } from '../executors/index.js';
import { Graph, type Program, sizeOf } from '../graph/index.js';
import {
  gpt2Configuration,
  type ModelShape,
  mistralConfiguration,
  type Parameters,
  sequenceLogits,
} from '../models/index.js';

/**
 * Writes a model as other programs read it, over files of these names that are there already:
 *
 * - `model.safetensors`, float32, and `config.json`: what `from_pretrained` of the Transformers library opens.
 * - `model.onnx`: `tokens` [1, context], as float32, to `logits` [1, context, vocabulary]. A shorter sequence is filled up at its end
 *   with any tokens, which earlier logits do not see. Some of its operators are ONNX Runtime's own.
 *
 * @param directory is made if it is not there
 * @param parameters [P]
 * @throws RangeError if the model has another number of parameters
 * @throws Error if the directory cannot be written
 */
export function exportModel(directory: string, model: Parameters, parameters: Float32Array): void {
  if (parameters.length !== model.size) {
    throw new RangeError(`parameters has ${parameters.length} numbers; the model has ${model.size} parameters`);
  }
  mkdirSync(directory, { recursive: true });
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(directory, name), content);
  write('model.safetensors', stateDictionary(model, parameters));
  write('config.json', `${JSON.stringify(configurationOf(model.shape), null, 2)}\n`);
  write('model.onnx', onnxModel(forwardProgram(model, parameters)));
}

function stateDictionary({ list }: Parameters, parameters: Float32Array): Uint8Array {
  const arrays = list.map(
    ({ name, offset, shape }) => [name, parameters.subarray(offset, offset + sizeOf(shape))] as const,
  );
  const shapes = list.map(({ name, shape }) => [name, shape] as const);
  // Without this text the Transformers library opens no file.
  return encodeTensors({ metadata: { format: 'pt' }, arrays: Object.fromEntries(arrays) }, Object.fromEntries(shapes));
}

function configurationOf(shape: ModelShape) {
  const own = shape.architecture === 'gpt2' ? gpt2Configuration(shape) : mistralConfiguration(shape);
  // The vocabulary has no token of these meanings that every task shares, and the library's own would lie outside of it.
  return { ...own, bos_token_id: null, eos_token_id: null, torch_dtype: 'float32' };
}

function forwardProgram(model: Parameters, parameters: Float32Array): Program {
  const graph = new Graph();
  const tokens = graph.input('tokens', [1, model.shape.context]);
  const logits = sequenceLogits(graph, model, graph.constant(parameters, [model.size]), tokens, 0);
  return { name: 'model', outputs: { logits }, loop: null };
}
