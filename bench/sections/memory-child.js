// Trains once as the argument says, if it says so, and prints the greatest resident memory of this process in kB.
import { pretrainBatch } from '../../dist/src/index.js';
import { replicates } from '../work.js';

const size = JSON.parse(process.argv[2]);
if (size !== null) {
  const { engine, precision, d, chains, samples, workers } = size;
  await pretrainBatch(replicates(d, chains), { samples }, { engine, precision, workers });
}
console.log(process.resourceUsage().maxRSS);
