import {
  type Attribute,
  ELEMENTS,
  type Element,
  type Initializer,
  type OnnxGraph,
  type OnnxNode,
  type Port,
} from './format.js';

interface Details {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Default: that of ONNX. */
  readonly domain?: string;
}

/** Collects the nodes of an ONNX graph. A value is known by its name. */
export class Emitter {
  /** @param scope tells the names of a graph apart from those of the graph around it */
  constructor(readonly scope: string) {}

  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #shared = new Map<string, readonly string[]>();
  #values = 0;

  /** @returns the names of the outputs */
  nodes(type: string, inputs: readonly string[], outputs: number, details: Details = {}): readonly string[] {
    const { attributes = {}, domain = '' } = details;
    const names = Array.from({ length: outputs }, () => `${this.scope} value ${this.#values++}`);
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

  asFloats(value: string): string {
    return this.#cast(value, 'float');
  }

  /** As int64. */
  asIntegers(value: string): string {
    return this.#cast(value, 'int64');
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

  #cast(value: string, element: Element): string {
    return this.shared(`${value} as ${element}`, () => [
      this.node('Cast', [value], { attributes: { to: { integer: ELEMENTS[element] } } }),
    ])[0]!;
  }

  #initializer(shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const name = `${this.scope} constant ${this.#initializers.length}`;
    this.#initializers.push({ name, shape, values });
    return name;
  }

  /** @param outputs each with the value that it is; that gets its name, so that nothing is copied */
  graph(name: string, inputs: readonly Port[], outputs: readonly (readonly [Port, string])[]): OnnxGraph {
    const computed = new Set(this.#nodes.flatMap((node) => node.outputs));
    const names = new Map<string, string>();
    const copies: OnnxNode[] = [];
    for (const [port, value] of outputs) {
      // What is given, or has a name already, is copied.
      if (computed.has(value) && !names.has(value)) names.set(value, port.name);
      else copies.push({ type: 'Identity', domain: '', inputs: [value], outputs: [port.name], attributes: {} });
    }
    return {
      name,
      inputs,
      outputs: outputs.map(([port]) => port),
      initializers: this.#initializers,
      nodes: [...this.#nodes, ...copies].map((node) => renamed(node, names)),
    };
  }
}

/** With other names for values, also where a graph inside reads them. */
function renamed(node: OnnxNode, names: ReadonlyMap<string, string>): OnnxNode {
  const rename = (value: string) => names.get(value) ?? value;
  const within = (attribute: Attribute): Attribute =>
    'graph' in attribute
      ? { graph: { ...attribute.graph, nodes: attribute.graph.nodes.map((inner) => renamed(inner, names)) } }
      : attribute;
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(Object.entries(node.attributes).map(([key, value]) => [key, within(value)])),
  };
}
