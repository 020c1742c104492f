// Speed and memory of the engines, next to the same SGD in other programs (after `npm run build`).
//
//   npm run bench -- [--rounds N] [--quick] [--section NAME]
//
// docs/performance.md says what was measured. Tables go to stdout, progress to stderr. --quick shows in about a minute that
// everything works; its numbers are too short to be believed.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { tell, timed } from './measure.js';
import { readOptions } from './options.js';
import { sections } from './sections/index.js';
import { LAMBDA, P } from './work.js';

const options = readOptions('engines.js', { rounds: 5, quickRounds: 2, names: Object.keys(sections) });
const folder = mkdtempSync(join(tmpdir(), 'lengthwise-bench-'));
try {
  const { rounds } = options;
  console.log(`${cpus().length} x ${cpus()[0].model}, node ${process.version}; ${rounds} rounds`);
  console.log(
    `All predictors, average over the second half of the steps, p = ${P}, lambda = ${LAMBDA}, unless said otherwise.`,
  );
  for (const name of options.sections) {
    console.log(`\n## ${name}`);
    const { wall } = await timed(() => sections[name]({ ...options, folder }));
    tell(`${name}: ${wall.toFixed(0)} s in all`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
