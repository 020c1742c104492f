import type { Attribute, Initializer, OnnxGraph, OnnxNode, Port } from './format.js';

interface Details {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Default: that of ONNX. */
  readonly domain?: string;
}

/** Collects the nodes of an ONNX graph. A value is known by its name. */
export class Emitter {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #shared = new Map<string, readonly string[]>();
  #values = 0;

  /** @returns the names of the outputs */
  nodes(type: string, inputs: readonly string[], outputs: number, details: Details = {}): readonly string[] {
    const { attributes = {}, domain = '' } = details;
    const names = Array.from({ length: outputs }, () => `value ${this.#values++}`);
    this.#nodes.push({ type, domain, inputs, outputs: names, attributes });
    return names;
  }

  /** @returns the name of the output */
  node(type: string, inputs: readonly string[], details: Details = {}): string {
    return this.nodes(type, inputs, 1, details)[0]!;
  }

  /** What is made under the key, once. */
  shared(key: string, make: () => readonly string[]): readonly string[] {
    const known = this.#shared.get(key) ?? make();
    this.#shared.set(key, known);
    return known;
  }

  floats(values: ArrayLike<number>, shape: readonly number[]): string {
    return this.#initializer(shape, Float32Array.from(values));
  }

  scalar(value: number): string {
    return this.shared(`scalar ${value}`, () => [this.floats([value], [1])])[0]!;
  }

  /** int64. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const key = `integers [${shape}] ${values}`;
    return this.shared(key, () => [this.#initializer(shape, BigInt64Array.from(values, BigInt))])[0]!;
  }

  #initializer(shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const name = `constant ${this.#initializers.length}`;
    this.#initializers.push({ name, shape, values });
    return name;
  }

  /** @param outputs the value of each output */
  graph(name: string, inputs: readonly Port[], outputs: readonly (readonly [Port, string])[]): OnnxGraph {
    // An output takes the name of its value, so that nothing is copied; a value that has several, or is not computed here, is copied.
    const renamed = new Map<string, string>();
    const computed = new Set(this.#nodes.flatMap((node) => node.outputs));
    const copies: OnnxNode[] = [];
    for (const [port, value] of outputs) {
      if (computed.has(value) && !renamed.has(value)) renamed.set(value, port.name);
      else copies.push({ type: 'Identity', domain: '', inputs: [value], outputs: [port.name], attributes: {} });
    }
    const rename = (value: string) => renamed.get(value) ?? value;
    const nodes = [...this.#nodes, ...copies].map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
    return { name, inputs, outputs: outputs.map(([port]) => port), initializers: this.#initializers, nodes };
  }
}
