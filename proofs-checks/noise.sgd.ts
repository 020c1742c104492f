import { type Claim, caseEvidence, type Effort, enumerateIn, sampledEvidence, truth } from '../src/index.js';
import {
  fewSamples,
  sgdWithoutDecay,
  stopIgnoresFirstToken,
  validDemonstrations,
  withoutProducts,
} from './shared/falsifiers/index.js';
import { exactGreedy, type FiniteSetting, pretrainIn } from './shared/finite-samples.js';

const SETTINGS: Readonly<Record<Effort, Omit<FiniteSetting, 'pCot'>>> = {
  quick: { d: 5, lambda: 1e-3, samples: 20_000 },
  standard: { d: 6, lambda: 1e-3, samples: 30_000 },
  thorough: { d: 8, lambda: 1e-3, samples: 100_000 },
};

/** Where p* = 1/2.4 = .417: a chain trained on valid demonstrations would be long at both. */
const NOISE = { stepNoise: 0.3, answerNoise: 0.2 };
const BELOW = 0.35;
const ABOVE = 0.5;
const FEW = 200;

export const noiseSgd: Claim = {
  id: 'noise.sgd',
  title: 'SGD on noisy samples turns long at the threshold of the noise, and right',
  source: 'this project (Lemma 8), finite samples',
  statement: String.raw`\eta = .3,\ \nu = .2: \ \Pr[\text{greedy is short, half right at } p = .35 \text{ and gives the full valid chain at } p = .5] > \tfrac45`,
  assumptions: [
    'one fresh sample a step, eta_t = 1/(lambda t), T steps, the second half of the iterates averaged',
    'quick: d = 5, lambda = 1e-3, T = 2e4; standard: d = 6, T = 3e4; thorough: d = 8, T = 1e5',
    'p = .35 and .5 lie on both sides of p* = .417 and above 1/3, where valid demonstrations would make both long',
  ],
  assumes: { average: 'tail' },
  evidence: [
    caseEvidence('exact', {
      id: 'infinite-samples',
      description:
        'What SGD approaches: the enumerated optimum at d = 5, lambda = 1e-3 decodes so at both p. No tolerance: shares are 0, 1/2 or 1.',
      falsifiers: [stopIgnoresFirstToken, withoutProducts],
      cases: () => [
        { pCot: BELOW, long: 0, correct: 0.5 },
        { pCot: ABOVE, long: 1, correct: 1 },
      ],
      check: async ({ pCot, long, correct }, world, { signal }) => {
        const { d, lambda } = SETTINGS.quick;
        const [round] = await enumerateIn(world, { d, lambda, pCot, ...NOISE, rounds: 0, reward: 'cot', signal });
        const { longFraction, correctFraction } = round!.greedy;
        return [
          truth('share of long greedy answers', longFraction === long, `${longFraction}`),
          truth('share of right greedy answers', correctFraction === correct, `${correctFraction}`),
        ];
      },
    }),
    sampledEvidence({
      id: 'greedy',
      description:
        'Independent trainings on noisy samples; greedy decoding of all 2^d inputs. Success: at p = .35 every answer is short and half are right, at p = .5 every answer is the valid chain, although fewer than one demonstrated chain in five is. No tolerance.',
      success: 'greedy is as the lemma says for every x',
      falsifiers: [validDemonstrations, fewSamples, sgdWithoutDecay],
      threshold: 0.8,
      trials: { quick: 400, standard: 400, thorough: 400 },
      trial: async (seed, world, context) => {
        const setting = { ...SETTINGS[context.effort], ...NOISE };
        const samples = world.hypotheses.enoughSamples ? setting.samples : FEW;
        const greedyAt = async (pCot: number) =>
          exactGreedy(await pretrainIn(world, { ...setting, samples, pCot }, seed, context));
        const below = await greedyAt(BELOW);
        if (below.longFraction !== 0 || below.correctFraction !== 0.5) return false;
        const above = await greedyAt(ABOVE);
        return above.longFraction === 1 && above.correctFraction === 1;
      },
    }),
  ],
};
