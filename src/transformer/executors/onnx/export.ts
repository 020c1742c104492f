import { inputName, type Program, scheduleOf } from '../../graph/index.js';
import { onnxFile } from './format.js';
import { lower } from './lower.js';
import { stageOf } from './stage.js';

/**
 * The bytes of an ONNX model in float32 that computes a program; its inputs and outputs have the names that the program gives them. Some
 * of its operators are of com.microsoft.
 *
 * @throws RangeError if the program has a loop, or an input and an output of one name
 */
export function onnxModel(program: Program): Uint8Array {
  if (program.loop) throw new RangeError(`${program.name} has a loop; a model for others has none`);
  const inputs = scheduleOf(program).inputs.map((node) => [node, inputName(node)] as const);
  for (const [, name] of inputs) {
    if (Object.hasOwn(program.outputs, name))
      throw new RangeError(`${name} is an input and an output of ${program.name}`);
  }
  return onnxFile(lower(program.name, stageOf(inputs, Object.entries(program.outputs)), 'cpu'));
}
