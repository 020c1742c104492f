import { inputName, type Program, scheduleOf } from '../../graph/index.js';
import { onnxFile } from './format.js';
import { lower } from './lower.js';

/**
 * The bytes of an ONNX model in float32 that computes a program; its inputs and outputs have the names that the program gives them. Some
 * of its operators are of com.microsoft.
 *
 * @throws RangeError if an input and an output have the same name
 */
export function onnxModel(program: Program): Uint8Array {
  const outputs = new Set([...Object.keys(program.outputs), ...Object.keys(program.loop?.collected ?? {})]);
  const both = scheduleOf(program)
    .inputs.map(inputName)
    .find((name) => outputs.has(name));
  if (both !== undefined) throw new RangeError(`${both} is an input and an output of ${program.name}`);
  return onnxFile(lower(program, 'cpu', { given: (input) => input, result: (output) => output }));
}
