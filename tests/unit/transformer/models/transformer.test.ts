import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Graph } from '../../../../src/transformer/graph/index.js';
import {
  attend,
  causalMask,
  growingMask,
  layersOf,
  modelShape,
  parametersOf,
  positionsFrom,
} from '../../../../src/transformer/models/index.js';
import { SEED, seeded } from '../../../fixtures/seed.js';
import {
  anyModel,
  anySeed,
  distance,
  integers,
  logitsOf,
  numbersOf,
  randomParameters,
  uniforms,
} from '../../../fixtures/transformer-cases.js';

/**
 * Two routes to a number of size up to 10 by sums of at most some 100 products each, through some 10 layers, each of which may
 * enlarge what came before tenfold at worst: 100 * 10 * 10 * 2^-53 is 1e-12.
 */
const ROUNDING = 1e-12;

describe('a model', () => {
  const anyLength = fc.integer({ min: 2, max: 8 });

  it('is causal: another token changes its own logits and later ones, and no earlier number at all', () => {
    fc.assert(
      fc.property(anyModel, anySeed, anyLength, fc.nat(), (model, seed, length, draw) => {
        const { vocabulary } = model.shape;
        const parameters = randomParameters(model, seed);
        const tokens = integers(seed, length, vocabulary);
        const at = draw % length;
        const changed = tokens.with(at, (tokens[at]! + 1) % vocabulary);
        const [before, after] = [tokens, changed].map((own) => logitsOf(model, parameters, own, 1));
        expect(after!.slice(0, at * vocabulary)).toEqual(before!.slice(0, at * vocabulary));
        for (let t = at; t < length; t++) {
          const [start, end] = [t * vocabulary, (t + 1) * vocabulary];
          expect(distance(after!.slice(start, end), before!.slice(start, end))).toBeGreaterThan(1e-6);
        }
      }),
      seeded(20),
    );
  });

  it('treats each sequence of a batch as if it were alone', () => {
    fc.assert(
      fc.property(anyModel, anySeed, anyLength, (model, seed, length) => {
        const parameters = randomParameters(model, seed);
        const tokens = integers(seed, 3 * length, model.shape.vocabulary);
        const alone = [0, 1, 2].flatMap((i) => [
          ...logitsOf(model, parameters, tokens.slice(i * length, (i + 1) * length), 1),
        ]);
        expect(distance(logitsOf(model, parameters, tokens, 3), alone)).toBeLessThan(ROUNDING);
      }),
      seeded(10),
    );
  });

  it('gives the same logits if only later positions are asked for', () => {
    fc.assert(
      fc.property(anyModel, anySeed, anyLength, fc.nat(), (model, seed, length, draw) => {
        const { vocabulary } = model.shape;
        const parameters = randomParameters(model, seed);
        const tokens = integers(seed, length, vocabulary);
        const from = draw % length;
        const all = logitsOf(model, parameters, tokens, 1).slice(from * vocabulary);
        expect(distance(logitsOf(model, parameters, tokens, 1, from), all)).toBeLessThan(ROUNDING);
      }),
      seeded(20),
    );
  });
});

describe('attention', () => {
  const anyShape = fc.record({
    sequences: fc.integer({ min: 1, max: 2 }),
    keyHeads: fc.integer({ min: 1, max: 3 }),
    group: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 4 }),
    before: fc.integer({ min: 0, max: 3 }),
    tokens: fc.integer({ min: 1, max: 4 }),
    seed: anySeed,
  });

  it('of head i reads the keys and values of head i / (H / Hk), rounded down, up to the own position', () => {
    fc.assert(
      fc.property(anyShape, ({ sequences, keyHeads, group, size, before, tokens, seed }) => {
        const heads = keyHeads * group;
        const seen = before + tokens;
        const graph = new Graph();
        const queries = graph.input('queries', [sequences, tokens, heads, size]);
        const memory = {
          keys: graph.input('keys', [sequences, keyHeads, seen, size]),
          values: graph.input('values', [sequences, keyHeads, seen, size]),
        };
        // The tokens before may be a memory of their own.
        const memories = before === 0 ? [memory] : [part(graph, memory, 0, before), part(graph, memory, before, seen)];
        const q = uniforms(seed, sequences * tokens * heads * size).map((x) => 3 * x);
        const k = uniforms(seed + 1, sequences * keyHeads * seen * size);
        const v = uniforms(seed + 2, sequences * keyHeads * seen * size);
        const found = numbersOf(attend(graph, queries, memories, causalMask(graph, before, seen)), {
          queries: q,
          keys: k,
          values: v,
        });
        const expected: number[] = [];
        for (let b = 0; b < sequences; b++) {
          for (let t = 0; t < tokens; t++) {
            for (let h = 0; h < heads; h++) {
              const rows = Array.from({ length: before + t + 1 }, (_, s) => {
                const at = ((b * keyHeads + Math.floor(h / group)) * seen + s) * size;
                return { key: k.subarray(at, at + size), value: v.subarray(at, at + size) };
              });
              const at = ((b * tokens + t) * heads + h) * size;
              const query = q.subarray(at, at + size);
              const shares = rows.map(({ key }) =>
                Math.exp(key.reduce((sum, x, i) => sum + x * query[i]!, 0) / Math.sqrt(size)),
              );
              const whole = shares.reduce((sum, share) => sum + share, 0);
              for (let i = 0; i < size; i++) {
                expected.push(rows.reduce((sum, { value }, s) => sum + (shares[s]! / whole) * value[i]!, 0));
              }
            }
          }
        }
        expect(distance(found, expected)).toBeLessThan(ROUNDING);
      }),
      seeded(50),
    );
  });

  const part = (
    graph: Graph,
    memory: { keys: ReturnType<Graph['input']>; values: ReturnType<Graph['input']> },
    start: number,
    end: number,
  ) => ({
    keys: graph.slice(memory.keys, 2, start, end),
    values: graph.slice(memory.values, 2, start, end),
  });

  it.each([0, 1, 2, 3])('to memory that grows sees what was written up to row %i', (at) => {
    const graph = new Graph();
    const mask = numbersOf(growingMask(graph, graph.input('at', [1]), 4), { at: Float64Array.of(at) });
    expect([...mask].map((entry) => Math.exp(entry))).toEqual([0, 1, 2, 3].map((row) => (row <= at ? 1 : 0)));
  });
});

describe('rotary positions', () => {
  const model = parametersOf(modelShape({ architecture: 'mistral', width: 32, heads: 2, context: 64 }));
  const size = 16;
  const parameters = randomParameters(model, SEED);

  /** Queries and keys, [2, 16], of one vector that stands at a position. */
  const at = (position: number, x: Float64Array): { query: Float64Array; key: Float64Array } => {
    const graph = new Graph();
    const layers = layersOf(graph, model, graph.input('parameters', [model.size]));
    const input = graph.input('x', [1, 1, 32]);
    const positions = positionsFrom(graph, position, 1);
    const of = (node: ReturnType<Graph['input']>) => numbersOf(node, { parameters, x });
    return { query: of(layers.query(0, input, positions)), key: of(layers.key(0, input, positions)) };
  };

  const score = (a: Float64Array, b: Float64Array, head: number): number =>
    a.subarray(head * size, (head + 1) * size).reduce((sum, value, i) => sum + value * b[head * size + i]!, 0);

  it('give scores that depend on the distance of two positions alone', () => {
    const anyPosition = fc.integer({ min: 0, max: 31 });
    fc.assert(
      fc.property(anySeed, anyPosition, anyPosition, anyPosition, (seed, m, n, shift) => {
        const [x, y] = [uniforms(seed, 32), uniforms(seed + 1, 32)];
        for (const head of [0, 1]) {
          const here = score(at(m, x).query, at(n, y).key, head);
          // Scores have 16 terms of size up to 30, and angles up to 63 are off by 63 * 2^-53 at most: 16 * 30 * 2 * 63 * 2^-53 < 1e-11.
          expect(Math.abs(score(at(m + shift, x).query, at(n + shift, y).key, head) - here)).toBeLessThan(1e-11);
          if (shift > 0)
            expect(Math.abs(score(at(m + shift, x).query, at(n, y).key, head) - here)).toBeGreaterThan(1e-6);
        }
      }),
      seeded(25),
    );
  });

  it('turn the pair (j, j + h / 2) by t 10000^(-2 j / h)', () => {
    const x = uniforms(SEED, 32);
    const start = at(0, x).query;
    for (const t of [1, 7, 63]) {
      const turned = at(t, x).query;
      for (const head of [0, 1]) {
        for (let j = 0; j < 8; j++) {
          const [a, b] = [start[head * size + j]!, start[head * size + j + 8]!];
          const angle = t / 10_000 ** ((2 * j) / size);
          // The angle is rounded to 63 * 2^-53 at most, numbers are below 10.
          const rounding = 1e-12;
          const first = a * Math.cos(angle) - b * Math.sin(angle);
          const second = a * Math.sin(angle) + b * Math.cos(angle);
          expect(Math.abs(turned[head * size + j]! - first)).toBeLessThan(rounding);
          expect(Math.abs(turned[head * size + j + 8]! - second)).toBeLessThan(rounding);
        }
      }
    }
  });
});
