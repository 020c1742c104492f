import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OnnxGraph, onnxFile } from '../../../../src/transformer/executors/onnx/format.js';
import { onnxModel } from '../../../../src/transformer/executors/onnx/index.js';
import {
  bytesField,
  encode,
  floatField,
  integerField,
  messageField,
  textField,
} from '../../../../src/transformer/executors/onnx/protobuf.js';
import { Graph } from '../../../../src/transformer/graph/index.js';
import { programOf } from './compare.js';
import { finishing } from './loops.js';
import { all, type Fields, fieldsOf, text, within } from './protobuf-reader.js';

describe('the wire format', () => {
  // The examples of Protocol Buffers' own description.
  it.each([
    [integerField(1, 150), [0x08, 0x96, 0x01]],
    [textField(2, 'testing'), [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]],
    [messageField(3, integerField(1, 150)), [0x1a, 0x03, 0x08, 0x96, 0x01]],
    [integerField(1, -2), [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    [floatField(1, 1), [0x0d, 0, 0, 0x80, 0x3f]],
  ])('writes %o', (message, bytes) => {
    expect([...encode(message)]).toEqual(bytes);
  });

  it('says what it was told', () => {
    const integer = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), integer, fc.uint8Array({ maxLength: 300 }), (field, n, bytes) => {
        const message = [
          ...integerField(field, n),
          ...bytesField(field, bytes),
          ...messageField(5, integerField(6, n)),
        ];
        const fields = fieldsOf(encode(message));
        expect(all(fields, field).slice(0, 2)).toEqual([BigInt.asUintN(64, BigInt(n)), bytes]);
        expect(BigInt.asIntN(64, all(fieldsOf(all(fields, 5).at(-1) as Uint8Array), 6)[0] as bigint)).toBe(BigInt(n));
      }),
    );
  });
});

describe('an ONNX file', () => {
  it('has the fields of onnx.proto', () => {
    const inner: OnnxGraph = { name: 'inner', inputs: [], outputs: [], initializers: [], nodes: [] };
    const graph: OnnxGraph = {
      name: 'outer',
      inputs: [{ name: 'x', element: 'float', shape: [2, null] }],
      outputs: [{ name: 'y', element: 'bool', shape: [] }],
      initializers: [
        { name: 'floats', shape: [1, 2], values: Float32Array.of(1, -2) },
        { name: 'integers', shape: [1], values: BigInt64Array.of(-1n) },
      ],
      nodes: [
        {
          type: 'Thing',
          domain: 'com.microsoft',
          inputs: ['x', ''],
          outputs: ['y'],
          attributes: {
            f: { float: 0.5 },
            i: { integer: -1 },
            t: { text: 'tanh' },
            l: { integers: [2, 0] },
            g: { graph: inner },
          },
        },
      ],
    };
    const model = fieldsOf(onnxFile(graph));
    expect(all(model, 1)).toEqual([9n]);
    expect(
      all(model, 8).map((set) => [
        text(all(fieldsOf(set as Uint8Array), 1)[0]),
        all(fieldsOf(set as Uint8Array), 2)[0],
      ]),
    ).toEqual([
      ['', 20n],
      ['com.microsoft', 1n],
    ]);
    const outer = within(model, 7);
    expect(text(all(outer, 2)[0])).toBe('outer');
    const node = within(outer, 1);
    expect([1, 2, 4, 7].map((field) => all(node, field).map(text))).toEqual([
      ['x', ''],
      ['y'],
      ['Thing'],
      ['com.microsoft'],
    ]);
    const attributes = all(node, 5).map((attribute) => fieldsOf(attribute as Uint8Array));
    expect(attributes.map((one) => [text(all(one, 1)[0]), all(one, 20)[0]])).toEqual([
      ['f', 1n],
      ['i', 2n],
      ['t', 3n],
      ['l', 7n],
      ['g', 5n],
    ]);
    expect(all(attributes[0]!, 2)).toEqual([Uint8Array.of(0, 0, 0, 0x3f)]);
    expect(all(attributes[1]!, 3)).toEqual([2n ** 64n - 1n]);
    expect(all(attributes[2]!, 4).map(text)).toEqual(['tanh']);
    expect(all(attributes[3]!, 8)).toEqual([2n, 0n]);
    expect(text(all(within(attributes[4]!, 6), 2)[0])).toBe('inner');
    const [floats, integers] = all(outer, 5).map((tensor) => fieldsOf(tensor as Uint8Array));
    expect([all(floats!, 1), all(floats!, 2), text(all(floats!, 8)[0])]).toEqual([[1n, 2n], [1n], 'floats']);
    expect(all(floats!, 9)).toEqual([Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0)]);
    expect([all(integers!, 2), all(integers!, 9)]).toEqual([[7n], [new Uint8Array(8).fill(255)]]);
    const tensorType = (port: Fields) => within(within(port, 2), 1);
    const sizes = (port: Fields) =>
      all(within(tensorType(port), 2), 1).map((size) => all(fieldsOf(size as Uint8Array), 1));
    const [x, y] = [within(outer, 11), within(outer, 12)];
    expect([text(all(x, 1)[0]), all(tensorType(x), 1), sizes(x)]).toEqual(['x', [1n], [[2n], []]]);
    expect([text(all(y, 1)[0]), all(tensorType(y), 1), sizes(y)]).toEqual(['y', [9n], []]);
  });
});

describe('a model for others', () => {
  it('has the names of the program', () => {
    const graph = new Graph();
    const outer = within(fieldsOf(onnxModel(programOf({ y: graph.exp(graph.input('x', [2])) }))), 7);
    expect(text(all(within(outer, 11), 1)[0])).toBe('x');
    expect(text(all(within(outer, 12), 1)[0])).toBe('y');
  });

  it('has those of what a loop collects, too', () => {
    const outer = within(fieldsOf(onnxModel(finishing(3, 1))), 7);
    expect(all(outer, 12).map((port) => text(all(fieldsOf(port as Uint8Array), 1)[0]))).toEqual(['count', 'rows']);
  });

  it('refuses a name of an input and an output', () => {
    const graph = new Graph();
    const program = programOf({ x: graph.exp(graph.input('x', [2])) });
    expect(() => onnxModel(program)).toThrow(new RangeError('x is an input and an output of test'));
  });
});
