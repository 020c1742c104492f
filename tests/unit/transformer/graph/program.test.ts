import { describe, expect, it } from 'vitest';
import {
  Graph,
  inputName,
  interpret,
  type Loop,
  type Node,
  type Program,
  scheduleOf,
} from '../../../../src/transformer/graph/index.js';

/** Fibonacci's numbers times a factor, until one is at least `limit`. */
function fibonacci(iterations: number) {
  const graph = new Graph();
  const [counter, low, high] = ['counter', 'low', 'high'].map((name) => graph.input(name, [1])) as [
    never,
    never,
    never,
  ];
  const [factor, limit, unused] = ['factor', 'limit', 'unused'].map((name) => graph.input(name, [1])) as [
    never,
    never,
    never,
  ];
  const double = graph.multiply(factor, 2);
  const sum = graph.add(low, high);
  const scaled = graph.multiply(sum, double);
  const rank = graph.add(counter, 1);
  const finished = graph.positive(graph.subtract(scaled, limit));
  const loop: Loop = {
    iterations,
    counter,
    carried: [
      { current: low, initial: graph.constant(0), next: high },
      { current: high, initial: graph.constant(1), next: sum },
    ],
    collected: { scaled, ranks: graph.concat([rank, scaled], 0) },
    finished,
  };
  const program: Program = { name: 'fibonacci', outputs: { low, high, double }, loop };
  return { graph, program, loop, low, high, counter, factor, limit, unused, double, sum, scaled, rank, finished };
}

const idsOf = (nodes: readonly Node[]): number[] => nodes.map(({ id }) => id).toSorted((a, b) => a - b);

const run = (iterations: number, limit: number) =>
  interpret(fibonacci(iterations).program, { factor: Float64Array.of(5), limit: Float64Array.of(limit) });

describe('the schedule of a program', () => {
  it('without a loop holds what its outputs need, after their inputs', () => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', [2]), graph.input('y', [2])];
    const [late, early] = [graph.exp(graph.negate(x)), graph.sqrt(y)];
    graph.add(late, early);
    const { inputs, once, body } = scheduleOf({ name: 'p', outputs: { early, late }, loop: null });
    expect(inputs).toEqual([x, y]);
    expect(once).toEqual([late.inputs[0], late, early]);
    expect(body).toEqual([]);
  });

  it('has in the body what depends on the counter or on a carried value, and all else once', () => {
    const { program, loop, factor, limit, double, sum, scaled, rank, finished } = fibonacci(3);
    const { inputs, once, body } = scheduleOf(program);
    expect(inputs.map(inputName)).toEqual(['factor', 'limit']);
    expect(inputs).toEqual([factor, limit]);
    expect(idsOf(once.filter(({ operation }) => operation.kind !== 'constant'))).toEqual([double.id]);
    expect(idsOf(body)).toEqual(idsOf([sum, scaled, rank, finished, finished.inputs[0]!, loop.collected.ranks!]));
    const places = new Map([...inputs, ...once, ...body].map((node, i) => [node, i]));
    for (const node of [...once, ...body])
      for (const input of node.inputs) expect(places.get(input) ?? -1).toBeLessThan(places.get(node)!);
  });

  it.each<[string, (parts: ReturnType<typeof fibonacci>) => Program, string]>([
    [
      'an output of the body',
      ({ program, sum }) => ({ ...program, outputs: { sum } }),
      "output sum is a node of the loop's body",
    ],
    [
      'the counter as an output',
      ({ program, counter }) => ({ ...program, outputs: { counter } }),
      "output counter is a node of the loop's body",
    ],
    [
      'one name twice',
      ({ program, double }) => ({ ...program, outputs: { scaled: double } }),
      'there are two outputs scaled',
    ],
    [
      'an initial value of the body',
      ({ program, loop, low, high, sum, rank }) => ({
        ...program,
        loop: {
          ...loop,
          carried: [
            { current: low, initial: rank, next: high },
            { current: high, initial: rank, next: sum },
          ],
        },
      }),
      "the initial value of low is a node of the loop's body",
    ],
    [
      'an initial value of another shape',
      ({ graph, program, loop, low, high }) => ({
        ...program,
        loop: { ...loop, carried: [{ current: low, initial: graph.constant([0, 0], [2]), next: high }] },
      }),
      'the initial value of low has shape [2]; it must have [1]',
    ],
    [
      'a next value of another shape',
      ({ graph, program, loop, low }) => ({
        ...program,
        loop: { ...loop, carried: [{ current: low, initial: graph.constant(0), next: graph.reshape(low, [1, 1]) }] },
      }),
      'the next value of low has shape [1, 1]; it must have [1]',
    ],
    [
      'an end that is no number',
      ({ graph, program, loop, low }) => ({ ...program, loop: { ...loop, finished: graph.reshape(low, [1, 1]) } }),
      'finished has shape [1, 1]; it must have [1]',
    ],
    [
      'a counter that is computed',
      ({ program, loop, sum }) => ({ ...program, loop: { ...loop, counter: sum } }),
      'a node of kind add is no input',
    ],
    [
      'a carried value that is computed',
      ({ program, loop, low, sum }) => ({
        ...program,
        loop: { ...loop, carried: [{ current: sum, initial: low, next: low }] },
      }),
      'a node of kind add is no input',
    ],
    [
      'no iteration',
      ({ program, loop }) => ({ ...program, loop: { ...loop, iterations: 0 } }),
      'iterations is 0; it must be an integer >= 1',
    ],
    [
      'half an iteration',
      ({ program, loop }) => ({ ...program, loop: { ...loop, iterations: 0.5 } }),
      'iterations is 0.5; it must be an integer >= 1',
    ],
  ])('refuses %s', (_, build, message) => {
    expect(() => scheduleOf(build(fibonacci(3)))).toThrow(new RangeError(message));
  });
});

describe('a loop', () => {
  it('carries values at once, collects by iteration, and leaves the last values', () => {
    const { low, high, double, scaled, ranks } = run(6, 1e9);
    expect([...scaled!]).toEqual([10, 20, 30, 50, 80, 130]);
    expect([...ranks!]).toEqual([1, 10, 2, 20, 3, 30, 4, 50, 5, 80, 6, 130]);
    expect([low![0], high![0], double![0]]).toEqual([8, 13, 10]);
  });

  it('may run once', () => {
    const { low, high, scaled } = run(1, 1e9);
    expect([low![0], high![0], ...scaled!]).toEqual([1, 1, 10]);
  });

  it('ends after the iteration that finishes it, whose rows are there', () => {
    const { scaled } = run(6, 25);
    expect(scaled).toHaveLength(6);
    expect([...scaled!.subarray(0, 3)]).toEqual([10, 20, 30]);
    expect([...scaled!.subarray(3)]).toEqual([0, 0, 0]);
  });

  it('exchanges two carried values', () => {
    const graph = new Graph();
    const [counter, x, y] = ['counter', 'x', 'y'].map((name) => graph.input(name, [1])) as [never, never, never];
    const carried = [
      { current: x, initial: graph.constant(1), next: y },
      { current: y, initial: graph.constant(2), next: x },
    ];
    const loop: Loop = { iterations: 3, counter, carried, collected: {}, finished: graph.negate(counter) };
    const found = interpret({ name: 'exchange', outputs: { x, y }, loop }, {});
    expect([found.x![0], found.y![0]]).toEqual([2, 1]);
  });

  it('fills a cache row by row', () => {
    const graph = new Graph();
    const [counter, cache] = [graph.input('counter', [1]), graph.input('cache', [2, 3])];
    const row = graph.add(graph.multiply(graph.constant([10, 20], [2, 1]), graph.add(counter, 1)), 0.5);
    const next = graph.insert(cache, row, counter, 1);
    const initial = graph.broadcast(graph.constant(0), [2, 3]);
    const loop: Loop = {
      iterations: 3,
      counter,
      carried: [{ current: cache, initial, next }],
      collected: { caches: next },
      finished: graph.negate(counter),
    };
    const { cache: last, caches } = interpret({ name: 'cache', outputs: { cache }, loop }, {});
    expect([...last!]).toEqual([10.5, 20.5, 30.5, 20.5, 40.5, 60.5]);
    expect([...caches!.subarray(0, 6)]).toEqual([10.5, 0, 0, 20.5, 0, 0]);
    expect([...caches!.subarray(6, 12)]).toEqual([10.5, 20.5, 0, 20.5, 40.5, 0]);
  });
});
