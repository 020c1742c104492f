import type { Executor, ExecutorBackend, ExecutorName } from './executor.js';
import { type OnnxBackend, openOnnx } from './onnx/index.js';

/** An executor on one of its back ends. */
export interface Candidate {
  readonly executor: ExecutorName;
  readonly backend: ExecutorBackend;
}

/** @throws Error if the back end cannot run here */
export async function openCandidate({ executor, backend }: Candidate): Promise<Executor> {
  if (executor === 'onnx') return openOnnx(backend as OnnxBackend);
  throw new Error('gpujs runs no programs of transformers yet');
}
