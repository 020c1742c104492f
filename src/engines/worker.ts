/** A thread of a `WorkerPool`: trains one job after the other. */
import { parentPort } from 'node:worker_threads';
import { engineNamed } from './batch.js';
import type { Job, Message } from './pool.js';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread');
const say = (message: Message) => port.postMessage(message);

port.on('message', async ({ engine, replicates, settings }: Job) => {
  try {
    const chains = await engineNamed(engine).train(replicates, settings, { onProgress: (done) => say({ done }) });
    say({ chains });
  } catch (error) {
    say({ error });
  }
});
