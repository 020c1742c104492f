import {
  AT,
  type Baseline,
  type Claim,
  caseEvidence,
  close,
  combineWeights,
  type Effort,
  enumeratePolicyGradient,
  enumerateSampling,
  type LinearChain,
  Pacer,
  type PolicyAlgorithm,
  type PolicyWeights,
  policyBehaviour,
  truth,
  type World,
} from '../src/index.js';
import { chainOf, entriesOf, objectiveIn, startIn } from './shared/ascents.js';
import { acceptEverything, baselineDropsOut, fewSamples } from './shared/falsifiers/index.js';
import type { FiniteSetting } from './shared/finite-samples.js';
import { grid } from './shared/states.js';
import { postTrainingEvidence } from './shared/updates.js';

/** See `lemma.reinforce-invariance`. */
const CARRIED = 1e-10;

const NORMALISATIONS = ['none', 'sequence', 'token'] as const;
type Normalisation = (typeof NORMALISATIONS)[number];

type Rule = { readonly algorithm: PolicyAlgorithm; readonly baseline: Baseline };

/** Algorithms that compare a response with others. */
const RULES: readonly Rule[] = [
  { algorithm: 'reinforce', baseline: 'mean' },
  { algorithm: 'reinforce', baseline: 'prompt-mean' },
  { algorithm: 'grpo', baseline: 'prompt-mean' },
];

/** E[|y| + 1]: tokens with EOS. */
const tokensOf = (d: number, pLong: number) => 2 + (d - 1) * pLong;

/** Steps of length 1, 10 where the loss is divided by length. */
const rateOf = (normalisation: Normalisation) => (normalisation === 'none' ? 1 : 10);

/** One step on all weights by enumeration, and P(long) before it. */
async function enumeratedStep(
  world: World,
  model: LinearChain,
  rule: Rule,
  normalisation: Normalisation,
  pacer: Pacer,
) {
  const { features, rewards } = world;
  const ofLoss = normalisation === 'sequence' ? 'sequence' : 'none';
  const options = { ...rule, reward: rewards.cot, normalisation: ofLoss, features } as const;
  const { gradient } = await enumeratePolicyGradient(model, options, pacer);
  const { pLong } = await enumerateSampling(model, rewards, rewards.cot, features, pacer);
  const rate = rateOf(normalisation) / (normalisation === 'token' ? tokensOf(model.d, pLong) : 1);
  return { pLong, next: combineWeights(model, gradient, (w, g) => w + rate * g) };
}

/** The same on the reduced weights, by the closed forms. The loss by tokens only rescales time. */
function closedStep(world: World, weights: PolicyWeights, rule: Rule, normalisation: Normalisation): PolicyWeights {
  const d = weights.length - AT.c + 1;
  const flow =
    normalisation === 'sequence'
      ? world.theory.sequenceFlow(weights, { ...rule, reward: 'cot' })
      : world.theory.policyGradient(weights, objectiveIn(world, rule.algorithm), { reward: 'cot' }).flow;
  const tokens = normalisation === 'token' ? tokensOf(d, policyBehaviour(weights).pLong) : 1;
  return weights.map((w, j) => w + (rateOf(normalisation) * flow[j]!) / tokens);
}

const PRETRAINING: Readonly<Record<Effort, readonly FiniteSetting[]>> = {
  quick: [{ d: 10, pCot: 0.25, lambda: 1e-3, samples: 30_000 }],
  standard: [20, 50].map((d) => ({ d, pCot: 0.25, lambda: 1e-3, samples: 100_000 })),
  thorough: [20, 50].map((d) => ({ d, pCot: 0.25, lambda: 1e-3, samples: 400_000 })),
};

export const lengthGrowth: Claim = {
  id: 'post-training.length-growth-is-not-an-artifact',
  title: 'Length grows under each normalisation of the loss, as long as rewards are compared with others',
  source: 'the paper, growth of length under REINFORCE and GRPO',
  statement: String.raw`\text{loss per sequence, per token, or not divided: } P(|y| = d) \text{ rises in every step, with a baseline } b,\ \tfrac12 < b < K`,
  assumptions: [
    'd >= 3, p = .1 and .25, lambda = 1e-3, r_cot; REINFORCE with a mean as baseline, or GRPO; |y| counts EOS',
    'without a baseline, and divided by length, short right answers gain more than long ones: counter.length-grows-without-baseline',
    'the token loss divides by all tokens of the batch: with infinitely many samples it only rescales time',
  ],
  assumes: { freeConstant: false, jointLoss: false, average: 'tail' },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'Thirty steps from the optimum of D(p) by enumeration on all weights, d = 3..5 (quick: 3), under each normalisation and rule, against the reduced flow within 1e-10; P(long) rises in each.',
      falsifiers: [acceptEverything, baselineDropsOut],
      cases: (effort) =>
        grid(effort === 'quick' ? [3] : [3, 4, 5], [0.1, 0.25], [1e-3]).flatMap((setting) =>
          NORMALISATIONS.flatMap((normalisation) => RULES.map((rule) => ({ ...setting, ...rule, normalisation }))),
        ),
      check: async ({ normalisation, algorithm, baseline, ...setting }, world, { signal }) => {
        const pacer = new Pacer({ signal });
        const rule = { algorithm, baseline };
        let weights = startIn(world, setting);
        let model = chainOf(weights);
        const lengths: number[] = [];
        for (let step = 0; step < 30; step++) {
          const { pLong, next } = await enumeratedStep(world, model, rule, normalisation, pacer);
          lengths.push(pLong);
          model = next;
          weights = closedStep(world, weights, rule, normalisation);
        }
        const found = entriesOf(model);
        const far = Math.max(...found.map((w, j) => Math.abs(w - weights[j]!)));
        const rises = lengths.every((length, i) => i === 0 || length > lengths[i - 1]!);
        return [
          close('the weights after thirty steps', far, 0, CARRIED),
          truth('P(long) rises in each step', rises, `${lengths[0]} to ${lengths.at(-1)}`),
        ];
      },
    }),
    postTrainingEvidence({
      description:
        'One pre-training for each size (quick: d = 10, T = 3e4; standard: d = 20 and 50, T = 1e5; thorough: 4e5), then 60 (quick: 40) updates of 1024 sequences of GRPO under each loss, and of REINFORCE with the mean as baseline divided by length. The statement is about the chains of this seed: all of them answer more than 95% of fresh inputs greedily with the valid, long chain.',
      pretraining: PRETRAINING,
      ways: (effort) => {
        const common = { reward: 'cot', steps: effort === 'quick' ? 40 : 60 } as const;
        return [
          ...NORMALISATIONS.map((lossType) => ({ algorithm: 'GRPO' as const, lossType, ...common })),
          { algorithm: 'REINFORCE, mean', lossType: 'sequence', ...common },
        ];
      },
      expected: 'all',
      falsifiers: [acceptEverything, fewSamples],
    }),
  ],
};
