/**
 * Question: which algorithm takes a pre-trained chain to right greedy answers, from which p, and how many sequences does it
 * draw? And does it matter when post-training starts?
 *
 * Expected: every algorithm succeeds where P(right | long) > 1/2 at its start, STaR after about log2((1 - p) / 2p) rounds and
 * some more at finite lambda and samples. At p = .01 after T = 1e5 long answers are right less often than short ones, the reward
 * favours short answers, and none succeeds: post-training started too early, and T = 1e6 mends it. (STaR is mended, too, by four
 * times as many samples in a round as pre-training had: it retrains from scratch on them.)
 *
 * STaR retrains from 0 on what it accepts of 4e5 responses a round (1e6 where T = 1e6); with T = 1e5 a round it stops at .93 at
 * p = .05. An update of the others draws 1024 responses. Learning rates, the same for all p: 3 for REINFORCE, 30 for GRPO, whose
 * loss is divided by all tokens.
 *
 * Time: 1.5 minutes on one core.
 *
 *     node dist/experiments/algorithms.js [--size smoke|default] [--seed 1]
 */
import { parseArgs } from 'node:util';
import {
  ChainPolicy,
  type Evaluation,
  evaluate,
  grpoSettings,
  type OpenEngine,
  openEngine,
  PolicyGradient,
  type PolicyGradientSettings,
  reinforceSettings,
  starRound,
} from '../src/index.js';
import { aligned } from './shared/table.js';

interface Case {
  readonly d: number;
  readonly pCot: number;
  /** T. */
  readonly samples: number;
  /** Responses that STaR draws in a round, one run for each. */
  readonly starSamples: readonly number[];
}

interface Size {
  readonly cases: readonly Case[];
  /** Fresh inputs of an evaluation. */
  readonly inputs: number;
  /** Sequences that policy gradient may draw. */
  readonly budget: number;
  /** Rounds that STaR may play. */
  readonly rounds: number;
}

const LAMBDA = 1e-3;
const TARGET = 0.99;
const UPDATES_BETWEEN_EVALUATIONS = 10;

const SIZES: Readonly<Record<string, Size>> = {
  smoke: {
    cases: [
      { d: 8, pCot: 0.2, samples: 20_000, starSamples: [20_000] },
      { d: 20, pCot: 0.02, samples: 5_000, starSamples: [5_000] },
    ],
    inputs: 2_000,
    budget: 50_000,
    rounds: 8,
  },
  default: {
    cases: [
      ...[0.05, 0.1, 0.2, 0.25, 0.3].map((pCot) => ({ d: 50, pCot, samples: 100_000, starSamples: [400_000] })),
      { d: 50, pCot: 0.01, samples: 1_000_000, starSamples: [1_000_000] },
      { d: 50, pCot: 0.01, samples: 100_000, starSamples: [100_000, 400_000] },
    ],
    inputs: 10_000,
    budget: 1_000_000,
    rounds: 12,
  },
};

/** Trains a policy on: each call is some rounds or updates, and tells how many, and the sequences that they drew. */
type Training = () => Promise<{ readonly steps: number; readonly sequences: number }>;

interface Algorithm {
  readonly name: string;
  /** Sequences that it may draw. */
  budget(size: Size): number;
  begin(policy: ChainPolicy): Training;
}

function star(samples: number): Algorithm {
  return {
    name: `STaR, ${samples} a round`,
    budget: ({ rounds }) => rounds * samples,
    begin: (policy) => {
      let round = 0;
      return async () => {
        await starRound(policy, { round: ++round, samples, reward: 'cot' });
        return { steps: 1, sequences: samples };
      };
    },
  };
}

function policyGradient(name: string, settings: PolicyGradientSettings): Algorithm {
  return {
    name,
    budget: ({ budget }) => budget,
    begin: (policy) => {
      const trainer = new PolicyGradient(policy, settings);
      const sequences = UPDATES_BETWEEN_EVALUATIONS * settings.prompts * settings.numGenerations;
      return async () => {
        for (let i = 0; i < UPDATES_BETWEEN_EVALUATIONS; i++) await trainer.update();
        return { steps: UPDATES_BETWEEN_EVALUATIONS, sequences };
      };
    },
  };
}

const POLICY_GRADIENTS: readonly Algorithm[] = [
  policyGradient('REINFORCE', reinforceSettings({ prompts: 1024, learningRate: 3 })),
  policyGradient('REINFORCE, mean', reinforceSettings({ advantages: 'mean', prompts: 1024, learningRate: 3 })),
  policyGradient(
    'REINFORCE, prompt mean',
    reinforceSettings({ advantages: 'prompt-mean', prompts: 512, learningRate: 3 }),
  ),
  policyGradient('GRPO', grpoSettings({ prompts: 128, learningRate: 30 })),
];

const accuracyOf = ({ greedy }: Evaluation) => greedy.correct / greedy.samples;

/** Trains until greedy answers are right or the budget is spent; the line of the table. */
async function run(algorithm: Algorithm, policy: ChainPolicy, setting: Case, size: Size): Promise<string[]> {
  const samples = size.inputs;
  const start = await evaluate(policy, { samples });
  const train = algorithm.begin(policy);
  const budget = algorithm.budget(size);
  let [found, steps, sequences] = [start, 0, 0];
  while (accuracyOf(found) < TARGET && sequences < budget) {
    const done = await train();
    steps += done.steps;
    sequences += done.sequences;
    found = await evaluate(policy, { samples });
  }
  return [
    String(setting.pCot),
    String(setting.samples),
    algorithm.name,
    accuracyOf(found) >= TARGET ? 'yes' : 'no',
    (start.sampled.longCorrect / start.sampled.long).toFixed(3),
    String(steps),
    String(sequences),
    accuracyOf(found).toFixed(4),
    (found.sampled.long / samples).toFixed(4),
  ];
}

async function rowsOf(setting: Case, size: Size, seed: number, kernels: OpenEngine): Promise<string[][]> {
  const { samples, starSamples, ...mixture } = setting;
  const choices = { average: 'tail', freeConstant: false, jointLoss: false } as const;
  const [chain] = await kernels.train([{ data: { ...mixture, seed, samples }, lambda: LAMBDA }], choices, {});
  const rows: string[][] = [];
  for (const algorithm of [...starSamples.map(star), ...POLICY_GRADIENTS]) {
    const begun = performance.now();
    rows.push(await run(algorithm, new ChainPolicy(chain!, { seed, lambda: LAMBDA, kernels }), setting, size));
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    process.stderr.write(`p = ${setting.pCot}, T = ${samples}, ${algorithm.name}: ${seconds} s\n`);
  }
  return rows;
}

const { values } = parseArgs({
  options: { size: { type: 'string', default: 'default' }, seed: { type: 'string', default: '1' } },
});
const size = SIZES[values.size];
if (!size) throw new RangeError(`--size is ${values.size}; it must be one of ${Object.keys(SIZES).join(', ')}`);
const kernels = await openEngine('wasm', { precision: 'f64' });
const header = [
  'p',
  'T',
  'algorithm',
  'right',
  'P(right|long) before',
  'rounds/updates',
  'sequences',
  'greedy',
  'long',
];
const rows = [header];
for (const setting of size.cases) rows.push(...(await rowsOf(setting, size, Number(values.seed), kernels)));
await kernels.close();
process.stdout.write(`${aligned(rows, 4)}\n`);
