import { expect, test } from 'vitest';
import { cliJson } from './run-cli.js';

test('the doctor names what runs, that it is right, how fast it is, and what does not run', {
  timeout: 400_000,
}, async () => {
  const { code, document } = await cliJson(['doctor']);
  expect(code).toBe(0);
  expect(document.schema).toBe('lengthwise/doctor@2');
  expect(document.machine.threads).toBeGreaterThan(0);
  const asked = document.engines.map(({ asked: { engine, backend } }: any) => backend ?? engine);
  expect(asked).toEqual(['plain', 'wasm', 'wasm', 'cpu', 'webasm', 'webgpu']);
  for (const { asked, ran, problem, distance, allowed, throughput } of document.engines) {
    if (ran === null) {
      // Nothing but a graphics adapter may be missing.
      expect(asked.backend).toBe('webgpu');
      expect(problem).toContain('adapter');
      continue;
    }
    expect(ran.name).toBe(asked.engine);
    if (asked.backend) expect(ran.backend).toBe(asked.backend);
    expect(distance).toBeLessThanOrEqual(allowed);
    expect(throughput.map(({ d }: any) => d)).toEqual([20, 50]);
    for (const { updatesPerSecond } of throughput) expect(updatesPerSecond).toBeGreaterThan(0);
  }
  const executors = document.executors.map(({ asked: { executor, backend } }: any) => `${executor} ${backend}`);
  expect(executors).toEqual(['onnx cpu', 'onnx webgpu', 'gpujs webgpu', 'gpujs webasm', 'gpujs cpu']);
  for (const { asked, ran, problem, distance, allowed, milliseconds } of document.executors) {
    if (ran === null) {
      expect(asked.backend).toBe('webgpu');
      expect(problem).toContain('adapter');
      continue;
    }
    expect({ executor: ran.executor, backend: ran.backend }).toEqual(asked);
    expect(distance).toBeLessThanOrEqual(allowed);
    // An imitated graphics card is too slow to be timed.
    if (asked.backend !== 'webgpu') expect(milliseconds).toBeGreaterThan(0);
  }
});
