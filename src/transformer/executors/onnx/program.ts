import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { inputName, type Loop, type Node, type Program, type Shape, scheduleOf, sizeOf } from '../../graph/index.js';
import type { LoadedProgram, Tensors } from '../executor.js';
import type { Library } from './library.js';
import { NAMES } from './stage.js';

type Values = Record<string, Tensor>;

/** A program whose stages are sessions. */
export class OnnxProgram implements LoadedProgram {
  readonly #inputs: readonly Node[];

  constructor(
    readonly library: Library,
    readonly program: Program,
    readonly once: InferenceSession,
    readonly iteration: InferenceSession | null,
  ) {
    this.#inputs = scheduleOf(program).inputs;
  }

  async run(inputs: Tensors): Promise<Record<string, Float32Array>> {
    const given = Object.fromEntries(
      this.#inputs.map((node) => [NAMES.given(inputName(node)), this.#tensor(givenValue(node, inputs), node.shape)]),
    );
    const values: Values = { ...given, ...(await this.once.run(pick(given, this.once))) };
    const { loop } = this.program;
    const collected = loop ? await this.#repeat(loop, values) : {};
    const results = Object.keys(this.program.outputs).map((name) => [name, values[NAMES.result(name)]!.data]);
    return { ...Object.fromEntries(results), ...collected };
  }

  /** Runs the iterations. Carried values are those of `values` at the end. */
  async #repeat(loop: Loop, values: Values): Promise<Record<string, Float32Array>> {
    const session = this.iteration!;
    const collected = Object.entries(loop.collected).map(([name, node]) => {
      return { name, node, rows: new Float32Array(loop.iterations * sizeOf(node.shape)) };
    });
    for (const i of loop.carried.keys()) values[NAMES.current(i)] = values[NAMES.initial(i)]!;
    for (let i = 0; i < loop.iterations; i++) {
      values[NAMES.counter] = this.#tensor(Float32Array.of(i), [1]);
      const found = await session.run(pick(values, session));
      for (const { name, node, rows } of collected)
        rows.set(found[NAMES.collected(name)]!.data as Float32Array, i * sizeOf(node.shape));
      for (const j of loop.carried.keys()) values[NAMES.current(j)] = found[NAMES.next(j)]!;
      if ((found[NAMES.finished]!.data[0] as number) > 0) break;
    }
    for (const [name, node] of Object.entries(this.program.outputs)) {
      const j = loop.carried.findIndex(({ current }) => current === node);
      if (j >= 0) values[NAMES.result(name)] = values[NAMES.current(j)]!;
    }
    return Object.fromEntries(collected.map(({ name, rows }) => [name, rows]));
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

/** What a session reads. */
const pick = (values: Values, { inputNames }: InferenceSession): Values =>
  Object.fromEntries(inputNames.map((name) => [name, values[name]!]));
