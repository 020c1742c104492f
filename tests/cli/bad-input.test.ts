import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli } from './run-cli.js';

const theory = (d: string, p: string, lambda: string, ...more: string[]) => [
  'theory',
  `--d=${d}`,
  `--p=${p}`,
  `--lambda=${lambda}`,
  ...more,
];

const folder = mkdtempSync(join(tmpdir(), 'lengthwise-'));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const evidenceText = (kind: string) => `[{ id: 'e', kind: '${kind}', description: '', falsifiers: [], run() {} }]`;
const claimText = (evidence: string) =>
  `{ id: 'a', title: 't', source: 's', statement: 's', assumptions: [], evidence: ${evidence} }`;
const claimFile = (name: string, evidence: string) =>
  file(`${name}.mjs`, `export const claims = [${claimText(evidence)}];`);
const TWICE = `export const claims = [${claimText(evidenceText('exact'))}, ${claimText(evidenceText('exact'))}];`;
const storedReplay = (more: object) =>
  JSON.stringify({
    schema: 'lengthwise/replay@1',
    claim: 'lemma.scalars',
    evidence: 'pre-training',
    falsifier: null,
    effort: 'quick',
    seed: 1,
    choices: { freeConstant: false, jointLoss: false, average: 'tail' },
    alpha: 0,
    path: null,
    counterexample: { d: 3, pCot: 0.2, lambda: 0.1 },
    ...more,
  });
const STORED = storedReplay({ counterexample: { d: 'x', pCot: 0.2, lambda: 0.1 } });
const EFFORT = storedReplay({ effort: 'huge' });

/** Arguments, and what the one sentence must name: the option, the value, what is allowed. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['d = 0', theory('0', '0.2', '0.01'), ['--d', '"0"', 'integer from 2']],
  ['d = 3.5', theory('3.5', '0.2', '0.01'), ['--d', '"3.5"', 'integer']],
  ['d = 2 closed', theory('2', '0.2', '0.01'), ['--d', '2', 'enumerate']],
  ['p = 1', theory('4', '1', '0.01'), ['--p', '"1"', 'between 0 and 1']],
  ['p = 0', theory('4', '0', '0.01'), ['--p', '"0"', 'between 0 and 1']],
  ['p = abc', theory('4', 'abc', '0.01'), ['--p', '"abc"', 'between 0 and 1']],
  ['p = 1/0', theory('4', '1/0', '0.01'), ['--p', '"1/0"', 'between 0 and 1']],
  ['p = NaN', theory('4', 'NaN', '0.01'), ['--p', '"NaN"', 'between 0 and 1']],
  ['lambda = -1', theory('4', '0.2', '-1'), ['--lambda', '"-1"', '1e-300']],
  ['lambda = 0', theory('4', '0.2', '0'), ['--lambda', '"0"', '1e-300']],
  ['lambda = Infinity', theory('4', '0.2', 'Infinity'), ['--lambda', '"Infinity"']],
  ['rounds = -1', theory('4', '0.2', '0.01', '--rounds=-1'), ['--rounds', '"-1"', 'from 0']],
  ['a list and a run', ['verify', '--list', '--falsify'], ["'--list'", "'--falsify'"]],
  ['files and a run', ['verify', '--emit-smt', 'x', '--falsify'], ["'--emit-smt <folder>'", "'--falsify'"]],
  [
    'a replay and files',
    ['verify', '--replay', 'x', '--emit-smt', 'y'],
    ["'--replay <file>'", "'--emit-smt <folder>'"],
  ],
  ['unknown reward', theory('4', '0.2', '0.01', '--reward', 'x'), ['--reward', '"x"', 'cot, e2e']],
  ['unknown method', theory('4', '0.2', '0.01', '--method', 'x'), ['--method', '"x"', 'closed, enumerate']],
  ['d too large to enumerate', theory('40', '0.2', '0.01', '--method', 'enumerate'), ['40', '20 seconds', 'd = 12']],
  [
    'lambda too small to enumerate',
    theory('3', '0.2', '1e-7', '--method', 'enumerate'),
    ['lambda', '1e-7', '0.000001'],
  ],
  ['step noise = 1.5', theory('4', '0.2', '0.01', '--step-noise', '1.5'), ['--step-noise', '"1.5"', 'from 0 to 1']],
  ['step noise = x', theory('4', '0.2', '0.01', '--step-noise', 'x'), ['--step-noise', '"x"', 'from 0 to 1']],
  ['answer noise = -1/3', theory('4', '0.2', '0.01', '--answer-noise=-1/3'), ['--answer-noise', '"-1/3"', 'from 0']],
  [
    'noise over too many bits',
    theory('9e15', '0.2', '0.01', '--step-noise', '0.1'),
    ['9000000000000000', 'd = 1048576'],
  ],
  [
    'step noise too near 1/2 to enumerate',
    theory('3', '0.2', '0.01', '--step-noise', '0.5000000001', '--method', 'enumerate'),
    ['0.5000000001', '1/2'],
  ],
  [
    'noise on too many bits to enumerate',
    theory('10', '0.2', '0.01', '--step-noise', '0.1', '--method', 'enumerate'),
    ['10', '20 seconds', 'd = 8'],
  ],
  [
    'answer noise of training = 2',
    ['train', '--d=4', '--p=.2', '--lambda=.1', '--samples=100', '--answer-noise=2'],
    ['--answer-noise', '"2"', 'from 0 to 1'],
  ],
  ['temperature = 0', theory('4', '0.2', '0.01', '--temperature', '0'), ['--temperature', '"0"', 'from 0.001']],
  ['steps of nothing', theory('4', '0.2', '0.01', '--steps', '5'), ['--steps', '5', '--algorithm']],
  ['no steps of nothing', theory('4', '0.2', '0.01', '--steps', '0'), ['--steps', '0', '--algorithm']],
  ['a rate of nothing', theory('4', '0.2', '0.01', '--learning-rate', '1'), ['--learning-rate', '1', '--algorithm']],
  ['a baseline of nothing', theory('4', '0.2', '0.01', '--baseline', 'mean'), ['--baseline', 'mean', '--algorithm']],
  ...(
    [
      ['an unknown algorithm', ['--algorithm=ppo'], ['--algorithm', '"ppo"', 'reinforce, grpo']],
      ['an unknown baseline', ['--baseline=foo'], ['--baseline', '"foo"', 'none, mean, prompt-mean']],
      ['steps = -1', ['--steps=-1'], ['--steps', '"-1"', 'from 0']],
      ['a learning rate of 0', ['--learning-rate=0'], ['--learning-rate', '"0"', 'from 1e-12']],
      ['a learning rate that is none', ['--learning-rate=fast'], ['--learning-rate', '"fast"']],
      ['more steps than fit', ['--d=1000', '--steps=5000'], ['--steps', '5000', '1000', '4999']],
      [
        'an ascent too large to enumerate',
        ['--d=9', '--steps=1000', '--method=enumerate'],
        ['9', '1000', '20 seconds', 'd = 6'],
      ],
    ] as const
  ).map(([name, args, named]): (typeof CASES)[number] => [
    name,
    ['theory', '--d=4', '--p=0.2', '--lambda=0.01', '--algorithm=grpo', ...args],
    named,
  ]),
  ['missing option', ['theory', '--d', '4'], ['--p']],
  ['unknown option', theory('4', '0.2', '0.01', '--foo'), ['--foo']],
  ['unknown command', ['foo'], ['foo']],
  ['unknown claim', ['verify', 'theorem-9'], ['theorem-9', '--list']],
  ['unknown effort', ['verify', '--effort', 'huge'], ['--effort', '"huge"', 'quick, standard, thorough']],
  ['seed below 0', ['verify', '--seed=-1'], ['--seed', '"-1"', 'from 0']],
  ['no claims file', ['verify', '--claims', 'nowhere.js'], ['--claims', 'nowhere.js', 'no such file']],
  [
    'claims file that is none',
    ['verify', '--claims', file('a.mjs', 'export const claims = [1];')],
    ['--claims', 'evidence'],
  ],
  ['claims file that throws', ['verify', '--claims', file('b.mjs', 'throw new Error("boom");')], ['--claims', 'boom']],
  ['claims without evidence', ['verify', '--claims', claimFile('e', '[]')], ['--claims', 'claim 1', 'at least one']],
  ['evidence of no kind', ['verify', '--claims', claimFile('f', evidenceText('banana'))], ['--claims', 'proof, exact']],
  ['two claims of one id', ['verify', '--claims', file('g.mjs', TWICE)], ['--claims', 'same id']],
  ['an empty claim id', ['verify', ''], ['--list']],
  ['p = -1/-3', theory('4', '-1/-3', '0.01'), ['--p', '"-1/-3"']],
  ['a stored case that cannot be run', ['verify', '--replay', file('h.json', STORED)], ['--replay', 'cannot be run']],
  ['a stored effort that is none', ['verify', '--replay', file('i.json', EFFORT)], ['--replay', '"huge"', 'quick']],
  ['no replay file', ['verify', '--replay', 'nowhere.json'], ['--replay', 'nowhere.json', 'cannot be read']],
  ['replay file that is none', ['verify', '--replay', file('c.json', '{')], ['--replay', 'JSON']],
  [
    'replay file without refutation',
    ['verify', '--replay', file('d.json', '{}')],
    ['--replay', 'no stored refutation'],
  ],
  ['samples = 0', ['train', '--d=4', '--p=.2', '--lambda=.01', '--samples=0'], ['--samples', '"0"', 'from 1']],
  ['d too large to train', ['train', '--d=1e6', '--p=.2', '--lambda=.01', '--samples=9'], ['--d', '"1e6"', '2000']],
  [
    'temperature 0',
    ['train', '--d=4', '--p=.2', '--lambda=.01', '--samples=9', '--temperature=0'],
    ['--temperature', '"0"'],
  ],
  ...(
    [
      ['a grid without its count', '--p=.1:.2', ['--p', '".1:.2"', 'low:high:count']],
      ['a grid that runs down', '--p=.3:.2:4', ['--p', '".3:.2:4"', 'below']],
      ['a grid finer than doubles', '--p=.1:.1000000000000000000001:3', ['--p', 'too close']],
      ['a grid of one', '--p=.1:.2:1', ['--p', '".1:.2:1"', 'from 2']],
      ['a grid that begins at 0', '--p=0:.2:3', ['--p', '"0"', 'between 0 and 1']],
      ['too many chains', ['--p=.1:.2:1000', '--replicates=1000'], ['--replicates', '1000', '100000']],
      ['an unknown engine', ['--p=.2', '--engine=x'], ['--engine', '"x"', 'plain, wasm, gpujs']],
      ['an unknown back end', ['--p=.2', '--backend=x'], ['--backend', '"x"', 'webgpu, webasm, cpu']],
      ['a back end of another engine', ['--p=.2', '--engine=wasm', '--backend=cpu'], ['--backend', 'cpu', 'gpujs']],
      [
        'a precision that plain lacks',
        ['--p=.2', '--engine=plain', '--precision=mixed'],
        ['--precision', 'mixed', 'f64'],
      ],
      ['no workers', ['--p=.2', '--workers=0'], ['--workers', '"0"', 'from 1']],
      ['a loss that wasm lacks', ['--p=.2', '--engine=wasm', '--joint-loss'], ['--joint-loss', 'wasm', 'conditioned']],
      [
        'mixed precision where it fails',
        ['--p=.2', '--precision=mixed', '--samples=17e6'],
        ['--samples', '17000000', '16777216', 'f64'],
      ],
      [
        'an option of another algorithm',
        ['--p=.2', '--updates=3'],
        ['--updates', '--algorithm star', 'reinforce or grpo'],
      ],
      [
        'an option of STaR with GRPO',
        ['--p=.2', '--algorithm=grpo', '--warm-start'],
        ['--warm-start', '--algorithm grpo', 'of star'],
      ],
      [
        'a baseline with GRPO',
        ['--p=.2', '--algorithm=grpo', '--baseline=mean'],
        ['--baseline', '--algorithm grpo', 'of reinforce'],
      ],
      ['an unknown algorithm', ['--p=.2', '--algorithm=ppo'], ['--algorithm', '"ppo"', 'star, reinforce, grpo']],
      [
        'a group of one',
        ['--p=.2', '--algorithm=grpo', '--num-generations=1'],
        ['--num-generations is 1; with --algorithm grpo it must be at least 2'],
      ],
      [
        'a prompt mean of one',
        ['--p=.2', '--algorithm=reinforce', '--baseline=prompt-mean', '--num-generations=1'],
        ['--num-generations is 1; with --baseline prompt-mean it must be at least 2'],
      ],
      [
        'a batch that is too large',
        ['--p=.2', '--algorithm=grpo', '--prompts=1e7'],
        ['--prompts is 10000000; with 8 generations of up to 5 tokens each it must be at most 500000'],
      ],
      [
        'a prompt that is too large',
        ['--p=.2', '--d=2000', '--algorithm=grpo', '--num-generations=1e5'],
        ['--num-generations is 100000; with up to 2001 tokens each it must be at most 9995'],
      ],
      [
        'a batch of one',
        ['--p=.2', '--algorithm=reinforce', '--baseline=mean', '--prompts=1'],
        ['--prompts is 1; with --baseline mean an update needs at least 2 responses'],
      ],
      [
        'a cap beyond EOS',
        ['--p=.2', '--algorithm=reinforce', '--max-completion-length=6'],
        ['--max-completion-length', '6', 'from 1 to 5'],
      ],
      ['a clip range of nothing', ['--p=.2', '--algorithm=grpo', '--epsilon=0'], ['--epsilon', '"0"', 'or none']],
      ['an unknown loss', ['--p=.2', '--algorithm=grpo', '--loss-type=dapo'], ['--loss-type', '"dapo"', 'token']],
      ['a negative KL', ['--p=.2', '--algorithm=grpo', '--beta=-1'], ['--beta', '"-1"', 'from 0']],
    ] as const
  ).map(([name, args, named]): (typeof CASES)[number] => [
    name,
    ['train', '--d=4', '--lambda=.01', '--samples=9', ...[args].flat()],
    named,
  ]),
  [
    'a choice that the engine of verify lacks',
    ['verify', '--engine=wasm', '--free-constant'],
    ['--free-constant', 'wasm', 'regularises'],
  ],
];

describe('bad input gives one sentence and exit code 2', () => {
  test.each(CASES)('%s', async (_, args, named) => {
    const { code, stdout, stderr } = await cli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/\n\s+at /);
    for (const text of named) expect(stderr).toContain(text);
  });
});

test('help is not an error and shows an example', async () => {
  for (const command of ['verify', 'theory', 'train', 'doctor']) {
    const { code, stdout } = await cli([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:\n {2}lengthwise /);
  }
});
