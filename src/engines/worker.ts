/** A thread of a `WorkerPool`: takes one job after the other through the pool's program. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Job, Message, Setting } from './pool.js';
import { runProgram, type StageVisitor } from './program.js';
import { openEngine } from './registry.js';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread');
const say = (message: Message) => port.postMessage(message);

const { engine, program, ...options } = workerData as Setting;
const opened = openEngine(engine, options);

port.on('message', async ({ replicates }: Job) => {
  try {
    const watch = { onProgress: (done: number) => say({ done }) };
    const visit: StageVisitor = (replicate, stage) => say({ replicate, stage });
    say({ chains: await runProgram(await opened, replicates, program, visit, watch) });
  } catch (error) {
    say({ error });
  }
});
