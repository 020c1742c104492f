import { endianness } from 'node:os';
import { bytesField, encode, floatField, integerField, type Message, messageField, textField } from './protobuf.js';

// The messages of onnx.proto that a model of tensors needs; the numbers are those of its fields.

/** TensorProto.DataType. */
export const ELEMENTS = { float: 1, int64: 7, bool: 9 } as const;
export type Element = keyof typeof ELEMENTS;

export type Attribute =
  | { readonly float: number }
  | { readonly integer: number }
  | { readonly text: string }
  | { readonly integers: readonly number[] }
  | { readonly graph: OnnxGraph };

export interface OnnxNode {
  readonly type: string;
  /** Empty: that of ONNX. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A constant of the model. */
export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** A tensor that a graph takes or gives. */
export interface Port {
  readonly name: string;
  readonly element: Element;
  /** Empty: one number without an axis. null: a size that only a run tells. */
  readonly shape: readonly (number | null)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly initializers: readonly Initializer[];
  /** Each after those that compute its inputs. */
  readonly nodes: readonly OnnxNode[];
}

/** Versions of the operator sets; 20 is the first with Gelu. */
const OPERATOR_SETS = { '': 20, 'com.microsoft': 1 } as const;

/** The first version of the file format that may hold operator set 20. */
const IR_VERSION = 9;

/** The bytes of an ONNX file. */
export function onnxFile(graph: OnnxGraph): Uint8Array {
  return encode([
    ...integerField(1, IR_VERSION),
    ...textField(2, 'lengthwise'),
    ...messageField(7, graphMessage(graph)),
    ...Object.entries(OPERATOR_SETS).flatMap(([domain, version]) =>
      messageField(8, [...textField(1, domain), ...integerField(2, version)]),
    ),
  ]);
}

function graphMessage({ name, inputs, outputs, initializers, nodes }: OnnxGraph): Message {
  return [
    ...nodes.flatMap((node) => messageField(1, nodeMessage(node))),
    ...textField(2, name),
    ...initializers.flatMap((initializer) => messageField(5, tensorMessage(initializer))),
    ...inputs.flatMap((port) => messageField(11, portMessage(port))),
    ...outputs.flatMap((port) => messageField(12, portMessage(port))),
  ];
}

function nodeMessage({ type, domain, inputs, outputs, attributes }: OnnxNode): Message {
  return [
    ...inputs.flatMap((name) => textField(1, name)),
    ...outputs.flatMap((name) => textField(2, name)),
    ...textField(4, type),
    ...Object.entries(attributes).flatMap(([name, value]) => messageField(5, attributeMessage(name, value))),
    ...(domain === '' ? [] : textField(7, domain)),
  ];
}

/** The last field is AttributeProto.AttributeType. */
function attributeMessage(name: string, value: Attribute): Message {
  const named = textField(1, name);
  if ('float' in value) return [...named, ...floatField(2, value.float), ...integerField(20, 1)];
  if ('integer' in value) return [...named, ...integerField(3, value.integer), ...integerField(20, 2)];
  if ('graph' in value) return [...named, ...messageField(6, graphMessage(value.graph)), ...integerField(20, 5)];
  if ('text' in value) return [...named, ...textField(4, value.text), ...integerField(20, 3)];
  return [...named, ...value.integers.flatMap((one) => integerField(8, one)), ...integerField(20, 7)];
}

function tensorMessage({ name, shape, values }: Initializer): Message {
  return [
    ...shape.flatMap((size) => integerField(1, size)),
    ...integerField(2, values instanceof Float32Array ? ELEMENTS.float : ELEMENTS.int64),
    ...textField(8, name),
    ...bytesField(9, littleEndian(values)),
  ];
}

function portMessage({ name, element, shape }: Port): Message {
  const dimensions = shape.flatMap((size) => messageField(1, size === null ? [] : integerField(1, size)));
  const tensor = [...integerField(1, ELEMENTS[element]), ...messageField(2, dimensions)];
  return [...textField(1, name), ...messageField(2, messageField(1, tensor))];
}

function littleEndian(values: Float32Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (endianness() === 'LE') return bytes;
  const copy = bytes.slice();
  return values instanceof Float32Array ? Buffer.from(copy).swap32() : Buffer.from(copy).swap64();
}
