import type { InferenceSession } from 'onnxruntime-node';
import { inputName, type Node, type Program, scheduleOf, sizeOf } from '../../graph/index.js';
import type { LoadedProgram, Tensors } from '../executor.js';
import type { Library } from './library.js';
import type { Names } from './lower.js';

/** Prefixes tell apart an input and an output that have the same name in the program. */
export const NAMES: Names = {
  given: (input) => `given ${input}`,
  result: (output) => `result ${output}`,
};

/** A program as a session of the library. */
export class OnnxProgram implements LoadedProgram {
  readonly #library: Library;
  readonly #session: InferenceSession;
  readonly #inputs: readonly Node[];
  readonly #program: Program;

  constructor(library: Library, session: InferenceSession, program: Program) {
    this.#library = library;
    this.#session = session;
    this.#inputs = scheduleOf(program).inputs;
    this.#program = program;
  }

  async run(inputs: Tensors): Promise<Record<string, Float32Array>> {
    const feeds = this.#inputs.map((node) => {
      const tensor = new this.#library.Tensor('float32', givenValue(node, inputs), node.shape);
      return [NAMES.given(inputName(node)), tensor] as const;
    });
    const found = await this.#session.run(Object.fromEntries(feeds));
    const { outputs, loop } = this.#program;
    const numbersOf = (name: string) => found[NAMES.result(name)]!.data as Float32Array;
    return {
      ...Object.fromEntries(Object.keys(outputs).map((name) => [name, numbersOf(name)])),
      ...Object.fromEntries(
        Object.entries(loop?.collected ?? {}).map(([name, node]) => {
          return [name, padded(numbersOf(name), loop!.iterations * sizeOf(node.shape))];
        }),
      ),
    };
  }
}

/** @throws RangeError if it is missing or has another size than its node */
function givenValue(node: Node, given: Tensors): Float32Array {
  const name = inputName(node);
  const value = given[name];
  if (value?.length === sizeOf(node.shape)) return value;
  throw new RangeError(`input ${name} has ${value?.length ?? 'no'} numbers; it must have ${sizeOf(node.shape)}`);
}

/** With zeros for the iterations that were left out. */
function padded(values: Float32Array, size: number): Float32Array {
  if (values.length === size) return values;
  const all = new Float32Array(size);
  all.set(values);
  return all;
}
