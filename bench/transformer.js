// Speed and memory of training and sampling a transformer, next to the same GPT-2 in eager PyTorch (after `npm run build`).
//
//   npm run bench:transformer -- [--rounds N] [--quick]
//
// docs/performance.md says what was measured. Tables go to stdout, progress to stderr. --quick shows in about a minute that
// everything works; its numbers are too short to be believed.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { timed } from './measure.js';
import { readOptions } from './options.js';
import { ownImplementations, THREADS, torchImplementations } from './transformer/implementations.js';
import { growthSection, mainSection } from './transformer/sections.js';

const { rounds, quick } = readOptions('transformer.js', { rounds: 9, quickRounds: 2 });
const folder = mkdtempSync(join(tmpdir(), 'lengthwise-bench-'));
try {
  const load = () => loadavg()[0].toFixed(1);
  console.log(
    `${cpus().length} x ${cpus()[0].model}, node ${process.version}, ${THREADS} threads for each; ${rounds} rounds; load ${load()} before`,
  );
  const torch = torchImplementations();
  const own = await ownImplementations();
  const { wall } = await timed(async () => {
    await mainSection(torch, own, { rounds, quick, folder });
    await growthSection(torch, own, { rounds: Math.ceil(rounds / 3), quick, folder });
  });
  // These processes alone make a load of as many as there are cores.
  console.log(`\nLoad ${load()} after ${wall.toFixed(0)} s.`);
} finally {
  rmSync(folder, { recursive: true });
}
