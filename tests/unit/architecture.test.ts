import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;

/** The rooms in the order in which data flows: a file may import from rooms further up, never from further down. */
const ROOMS = [
  'src/random',
  'src/numerics',
  'src/progress',
  'src/formats',
  'src/task',
  'src/arbitraries',
  'src/chain',
  'src/theory',
  'src/training',
  'src/engines',
  'src/transformer',
  'src/statistics',
  'src/smt',
  'src/runs',
  'src/claims',
  'src/figures',
  'src/index.ts',
  'experiments',
  'proofs-checks',
  'src/cli',
];

/** Rooms that must not know each other although their order would allow it. */
const STRANGERS = new Map([
  // The closed forms are the oracle and the chain is their witness.
  ['src/theory', ['src/chain', 'src/arbitraries', 'src/random']],
  // A statement about probabilities alone.
  ['src/statistics', ['src/chain', 'src/theory', 'src/training', 'src/engines', 'src/task', 'src/arbitraries']],
]);

/** The only two doors of the library for what stands outside of it. */
const LIBRARY = ['src/index.js', 'src/arbitraries/index.js'];

/** What each room outside of the library may import from another. */
const DOORS = new Map([
  ['experiments', LIBRARY],
  // Claims about what experiments found read their stored runs, and run them again.
  ['proofs-checks', [...LIBRARY, 'experiments/index.js']],
]);

interface File {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const roomOf = (path: string): string | undefined => ROOMS.find((room) => path === room || path.startsWith(`${room}/`));

/** The paths that a file imports, from the root of the repository; packages are left out. */
function importsOf({ path, text }: File): string[] {
  const pattern = /\b(?:from|import)\s*\(?\s*['"](\.[^'"]*)['"]/g;
  return [...text.matchAll(pattern)].map(([, target]) => normalize(join(dirname(path), target!)));
}

/** What is wrong with an import from one file to another, or null. */
function wrongImport(from: string, to: string): string | null {
  const [here, there] = [roomOf(from), roomOf(to.replace(/^src\/index\.js$/, 'src/index.ts'))];
  if (here === undefined) return `${from} lies in no room`;
  if (there === undefined) return `${from} imports ${to}, which lies in no room`;
  if (here === there) return null;
  if (ROOMS.indexOf(there) > ROOMS.indexOf(here)) return `${from} imports ${to}: ${there} comes after ${here}`;
  if (STRANGERS.get(here)?.includes(there)) return `${from} imports ${to}: ${here} must not know ${there}`;
  const doors = DOORS.get(here);
  if (doors) return doors.includes(to) ? null : `${from} imports ${to}; ${here} may enter ${doors.join(' and ')}`;
  return to.endsWith('/index.js') || there === 'src/index.ts' ? null : `${from} imports ${to} past the room's index`;
}

const wrongImports = (files: readonly File[]): string[] =>
  files.flatMap((file) => importsOf(file).flatMap((target) => wrongImport(file.path, target) ?? []));

/** Uses of the global random source, written in pieces so that this file is none of them. */
const GLOBAL_RANDOM = /Math\s*(?:\?\.|\.)?\s*(?:random\b|\[\s*['"`]random)/;

const drawsGlobally = (files: readonly File[]): string[] =>
  files.filter(({ text }) => GLOBAL_RANDOM.test(text)).map(({ path }) => path);

function filesBelow(...folders: string[]): File[] {
  // A folder without files is not in a clone.
  return folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => ({ path: path.slice(ROOT.length), text: readFileSync(path, 'utf8') })),
    );
}

describe('the order of the house', () => {
  const files = filesBelow('src', 'proofs-checks', 'experiments');

  it('is kept by every import', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(200);
    expect(wrongImports(files)).toEqual([]);
  });

  it.each([
    ['src/chain/model.ts', "import { optimum } from '../theory/index.js';", 'src/theory comes after src/chain'],
    ['src/theory/star.ts', "import { features } from '../chain/index.js';", 'src/theory must not know src/chain'],
    [
      'src/theory/star.ts',
      "import {\n  pretrain,\n} from '../training/index.js';",
      'src/training comes after src/theory',
    ],
    ['src/theory/star.ts', "export * from '../chain/index.js';", 'src/theory must not know src/chain'],
    ['src/task/parity.ts', "const chain = await import('../chain/index.js');", 'src/chain comes after src/task'],
    ['src/random/philox.ts', "import '../numerics/index.js';", 'src/numerics comes after src/random'],
    ['src/task/parity.ts', "import { arbitraryD } from '../arbitraries/index.js';", 'comes after src/task'],
    ['src/claims/runner.ts', "import { claims } from '../../proofs-checks/index.js';", 'proofs-checks comes after'],
    ['src/index.ts', "export { verify } from './cli/verify.js';", 'src/cli comes after src/index.ts'],
    ['src/claims/runner.ts', "import type { World } from '../index.js';", 'src/index.ts comes after src/claims'],
    ['proofs-checks/lemma.x.ts', "import { optimum } from '../src/theory/index.js';", 'proofs-checks may enter'],
    ['proofs-checks/shared/x.ts', "import { run } from '../../src/cli/main.js';", 'src/cli comes after proofs-checks'],
    ['experiments/x.ts', 'import { features } from "../src/chain/features.js";', 'experiments may enter'],
    ['experiments/x.ts', "import { claims } from '../proofs-checks/index.js';", 'proofs-checks comes after'],
    ['proofs-checks/x.ts', "import { temperature } from '../experiments/temperature.js';", 'proofs-checks may enter'],
    ['src/runs/run.ts', "import { runClaims } from '../claims/index.js';", 'src/claims comes after src/runs'],
    ['src/training/sgd.ts', "import { features } from '../chain/features.js';", "past the room's index"],
    ['src/stray/x.ts', "import { parity } from '../task/index.js';", 'lies in no room'],
    ['src/cli/verify.ts', "import { SEED } from '../../tests/fixtures/seed.js';", 'lies in no room'],
  ])('sees %s with %j', (path, text, complaint) => {
    const found = wrongImports([{ path, text }]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(complaint);
  });

  it.each([
    ['src/training/sgd.ts', "import { features } from '../chain/index.js';"],
    ['src/arbitraries/index.ts', "import type { Sign } from '../task/index.js';"],
    ['src/cli/verify.ts', "import { claims } from '../../proofs-checks/index.js';"],
    ['proofs-checks/lemma.x.ts', "import { optimum } from '../src/index.js';"],
    ['proofs-checks/lemma.x.ts', "import { arbitraryD } from '../src/arbitraries/index.js';"],
    ['proofs-checks/empirical.ts', "import { EXPERIMENTS } from '../experiments/index.js';"],
    ['proofs-checks/lemma.x.ts', "import { grid } from './shared/states.js';"],
    ['src/theory/star.ts', "import { Fraction } from 'mathjs';"],
  ])('allows %s with %j', (path, text) => {
    expect(wrongImports([{ path, text }])).toEqual([]);
  });
});

describe('the global random source', () => {
  it('is used nowhere in the library, the checks and the tests', () => {
    expect(drawsGlobally(filesBelow('src', 'proofs-checks', 'experiments', 'tests'))).toEqual([]);
  });

  it.each(['.random()', '["random"]()', "['random']", '?.random()'])('is seen as Math%s', (use) => {
    expect(drawsGlobally([{ path: 'x.ts', text: `const x = Math${use};` }])).toEqual(['x.ts']);
    expect(drawsGlobally([{ path: 'x.ts', text: 'const x = Math.round(random.uniform(0, 1));' }])).toEqual([]);
  });
});
