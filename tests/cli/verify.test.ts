import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, cliJson } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'lengthwise-'));

test('quick effort: every claim as expected, none inconclusive, exit 0', async () => {
  const { code, document } = await cliJson(['verify', '--effort', 'quick', '--seed', '7']);
  expect(code).toBe(0);
  expect(document).toMatchObject({ schema: 'lengthwise/verify@1', effort: 'quick', seed: 7, falseAlarmBudget: 1e-6 });
  for (const { id, verdict, expected, reason, evidence } of document.claims) {
    // That runs are stored at all is demanded by tests/unit/docs.
    expect(id.startsWith('empirical.') ? [expected, 'not checked'] : [expected], id).toContain(
      reason ? expected : verdict,
    );
    if (reason) expect([verdict, evidence], id).toEqual(['not checked', []]);
    for (const item of evidence) {
      expect(['proof', 'exact', 'property', 'sampled', 'experiment']).toContain(item.kind);
      expect(item).toMatchObject({ detail: expect.any(String), seconds: expect.any(Number), falsifiers: [] });
    }
  }
});

test('the engine is named, wasm in float64 unless another is forced, and the verdicts do not depend on it', async () => {
  const args = ['verify', 'theorem-2.rarity', '--effort', 'quick'];
  const found = await Promise.all([cliJson(args), cliJson([...args, '--engine', 'plain'])]);
  const engines = found.map(({ document }) => document.engine);
  expect(engines).toMatchObject([
    { name: 'wasm', backend: 'wasm-simd', precision: 'f64', workers: 1, adapter: null },
    { name: 'plain', backend: 'javascript', precision: 'f64', workers: 1, adapter: null },
  ]);
  const [wasm, plain] = found.map(({ document }) => document.claims[0].evidence.map(({ detail }: any) => detail));
  expect(wasm).toEqual(plain);
});

test('under choices that wasm lacks plain trains, and what was refuted there can be replayed', async () => {
  const { document } = await cliJson(['verify', 'counter.threshold', '--free-constant', '--effort', 'quick']);
  expect(document.engine).toMatchObject({ name: 'plain', precision: 'f64' });
  const file = join(folder, 'free-constant.json');
  writeFileSync(file, JSON.stringify(document));
  const replayed = await cliJson(['verify', '--replay', file]);
  expect(replayed.document.results[0]).toMatchObject({ verdict: 'refuted', engine: { name: 'plain' } });
  const refused = await cli(['verify', '--replay', file, '--engine', 'wasm']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('--free-constant');
});

test('--list says which claims are not checked, and --emit-smt refuses a file', async () => {
  const { document } = await cliJson(['verify', '--list', 'theorem-2.p']);
  const expected = Object.fromEntries(
    document.claims.map((claim: Record<string, string>) => [claim.id, claim.expected]),
  );
  expect(expected).toMatchObject({
    'theorem-2.perfect-accuracy': 'holds',
    'theorem-2.paper-polynomial': 'not checked',
  });
  const { code, stderr } = await cli(['verify', '--emit-smt', 'package.json']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--emit-smt is "package.json"; it must be a folder')]);
});

test('prefixes select claims; --list lists them', async () => {
  const { stdout } = await cli(['verify', '--list', 'theorem-1']);
  expect(stdout.match(/^theorem-1\.\S+/gm)).toEqual([
    'theorem-1.length-calibration',
    'theorem-1.greedy-threshold',
    'theorem-1.sgd',
  ]);
});

test('--falsify fills the falsifiers, all refuted, and a stored refutation can be replayed', async () => {
  const { code, document } = await cliJson([
    'verify',
    'theorem-1.greedy',
    'lemma.scalars',
    '--effort',
    'quick',
    '--falsify',
  ]);
  expect(code).toBe(0);
  const falsifiers = document.claims.flatMap(({ evidence }: any) => evidence.flatMap((item: any) => item.falsifiers));
  expect(falsifiers.length).toBeGreaterThan(8);
  expect(falsifiers.every(({ refuted }: any) => refuted)).toBe(true);

  const file = join(folder, 'verdicts.json');
  writeFileSync(file, JSON.stringify(document));
  const replayed = await cliJson(['verify', '--replay', file]);
  expect(replayed.code).toBe(0);
  expect(replayed.document.results).toHaveLength(falsifiers.length);
  for (const { verdict } of replayed.document.results) expect(verdict).toBe('refuted');
});

test('--emit-smt writes the proofs of the selected claims and names them, and nothing else', async () => {
  const to = join(folder, 'new', 'proofs');
  const { code, document } = await cliJson(['verify', 'theorem-1', 'lemma.star-d', '--emit-smt', to]);
  expect(code).toBe(0);
  expect(document).toMatchObject({ schema: 'lengthwise/smt@1', directory: to });
  expect(readdirSync(to).sort()).toEqual(document.files.map(({ file }: any) => file).sort());
  expect(document.files).toHaveLength(12);
  for (const { file, expected, title, claims } of document.files) {
    const text = readFileSync(join(to, file), 'utf8');
    expect(text).toContain(title);
    expect(text.match(/^\(check-sat\)$/gm)).toHaveLength(1);
    expect(expected).toBe(file.endsWith('.sat-smt2') ? 'sat' : 'unsat');
    expect(text.includes('the goal, negated')).toBe(expected === 'unsat');
    expect(claims).toEqual([file.startsWith('greedy') ? 'theorem-1.greedy-threshold' : 'lemma.star-dichotomy']);
  }
});

test('--emit-smt prints the files with what they must answer, replaces its own and leaves others alone', async () => {
  const to = mkdtempSync(join(folder, 'proofs-'));
  for (const file of ['greedy-threshold.smt2', 'mine.smt2']) writeFileSync(join(to, file), 'mine');
  const { code, stdout } = await cli(['verify', 'theorem-1.greedy', '--emit-smt', to]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^greedy-threshold\.smt2 +unsat +theorem-1\.greedy-threshold$/m);
  expect(stdout).toContain(`z3 -smt2 ${join(to, 'greedy-threshold.smt2')}`);
  expect(readFileSync(join(to, 'mine.smt2'), 'utf8')).toBe('mine');
  expect(readFileSync(join(to, 'greedy-threshold.smt2'), 'utf8')).toContain('(check-sat)');
});

test('--emit-smt says in one sentence what is wrong', async () => {
  const none = await cli(['verify', 'variant', '--emit-smt', folder]);
  expect(none.code).toBe(2);
  expect(none.stderr).toMatch(
    /^error: --emit-smt is ".*"; none of the claims asked for has a proof by an SMT solver\n$/,
  );
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const blocked = await cli(['verify', 'theorem-1', '--emit-smt', file]);
  expect(blocked.code).not.toBe(0);
  expect(blocked.stderr).toMatch(/^error: .*\n$/);
  expect((await cli(['verify', '--emit-smt', ''])).code).toBe(2);
});

test('a claim that is false is refuted with a counterexample, exit 1, and its replay exits 1', async () => {
  const claims = join(folder, 'false-claims.mjs');
  writeFileSync(
    claims,
    `import { propertyEvidence, truth } from '${join(process.cwd(), 'dist/src/index.js')}';
     import { arbitraryP } from '${join(process.cwd(), 'dist/src/arbitraries/index.js')}';
     export const claims = [{ id: 'false.small-p', title: 'p is below .4', source: 'nowhere', statement: 'p < .4', assumptions: [],
       evidence: [propertyEvidence({ id: 'random', description: 'p < .4', falsifiers: [], runs: { quick: 100, standard: 100, thorough: 100 },
         arbitrary: () => arbitraryP(), check: (p) => [truth('p < .4', p < 0.4, String(p))] })] }];`,
  );
  const { code, document } = await cliJson(['verify', '--claims', claims, '--effort', 'quick']);
  expect(code).toBe(1);
  const [evidence] = document.claims[0].evidence;
  expect(evidence.verdict).toBe('refuted');
  expect(evidence.replay.counterexample).toBeGreaterThanOrEqual(0.4);
  expect(evidence.replay.path).toMatch(/^\d/);

  const file = join(folder, 'refuted.json');
  writeFileSync(file, JSON.stringify(evidence.replay));
  const replayed = await cliJson(['verify', '--claims', claims, '--replay', file]);
  expect(replayed.code).toBe(1);
  expect(replayed.document.results[0]).toMatchObject({
    verdict: 'refuted',
    counterexample: evidence.replay.counterexample,
  });
});

test('an undecided claim is inconclusive, exit 3', async () => {
  const claims = join(folder, 'undecided.mjs');
  writeFileSync(
    claims,
    `import { sampledEvidence } from '${join(process.cwd(), 'dist/src/index.js')}';
     export const claims = [{ id: 'undecided', title: 't', source: 's', statement: 's', assumptions: [],
       evidence: [sampledEvidence({ id: 'coin', description: 'two trials', success: 'heads', falsifiers: [], threshold: 0.5,
         trials: { quick: 2, standard: 2, thorough: 2 }, trial: () => true })] }];`,
  );
  const { code, document } = await cliJson(['verify', '--claims', claims, '--effort', 'quick']);
  expect([code, document.claims[0].verdict]).toEqual([3, 'inconclusive']);
});

test('a check that throws, or gives no verdict, is inconclusive with its message', async () => {
  const claims = join(folder, 'broken.mjs');
  const claim = (id: string, run: string) =>
    `{ id: '${id}', title: 't', source: 's', statement: 's', assumptions: [],
       evidence: [{ id: 'e', kind: 'exact', description: '', falsifiers: [], run: ${run} }] }`;
  writeFileSync(
    claims,
    `export const claims = [${claim('throws', "() => { throw new Error('boom'); }")}, ${claim('numbers', '() => 42')}];`,
  );
  const { code, document } = await cliJson(['verify', '--claims', claims]);
  expect(code).toBe(3);
  expect(document.claims.map(({ verdict }: any) => verdict)).toEqual(['inconclusive', 'inconclusive']);
  expect(document.claims[0].evidence[0].detail).toContain('boom');
});

test('--falsify does not excuse a check that refutes the actual world, too', async () => {
  const claims = join(folder, 'blunt.mjs');
  writeFileSync(
    claims,
    `const falsifier = { id: 'f', description: 'f', plant: (world) => world };
    const run = async () => ({ verdict: 'refuted', detail: 'whatever the world is', margin: '' });
    const evidence = [{ id: 'e', kind: 'exact', description: 'e', falsifiers: [falsifier], run }];
    export const claims = [{ id: 'blunt', title: 't', source: 's', statement: '0 = 0', assumptions: [], evidence }];`,
  );
  expect((await cli(['verify', '--claims', claims, '--falsify'])).code).toBe(1);
  const { code, document } = await cliJson(['audit', '--claims', claims]);
  expect(code).toBe(1);
  expect(document.falsifiers).toMatchObject([{ planted: 1, caught: 0, missed: ['blunt/e if f'] }]);
});

test("the documented example of a user's own claims holds and its falsifiers are refuted", async () => {
  const { code } = await cli(['verify', '--claims', 'docs/examples/my-claims.js', '--falsify', '--effort', 'quick']);
  expect(code).toBe(0);
});

test('a claim stated for other choices is not checked, with its reason, and changes no exit code', async () => {
  const { code, document } = await cliJson([
    'verify',
    'theorem-1.greedy',
    'lemma.support',
    '--free-constant',
    '--effort',
    'quick',
  ]);
  expect(code).toBe(0);
  const [threshold, support] = document.claims;
  expect(threshold.verdict).toBe('not checked');
  expect(threshold.evidence[0].detail).toContain('freeConstant');
  expect(support.verdict).toBe('holds');
});

test('what is for thorough effort only is named, and changes no exit code', async () => {
  const { code, stdout } = await cli(['verify', 'empirical.star-map', '--effort', 'quick', '--falsify']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ re-run +not checked +thorough only /);
  expect(stdout).toMatch(
    /^empirical\.star-map (\(stored-run\) holds|not checked): .*`lengthwise run transformer-star-map --size default/m,
  );
  expect(stdout).not.toContain('(re-run)');
});

test('Ctrl-C prints what was found and the command that goes on', async () => {
  const { code, stderr, stdout } = await cli(['verify', '--effort', 'thorough', 'theorem-1'], { interruptAfter: 3000 });
  expect(code).toBe(130);
  expect(stdout).toContain('claim');
  expect(stderr).toMatch(/to go on: lengthwise verify theorem-1\.\S+.* --effort thorough --seed 1/);
});
