import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { inputName, type Loop, type Node, type Program, type Shape, scheduleOf, sizeOf } from '../../graph/index.js';
import type { LoadedProgram, Tensors } from '../executor.js';
import type { Library } from './library.js';
import { NAMES } from './stage.js';

type Values = Record<string, Tensor>;

/** Some iterations of a loop, as one session. */
export interface Iterations {
  readonly count: number;
  readonly session: InferenceSession;
}

/** A program as sessions: what is computed once, then its loop's iterations. */
export class OnnxProgram implements LoadedProgram {
  readonly #inputs: readonly Node[];

  constructor(
    readonly library: Library,
    readonly program: Program,
    readonly once: InferenceSession,
    readonly iterations: readonly Iterations[],
  ) {
    this.#inputs = scheduleOf(program).inputs;
  }

  async run(inputs: Tensors): Promise<Record<string, Float32Array>> {
    const values: Values = Object.fromEntries(
      this.#inputs.map((node) => [NAMES.given(inputName(node)), this.#tensor(givenValue(node, inputs), node.shape)]),
    );
    Object.assign(values, await run(this.once, values));
    const { loop, outputs } = this.program;
    const collected = loop ? await this.#repeat(loop, values) : {};
    const results = Object.entries(outputs).map(([name, node]) => {
      const i = loop?.carried.findIndex(({ current, next }) => node === current || node === next) ?? -1;
      return [name, values[i < 0 ? NAMES.result(name) : NAMES.current(i)]!.data];
    });
    return { ...Object.fromEntries(results), ...collected };
  }

  /** Runs the iterations; at the end, the carried values are among `values`. */
  async #repeat(loop: Loop, values: Values): Promise<Record<string, Float32Array>> {
    const rows = Object.entries(loop.collected).map(([name, node]) => {
      return { name, size: sizeOf(node.shape), all: new Float32Array(loop.iterations * sizeOf(node.shape)) };
    });
    for (const i of loop.carried.keys()) values[NAMES.current(i)] = values[NAMES.initial(i)]!;
    let done = 0;
    for (const { count, session } of this.iterations) {
      values[NAMES.counter] = this.#tensor(Float32Array.of(done), [1]);
      const found = await run(session, values);
      for (const { name, size, all } of rows) {
        for (let i = 0; i < count; i++) all.set(numbers(found[NAMES.collected(name, i)]!), (done + i) * size);
      }
      for (const i of loop.carried.keys()) values[NAMES.current(i)] = found[NAMES.next(i)]!;
      if (numbers(found[NAMES.finished]!)[0]! > 0) break;
      done += count;
    }
    return Object.fromEntries(rows.map(({ name, all }) => [name, all]));
  }

  #tensor(values: Float32Array, shape: Shape): Tensor {
    return new this.library.Tensor('float32', values, shape);
  }
}

function givenValue(node: Node, given: Tensors): Float32Array {
  const name = inputName(node);
  const value = given[name];
  if (value?.length === sizeOf(node.shape)) return value;
  throw new RangeError(`input ${name} has ${value?.length ?? 'no'} numbers; it must have ${sizeOf(node.shape)}`);
}

const run = (session: InferenceSession, values: Values): Promise<InferenceSession.OnnxValueMapType> =>
  session.run(Object.fromEntries(session.inputNames.map((name) => [name, values[name]!])));

const numbers = (tensor: Tensor): Float32Array => tensor.data as Float32Array;
