import type { Executor, ExecutorBackend, ExecutorName } from './executor.js';
import { openGpujs } from './gpujs/index.js';
import { type OnnxBackend, openOnnx } from './onnx/index.js';

/** An executor on one of its back ends. */
export interface Candidate {
  readonly executor: ExecutorName;
  readonly backend: ExecutorBackend;
}

/** @throws Error if the back end cannot run here */
export async function openCandidate({ executor, backend }: Candidate): Promise<Executor> {
  return executor === 'onnx' ? openOnnx(backend as OnnxBackend) : openGpujs(backend);
}
