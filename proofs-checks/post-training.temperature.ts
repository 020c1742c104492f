import fc from 'fast-check';
import { arbitraryReal } from '../src/arbitraries/index.js';
import {
  AT,
  type Claim,
  caseEvidence,
  chainProbability,
  demonstrationState,
  type Effort,
  enumerateAscentIn,
  enumerateIn,
  largestSuccessfulD,
  propertyEvidence,
  truth,
  type World,
} from '../src/index.js';
import { closedAscent, comparePoints, startIn, stepsToLong } from './shared/ascents.js';
import {
  acceptEverything,
  fewSamples,
  oddsKept,
  samplesAtOne,
  stopMovesOnce,
  stopNeverMoves,
} from './shared/falsifiers/index.js';
import type { FiniteSetting } from './shared/finite-samples.js';
import { grid, type Setting } from './shared/states.js';
import { postTrainingEvidence, updatesFor } from './shared/updates.js';

/** See `lemma.reinforce-invariance`; a temperature below 1 multiplies the gradient by at most 1.6. */
const CARRIED = 1e-10;

const TEMPERATURES = [0.8, 1.25, 1.6] as const;

/** Rounds by the exact map of a world, sampled at a temperature, until greedy decoding is long; null if none of the first is. */
function roundsToLong(world: World, { d, pCot, lambda }: Setting, temperature: number, limit: number): number | null {
  const { theory, choices } = world;
  let state = demonstrationState(pCot);
  for (let round = 0; round <= limit; round++) {
    const model = theory.optimum(state, { ...choices, lambda });
    if (theory.behaviour(model, d).greedy.longFraction === 1) return round;
    state = theory.acceptedState(model, { d, reward: 'cot', temperature });
  }
  return null;
}

const PRETRAINING: Readonly<Record<Effort, readonly FiniteSetting[]>> = {
  quick: [{ d: 10, pCot: 0.25, lambda: 1e-3, samples: 30_000 }],
  standard: [20, 50].map((d) => ({ d, pCot: 0.25, lambda: 1e-3, samples: 100_000 })),
  thorough: [20, 50].map((d) => ({ d, pCot: 0.25, lambda: 1e-3, samples: 400_000 })),
};

export const temperatureClaim: Claim = {
  id: 'post-training.temperature',
  title:
    'Temperature T >= 1 changes the speed and not the trend while K_T > 1/2; below that, STaR dies and REINFORCE first shortens answers',
  source: 'the paper, sampling temperature; Lemmas 5 and 7 at temperature T',
  statement: String.raw`\text{STaR, } T \ge 1: \text{ greedy becomes long iff } K_T = \sigma(c/T)^{d-1} > \tfrac12; \quad \text{REINFORCE: } \operatorname{sign}\dot s = \operatorname{sign}(2K_T - 1), \text{ and greedy becomes long in the end at each } T`,
  assumptions: [
    'd >= 3, p < 1/3, r_cot; the temperature divides every logit, the stop logit too, in sampling and in the policy gradient',
    'the exception that the paper notes (STaR, high temperature) is K_T < 1/2 here, and concerns r_cot too; for T < 1 STaR also dies from rare demonstrations: counter.temperature-never-matters',
    'GRPO: seen, not proved, to become long; below K_T = 1/2 the time may exceed any budget, as at d = 20, T = 2 (K_T = .26)',
    'sampled: T = .8 and 1.1, where K_T > 1/2 at d = 50, lambda = 1e-3',
  ],
  assumes: { freeConstant: false, jointLoss: false, average: 'tail' },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'At temperatures .8, 1.25 and 1.6, p = .2, d = 3..5 (quick: 3), by enumeration on all weights: six rounds of STaR and 60 steps of REINFORCE and GRPO end long and right; the points are those of the reduced flow within 1e-10, and the rounds those of the exact map.',
      falsifiers: [samplesAtOne, stopMovesOnce, acceptEverything],
      cases: (effort) =>
        grid(effort === 'quick' ? [3] : [3, 4, 5], [0.2], [1e-3]).flatMap((setting) =>
          TEMPERATURES.map((temperature) => ({ ...setting, temperature })),
        ),
      check: async ({ temperature, ...setting }, world, { signal }) => {
        const rounds = await enumerateIn(world, { ...setting, rounds: 6, reward: 'cot', temperature, signal });
        const found = rounds.findIndex(({ greedy }) => greedy.longFraction === 1);
        const expected = roundsToLong(world, setting, temperature, 6);
        const comparisons = [truth('rounds of STaR', found > 0 && found === expected, `${found} against ${expected}`)];
        for (const algorithm of ['reinforce', 'grpo'] as const) {
          const ascent = { algorithm, reward: 'cot', steps: 60, learningRate: 1, temperature } as const;
          const points = await enumerateAscentIn(world, { ...setting, ...ascent, baseline: 'none', signal });
          const closed = closedAscent(world, startIn(world, setting), ascent);
          const { longFraction, correctFraction } = points.at(-1)!.greedy;
          comparisons.push(
            truth(`${algorithm} ends long and right`, longFraction === 1 && correctFraction === 1),
            ...points.flatMap((point) => comparePoints(point, closed[point.step]!, CARRIED, temperature)),
          );
        }
        return comparisons;
      },
    }),
    propertyEvidence({
      id: 'fate-of-star',
      description:
        'The exact map at random d, lambda, p in [.01, .33] and T in [1, 2], K_T at least .03 away from 1/2: greedy becomes long within log((1 - p)/(2p)) / log(2 K_T) + 1 rounds if K_T > 1/2, and is never long in 30 rounds if K_T < 1/2. No tolerance.',
      falsifiers: [oddsKept, samplesAtOne],
      runs: { quick: 200, standard: 2000, thorough: 20_000 },
      arbitrary: () =>
        fc
          .tuple(arbitraryReal(-5, -1), arbitraryReal(0.01, 1.2), arbitraryReal(-2, -0.48), arbitraryReal(1, 2))
          .map(([exponent, share, logP, temperature]) => {
            const lambda = 10 ** exponent;
            const d = Math.max(3, Math.floor(share * largestSuccessfulD(lambda)));
            return { d, lambda, pCot: 10 ** logP, temperature };
          }),
      check: ({ temperature, ...setting }, world) => {
        const { c } = world.theory.optimum(demonstrationState(setting.pCot), {
          ...world.choices,
          lambda: setting.lambda,
        });
        const K = chainProbability(c / temperature, setting.d);
        if (Math.abs(K - 0.5) < 0.03) return [];
        const odds = (1 - setting.pCot) / (2 * setting.pCot);
        const bound = K > 0.5 ? Math.floor(Math.log(odds) / Math.log(2 * K)) + 1 : 30;
        const found = roundsToLong(world, setting, temperature, bound);
        return [truth('becomes long iff K_T > 1/2', (found !== null) === K > 0.5, `${found}, K_T = ${K}`)];
      },
    }),
    caseEvidence('exact', {
      id: 'speed-of-policy-gradient',
      description:
        'The reduced ascents of REINFORCE and GRPO at d = 20, p = .1, lambda = 1e-3. At temperatures .5, .8, 1, 1.25 and 1.6 (K_T = .495 there, so that STaR fails) greedy becomes long within 3,000 steps, after more of them the farther T is above 1. At T = 2 (K_T = .26) the first step lowers s, and greedy is still short after 3,000.',
      falsifiers: [stopNeverMoves, samplesAtOne],
      cases: () => [{ d: 20, pCot: 0.1, lambda: 1e-3 }],
      check: (setting, world) => {
        const start = startIn(world, setting);
        return (['reinforce', 'grpo'] as const).flatMap((algorithm) => {
          const ascentAt = (temperature: number) =>
            ({ algorithm, reward: 'cot', learningRate: 1, temperature }) as const;
          const steps = [0.5, 0.8, 1, 1.25, 1.6, 2].map((T) => stepsToLong(world, start, ascentAt(T), 3000));
          const [one, hot, hotter, hottest] = steps.slice(2);
          const [before, after] = closedAscent(world, start, { ...ascentAt(2), steps: 1 });
          return [
            truth(`${algorithm}: long up to T = 1.6`, !steps.slice(0, 5).includes(null), steps.join()),
            truth(`${algorithm}: slower above 1`, one! < hot! && hot! < hotter!, steps.join()),
            truth(`${algorithm}: still short at T = 2`, hottest === null, steps.join()),
            truth(`${algorithm}: s falls at T = 2`, after!.weights[AT.s]! < before!.weights[AT.s]!),
          ];
        });
      },
    }),
    postTrainingEvidence({
      description:
        'One pre-training for each size (quick: d = 10, T = 3e4; standard: d = 20 and 50, T = 1e5; thorough: 4e5), then, sampled at temperature .8 and 1.1, six rounds of STaR, 30 updates of 1024 sequences of REINFORCE, and 60 (quick: 30) of GRPO. The statement is about the chains of this seed: all of them answer more than 95% of fresh inputs greedily with the valid chain.',
      pretraining: PRETRAINING,
      ways: (effort) =>
        [0.8, 1.1].flatMap((temperature) =>
          (['STaR', 'REINFORCE', 'GRPO'] as const).map((algorithm) => {
            const steps = algorithm === 'STaR' ? 6 : updatesFor(algorithm, effort);
            return { algorithm, temperature, reward: 'cot', steps };
          }),
        ),
      expected: 'all',
      falsifiers: [acceptEverything, fewSamples],
    }),
  ],
};
