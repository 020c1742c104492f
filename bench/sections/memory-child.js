// Trains once as the argument says, if it says so, and prints the greatest resident memory of this process in kB.
import { existsSync, readFileSync } from 'node:fs';
import { pretrainBatch } from '../../dist/src/index.js';
import { replicates } from '../work.js';

const size = JSON.parse(process.argv[2]);
if (size !== null) {
  const { engine, precision, backend, d, chains, samples, workers } = size;
  await pretrainBatch(replicates(d, chains), { samples }, { engine, precision, backend, workers });
}
// On Linux maxRSS begins with the peak of the process that started this one; VmHWM is this one's own.
const status = '/proc/self/status';
const own = existsSync(status) ? /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8')) : null;
console.log(own === null ? process.resourceUsage().maxRSS : own[1]);
