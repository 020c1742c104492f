// Measures what each claim costs (run after `npm run build`): `node tools/claims-costs.js [ID..]` verifies one claim after the other, each in a
// process of its own at standard effort, and writes docs/claims-costs.json, which docs/claims.md shows. Named claims alone are measured again.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { claims } from '../dist/proofs-checks/index.js';

const FILE = 'docs/claims-costs.json';
const EFFORT = 'standard';

const known = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')).claims : {};
const asked = process.argv.slice(2);
const measured = {};
for (const { id, notChecked } of claims) {
  if (notChecked) continue;
  measured[id] = asked.length > 0 && !asked.includes(id) ? known[id] : costsOf(id);
}
const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}, Node ${process.versions.node}`;
writeFileSync(FILE, `${JSON.stringify({ effort: EFFORT, machine, claims: measured }, null, 2)}\n`);

function costsOf(id) {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/src/cli/main.js', 'verify', id, '--effort', EFFORT, '--json'],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (stdout === '') throw new Error(`${id}: ${stderr}`);
  const { claims: found, seconds, peakMegabytes } = JSON.parse(stdout);
  // The beginning of an id may name others, too.
  const { verdict } = found.find((claim) => claim.id === id);
  console.log(`${id}: ${verdict}, ${seconds.toFixed(1)} s, ${peakMegabytes} MB`);
  return { verdict, seconds: Number(seconds.toPrecision(2)), megabytes: peakMegabytes };
}
