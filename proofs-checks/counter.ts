/** Statements that are false as often quoted: their expected verdict is 'refuted', and the counterexample is the point. */

import fc from 'fast-check';
import { arbitraryLambda } from '../src/arbitraries/index.js';
import {
  type Claim,
  caseEvidence,
  demonstrationState,
  enumerateAscentIn,
  enumerateIn,
  propertyEvidence,
  roundsToGreedyLong,
  truth,
} from '../src/index.js';

export const lengthGrowsEveryRound: Claim = {
  id: 'counter.length-grows-every-round',
  title: 'Length grows in every round, at every p and lambda',
  source: 'Theorem 2 without lambda -> 0',
  statement: String.raw`P_{n+1}(|y|=d) > P_n(|y|=d) \text{ for all } p, \lambda, n`,
  assumptions: ['none but d >= 3: false, since q never passes its fixed point below 1'],
  expected: 'refuted',
  assumes: { freeConstant: false, jointLoss: false },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description: 'P(|y| = d) by enumeration over three rounds at d = 3, lambda = .01, from p = .2 and from p = .99.',
      falsifiers: [],
      cases: () => [{ pCot: 0.2 }, { pCot: 0.99 }],
      check: async ({ pCot }, world, { signal }) => {
        const rounds = await enumerateIn(world, { d: 3, pCot, lambda: 0.01, rounds: 2, reward: 'cot', signal });
        const lengths = rounds.map(({ sampling }) => sampling.pLong);
        const grows = lengths.every((length, i) => i === 0 || length > lengths[i - 1]!);
        return [truth('P(long) grows', grows, lengths.map((length) => length.toFixed(4)).join(' '))];
      },
    }),
  ],
};

export const roundsFormulaAtEveryLambda: Claim = {
  id: 'counter.rounds-formula-at-every-lambda',
  title: 'The lambda -> 0 count of rounds holds at every lambda',
  source: 'Theorem 2 without lambda -> 0',
  statement: String.raw`n^\ast = \max(0, \lfloor \log_2 \tfrac{1-p}{2p} \rfloor + 1) \text{ for all } d, \lambda`,
  assumptions: ['none but d >= 3: false, the count is not uniform in p, d and lambda'],
  expected: 'refuted',
  evidence: [
    caseEvidence('exact', {
      id: 'exact-map',
      description: 'The exact map at d = 50, lambda = 1e-3, p = .01 takes 9 rounds, the formula says 6.',
      falsifiers: [],
      cases: () => [{ d: 50, pCot: 0.01, lambda: 1e-3 }],
      check: ({ d, pCot, lambda }, world) => {
        const found = roundsToGreedyLong(pCot, { ...world.choices, d, lambda, reward: 'cot' }, 100);
        const formula = world.theory.limitRounds(pCot);
        return [truth('rounds to greedy long', found === formula, `${found} against ${formula}`)];
      },
    }),
  ],
};

export const thresholdForEveryRegulariser: Claim = {
  id: 'counter.threshold-without-regularised-constant',
  title: 'The greedy threshold is 1/3 whether or not the constant is regularised',
  source: 'Theorem 1 (ii), read without its regulariser',
  statement: String.raw`p > \tfrac13 \Rightarrow \text{greedy is long, with a free constant too}`,
  assumptions: ['none but d >= 3, p > 1/3: false, the threshold is p* > 1/3 with a free constant'],
  expected: 'refuted',
  evidence: [
    propertyEvidence({
      id: 'closed-form',
      description: 'The closed form with a free constant at p = .34 and random lambda.',
      falsifiers: [],
      runs: { quick: 200, standard: 200, thorough: 200 },
      arbitrary: () => fc.record({ lambda: arbitraryLambda({ min: 1e-3, max: 1 }) }),
      check: ({ lambda }, world) => {
        const model = world.theory.optimum(demonstrationState(0.34), { ...world.choices, lambda, freeConstant: true });
        const { longFraction } = world.theory.behaviour(model, 3).greedy;
        return [truth('greedy is long at p = .34', longFraction === 1, `${longFraction}`)];
      },
    }),
  ],
};

export const temperatureNeverMatters: Claim = {
  id: 'counter.temperature-never-matters',
  title: 'STaR succeeds at every temperature where it does at 1',
  source: 'the paper, sampling temperature, read without its exception',
  statement: String.raw`\text{greedy becomes long under STaR with } r_{cot} \text{ at every temperature}`,
  assumptions: ['none but d >= 3: false for T > 1 where K_T < 1/2, and for T < 1 from rare demonstrations'],
  expected: 'refuted',
  assumes: { freeConstant: false, jointLoss: false },
  evidence: [
    caseEvidence('exact', {
      id: 'exact-map',
      description:
        'The exact map of STaR: at d = 50, lambda = 1e-3, p = .25, T = 1.25 greedy is still short after 100 rounds (at T = 1 it is long after one); so it is at d = 3, lambda = 1e-4, p = .1, T = .5.',
      falsifiers: [],
      cases: () => [
        { d: 50, pCot: 0.25, lambda: 1e-3, temperature: 1.25 },
        { d: 3, pCot: 0.1, lambda: 1e-4, temperature: 0.5 },
      ],
      check: ({ d, pCot, lambda, temperature }, world) => {
        const options = { ...world.choices, d, lambda, reward: 'cot' } as const;
        const atOne = roundsToGreedyLong(pCot, options, 100);
        const found = roundsToGreedyLong(pCot, { ...options, temperature }, 100);
        return [
          truth('rounds to greedy long', found !== null, `${found} at temperature ${temperature}, ${atOne} at 1`),
        ];
      },
    }),
  ],
};

export const lengthGrowsWithoutBaseline: Claim = {
  id: 'counter.length-grows-without-baseline',
  title: 'REINFORCE without a baseline lengthens answers under every normalisation of the loss',
  source: 'the paper, growth of length, read without a baseline',
  statement: String.raw`b = 0,\ \text{loss divided by } |y|: P(|y| = d) \text{ rises}`,
  assumptions: ['none but d >= 3, r_cot: false, a short right answer then gains 1/2 where a long one gains 1/(d + 1)'],
  expected: 'refuted',
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'Ten steps of length 1 by enumeration on all weights, d = 3, p = .25, lambda = 1e-3, loss divided by the length of each response: P(long) falls from .2525 in each.',
      falsifiers: [],
      cases: () => [{ d: 3, pCot: 0.25, lambda: 1e-3 }],
      check: async (setting, world, { signal }) => {
        const ascent = { algorithm: 'reinforce', baseline: 'none', normalisation: 'sequence', reward: 'cot' } as const;
        const options = { ...setting, ...ascent, steps: 10, learningRate: 1 };
        const points = await enumerateAscentIn(world, { ...options, signal });
        const lengths = points.map(({ sampling }) => sampling.pLong);
        const rises = lengths.every((length, i) => i === 0 || length > lengths[i - 1]!);
        return [truth('P(long) rises', rises, lengths.map((length) => length.toFixed(4)).join(' '))];
      },
    }),
  ],
};
