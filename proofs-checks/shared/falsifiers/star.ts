/** Falsehoods about rounds of STaR. */
import { exactProbability, rational, splitLogPlus, type TrainingState, toDouble } from '../../../src/index.js';
import { withTheory } from './planting.js';

const LOG_3_OVER_2 = Math.log(1.5);

export const oddsTripled = withTheory('odds-tripled', 'a round triples the odds of long', (theory) => ({
  limitLongFraction: (pCot, round) => {
    const p = exactProbability(pCot);
    const tripled = p.mul(rational(3n ** BigInt(round)));
    return tripled.div(tripled.sub(p).add(1));
  },
  limitRounds: (pCot) => {
    const p = toDouble(exactProbability(pCot));
    return Math.max(0, Math.floor(Math.log((1 - p) / (2 * p)) / Math.log(3)) + 1);
  },
  acceptedState: (model, options) => {
    const state = theory.acceptedState(model, options);
    return { ...state, longPlus: splitLogPlus(state.longPlus, 0, LOG_3_OVER_2) };
  },
}));

export const oddsKept = withTheory('odds-kept', 'a round leaves the odds of long as they are', (theory) => ({
  limitLongFraction: (pCot) => theory.limitLongFraction(pCot, 0),
  acceptedState: (model, options) => {
    const state = theory.acceptedState(model, options);
    return { ...state, longPlus: splitLogPlus(state.longPlus, -1, 0) };
  },
}));

export const chainOfDSteps = withTheory(
  'chain-of-d-steps',
  'the first token, too, is right with probability sigma(c): K = sigma(c)^d',
  (theory) => ({
    acceptedState: (model, options) => theory.acceptedState(model, { ...options, d: options.d + 1 }),
  }),
);

export const noiseNeverLearnt = withTheory(
  'noise-never-learnt',
  'wrong steps that cancel are not trained on: alpha stays 1',
  (theory) => ({
    acceptedState: (model, options): TrainingState => ({
      ...theory.acceptedState(model, options),
      logitStep: Number.POSITIVE_INFINITY,
    }),
  }),
);

export const fateAtOneQuarter = withTheory('fate-at-1/4', 'STaR succeeds iff K > 1/4', (theory) => ({
  // sigma(c)^(d-1) > 1/4 iff sigma(c)^((d-1)/2) > 1/2.
  starFate: (d, lambda) => theory.starFate(Math.max(3, Math.ceil((d - 1) / 2) + 1), lambda),
}));

export const oneRoundFewer = withTheory('one-round-fewer', 'one round fewer suffices', (theory) => ({
  limitRounds: (p, noise) => theory.limitRounds(p, noise) - 1,
  roundsBound: (d, p, lambda, noise) => {
    const bound = theory.roundsBound(d, p, lambda, noise);
    return bound === null ? null : bound - 1;
  },
}));

export const samplesAtOne = withTheory(
  'samples-at-one',
  'samples are drawn at temperature 1 at every temperature',
  (theory) => ({
    acceptedState: (model, options) => theory.acceptedState(model, { ...options, temperature: 1 }),
    policyGradient: (weights, objective, sampling) =>
      theory.policyGradient(weights, objective, { ...sampling, temperature: 1 }),
  }),
);
