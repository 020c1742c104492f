import type { Executor, ExecutorBackend, ExecutorName } from './executor.js';

/** What a user may ask for. */
export interface ExecutorRequest {
  readonly executor?: ExecutorName | undefined;
  readonly backend?: ExecutorBackend | undefined;
}

/** @throws Error always */
export async function openExecutor(request: ExecutorRequest): Promise<Executor> {
  throw new Error(`no executor for ${JSON.stringify(request)}`);
}
