import { describe, expect, it } from 'vitest';
import type { Adapter } from '../../../../src/engines/index.js';
import { openExecutor } from '../../../../src/transformer/executors/choice.js';
import type { Executor, ExecutorBackend, ExecutorName } from '../../../../src/transformer/executors/executor.js';
import type { Candidate } from '../../../../src/transformer/executors/registry.js';
import { Graph } from '../../../../src/transformer/graph/index.js';
import { programOf } from './compare.js';

const CARD: Adapter = { description: 'a card', software: false };
const IMITATION: Adapter = { description: 'an imitation', software: true };
const TRIAL = programOf({ y: new Graph().input('x', [3]) });

/** A machine on which executors take so many turns of the event loop for a call; those that are missing cannot be opened. */
class FakeMachine {
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly calls: string[] = [];
  readonly #turns: Readonly<Record<string, number>>;

  constructor(
    turns: Readonly<Record<string, number>>,
    readonly adapter: Adapter | null = null,
  ) {
    this.#turns = turns;
  }

  findAdapter = async () => this.adapter;

  open = async ({ executor, backend }: Candidate): Promise<Executor> => {
    const name = `${executor} ${backend}`;
    const turns = this.#turns[name];
    if (turns === undefined) throw new Error(`no ${name} here`);
    this.opened.push(name);
    const run = async (inputs: Readonly<Record<string, Float32Array>>) => {
      this.calls.push(name);
      expect(inputs).toEqual({ x: new Float32Array(3) });
      if (turns < 0) throw new Error('broken');
      await new Promise((resolve) => setTimeout(resolve, turns));
      return {};
    };
    return {
      report: { executor, backend, version: '', executorKind: null, adapter: null, threads: 1 },
      load: async () => ({ run }),
      close: async () => void this.closed.push(name),
    };
  };
}

const ALL = { 'onnx cpu': 60, 'onnx webgpu': 30, 'gpujs webgpu': 0, 'gpujs webasm': 0, 'gpujs cpu': 0 };

async function chosen(machine: FakeMachine, request: { executor?: ExecutorName; backend?: ExecutorBackend } = {}) {
  const { report } = await openExecutor(request, TRIAL, machine);
  return `${report.executor} ${report.backend}`;
}

describe('the executor', () => {
  it.each([
    ['onnx', 'webgpu'],
    ['gpujs', 'cpu'],
  ] as const)('is %s on %s if that was asked for', async (executor, backend) => {
    const machine = new FakeMachine(ALL, CARD);
    expect(await chosen(machine, { executor, backend })).toBe(`${executor} ${backend}`);
    expect(machine.calls).toEqual([]);
    const without = new FakeMachine({ 'onnx cpu': 0 }, CARD);
    await expect(chosen(without, { executor, backend })).rejects.toThrow(`no ${executor} ${backend} here`);
    expect(without.opened).toEqual([]);
  });

  it.each([
    [null, 'onnx cpu', ['onnx cpu']],
    [IMITATION, 'onnx cpu', ['onnx cpu']],
    [CARD, 'gpujs webgpu', ['onnx cpu', 'onnx webgpu', 'gpujs webgpu']],
  ])('with adapter %o is %s', async (adapter, name, opened) => {
    const machine = new FakeMachine(ALL, adapter);
    expect(await chosen(machine)).toBe(name);
    expect(machine.opened).toEqual(opened);
    expect(machine.closed).toEqual(opened.filter((one) => one !== name));
  });

  it('is not one that fails', async () => {
    const machine = new FakeMachine({ ...ALL, 'gpujs webgpu': -1 }, CARD);
    expect(await chosen(machine)).toBe('onnx webgpu');
    expect(machine.closed).toEqual(['onnx cpu', 'gpujs webgpu']);
  });

  it.each([
    [{ 'gpujs webasm': 0, 'gpujs cpu': 0 }, 'gpujs webasm'],
    [{ 'gpujs cpu': 0 }, 'gpujs cpu'],
  ])('of %o is %s', async (turns, name) => {
    expect(await chosen(new FakeMachine(turns, CARD))).toBe(name);
    const reasons: string[] = [];
    await openExecutor({ onRefused: (reason) => reasons.push(reason) }, TRIAL, new FakeMachine(turns));
    expect(reasons).toEqual(['no onnx cpu here']);
    await openExecutor(
      { onRefused: (reason) => reasons.push(reason) },
      TRIAL,
      new FakeMachine({ ...turns, 'onnx cpu': 0 }),
    );
    expect(reasons).toHaveLength(1);
  });

  it('is one of those that fit what was asked for', async () => {
    expect(await chosen(new FakeMachine(ALL, CARD), { executor: 'gpujs' })).toBe('gpujs webgpu');
    expect(await chosen(new FakeMachine(ALL), { executor: 'gpujs' })).toBe('gpujs webasm');
    expect(await chosen(new FakeMachine(ALL), { executor: 'onnx' })).toBe('onnx cpu');
    expect(await chosen(new FakeMachine(ALL, IMITATION), { backend: 'webgpu' })).toBe('gpujs webgpu');
    expect(await chosen(new FakeMachine(ALL, CARD), { backend: 'cpu' })).toBe('onnx cpu');
    expect(await chosen(new FakeMachine(ALL, CARD), { backend: 'webasm' })).toBe('gpujs webasm');
  });

  it('is none if nothing runs', async () => {
    await expect(chosen(new FakeMachine({}))).rejects.toThrow('no onnx cpu here');
    await expect(chosen(new FakeMachine({ 'onnx cpu': 0 }), { backend: 'webgpu' })).rejects.toThrow(
      'no onnx webgpu here',
    );
    await expect(chosen(new FakeMachine({ 'gpujs webasm': 0 }), { executor: 'onnx' })).rejects.toThrow(
      'no onnx cpu here',
    );
  });

  it.each([
    [{ executor: 'torch' }, 'executor is torch; it must be one of onnx, gpujs'],
    [{ executor: 'onnx', backend: 'webasm' }, 'backend is webasm; onnx can use cpu, webgpu'],
    [{ backend: 'cuda' }, 'backend is cuda; onnx and gpujs can use cpu, webgpu, webasm'],
  ])('refuses %o', async (request, message) => {
    const asked = request as { executor?: ExecutorName; backend?: ExecutorBackend };
    await expect(chosen(new FakeMachine(ALL), asked)).rejects.toThrow(new RangeError(message));
  });
});
