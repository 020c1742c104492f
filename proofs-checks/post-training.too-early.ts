import {
  type Claim,
  caseEvidence,
  type Effort,
  type EnumeratedRound,
  enumerateAscentIn,
  enumerateIn,
  logTwoK,
  truth,
} from '../src/index.js';
import { closedAscent, comparePoints, startIn, stepsToLong } from './shared/ascents.js';
import {
  acceptEverything,
  commonDemonstrations,
  lengthGainsAlways,
  stopNeverMoves,
} from './shared/falsifiers/index.js';
import type { FiniteSetting } from './shared/finite-samples.js';
import { type PostTraining, postTrainingEvidence } from './shared/updates.js';

/** See `lemma.reinforce-invariance`. */
const CARRIED = 1e-10;

/** Pre-trainings that end before long answers are right half of the time. */
const SMALL: FiniteSetting = { d: 20, pCot: 0.01, lambda: 1e-3, samples: 10_000 };
const LARGE: FiniteSetting = { d: 50, pCot: 0.01, lambda: 1e-3, samples: 100_000 };
const PRETRAINING: Readonly<Record<Effort, readonly FiniteSetting[]>> = {
  quick: [SMALL],
  standard: [SMALL, LARGE],
  thorough: [SMALL, LARGE],
};

/** As many steps as suffice where demonstrations are common (post-training.all-algorithms), and more. */
const POST_TRAINING: readonly PostTraining[] = [
  { algorithm: 'STaR', reward: 'cot', steps: 6 },
  { algorithm: 'REINFORCE', reward: 'cot', steps: 100 },
  { algorithm: 'REINFORCE, prompt mean', reward: 'cot', steps: 100 },
  { algorithm: 'GRPO', reward: 'cot', steps: 100 },
];

/** Rounds or steps of one algorithm. */
interface Run {
  readonly name: string;
  readonly points: readonly Pick<EnumeratedRound, 'sampling' | 'greedy'>[];
}

/** A p at which the same samples suffice: the falsifier. */
const COMMON = 0.25;

export const tooEarly: Claim = {
  id: 'post-training.too-early',
  title:
    'Started before long answers are right half of the time, post-training fails where the same effort suffices later',
  source: 'the paper, on starting RL too early; Lemmas 5 and 7 for K < 1/2',
  statement: String.raw`P(\text{right} \mid \text{long}) < \tfrac12 \text{ at the start}: \text{ greedy stays short for the steps that suffice from } K_0 > \tfrac12; \text{ at infinite samples } \dot s < 0`,
  assumptions: [
    'r_cot, p < 1/3; exact: K_0 < 1/2 because lambda is large, learning rate 1, up to the step at which K_0 > 1/2 has long succeeded',
    'with the exact gradient and without end K grows past 1/2 and length comes back (lemma.reinforce-k-half): the failure is one of any bounded run, and of samples',
    'sampled: p = .01 with T = 1e4 at d = 20 and T = 1e5 at d = 50: 100 and 1,000 long demonstrations; 1e5 further sequences of policy gradient, or six rounds of STaR of T each (rounds of 4e5 mend it: docs/training.md)',
    'the length of sampled answers need not fall there: GRPO lengthens them at d = 50, without getting them right',
  ],
  assumes: { freeConstant: false, jointLoss: false, average: 'tail' },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'By enumeration on all weights, p = .2, 12 steps or four rounds, d = 3..5 (quick: 3): at a lambda with K_0 < 1/2 greedy is short all along under STaR, REINFORCE and GRPO, and the first step of the latter two shortens answers; at lambda = 1e-3 greedy is long at the end. The points are those of the reduced flow within 1e-10.',
      falsifiers: [acceptEverything, lengthGainsAlways],
      cases: (effort) => [
        { d: 3, early: 1 },
        ...(effort === 'quick'
          ? []
          : [
              { d: 4, early: 0.5 },
              { d: 5, early: 0.3 },
            ]),
      ],
      check: async ({ d, early }, world, { signal }) => {
        const comparisons = [
          truth('K_0 < 1/2 in the first, > 1/2 in the second', logTwoK(d, early) < 0 && logTwoK(d, 1e-3) > 0),
        ];
        for (const lambda of [early, 1e-3]) {
          const setting = { d, pCot: 0.2, lambda };
          const rounds = await enumerateIn(world, { ...setting, rounds: 4, reward: 'cot', signal });
          const runs: Run[] = [{ name: 'STaR', points: rounds }];
          for (const algorithm of ['reinforce', 'grpo'] as const) {
            const ascent = { algorithm, reward: 'cot', steps: 12, learningRate: 1 } as const;
            const points = await enumerateAscentIn(world, { ...setting, ...ascent, baseline: 'mean', signal });
            const closed = closedAscent(world, startIn(world, setting), ascent);
            comparisons.push(...points.flatMap((point) => comparePoints(point, closed[point.step]!, CARRIED)));
            runs.push({ name: algorithm, points });
          }
          for (const { name, points } of runs) {
            const lengths = points.map(({ sampling }) => sampling.pLong);
            const long = points.map(({ greedy }) => greedy.longFraction === 1);
            comparisons.push(
              lambda === early
                ? truth(`${name}, lambda = ${lambda}: greedy stays short`, !long.includes(true))
                : truth(`${name}, lambda = ${lambda}: greedy becomes long`, long.at(-1)!),
              // STaR retrains, and its length is set by the penalty too.
              truth(
                `${name}, lambda = ${lambda}: the first step shortens or lengthens`,
                name === 'STaR' || lengths[1]! < lengths[0]! === (lambda === early),
                `${lengths[0]} to ${lengths[1]}`,
              ),
            );
          }
        }
        return comparisons;
      },
    }),
    caseEvidence('exact', {
      id: 'at-larger-d',
      description:
        'The reduced ascents at d = 20 and 50, p = .01, on either side of K_0 = 1/2: within the steps that suffice for K_0 > 1/2, and half as many more, greedy stays short for K_0 < 1/2.',
      falsifiers: [stopNeverMoves],
      cases: () => [
        { d: 20, early: 0.02 },
        { d: 50, early: 0.006 },
      ],
      check: ({ d, early }, world) => {
        return (['reinforce', 'grpo'] as const).flatMap((algorithm) => {
          const stepsAt = (lambda: number, limit: number) => {
            const ascent = { algorithm, reward: 'cot', learningRate: 1 } as const;
            return stepsToLong(world, startIn(world, { d, pCot: 0.01, lambda }), ascent, limit);
          };
          const enough = stepsAt(1e-3, 2000);
          const found = enough === null ? null : stepsAt(early, Math.ceil(1.5 * enough));
          return [
            truth('K_0 < 1/2', logTwoK(d, early) < 0),
            truth(`${algorithm}: long from K_0 > 1/2`, enough !== null, `${enough}`),
            truth(`${algorithm}: still short from K_0 < 1/2`, found === null, `${found}`),
          ];
        });
      },
    }),
    postTrainingEvidence({
      description:
        'One pre-training for each size (quick: d = 20, T = 1e4; else also d = 50, T = 1e5), p = .01, then six rounds of STaR, and 100 updates of 1024 sequences of REINFORCE (without baseline, and with the prompt mean) and of GRPO. The statement is about the chains of this seed: more than 95% of fresh inputs are answered with the valid long chain by none of them.',
      pretraining: PRETRAINING,
      ways: () => POST_TRAINING,
      sized: (setting, { hypotheses }) => (hypotheses.rareDemonstrations ? setting : { ...setting, pCot: COMMON }),
      expected: 'none',
      falsifiers: [commonDemonstrations],
    }),
  ],
};
