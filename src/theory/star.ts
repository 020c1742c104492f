import { logSigmoid, logSumExp, sigmoid } from '../numerics/index.js';
import { type Behaviour, behaviour, chainCorrelation, logChainProbability, requireTheoryD } from './behaviour.js';
import { type LossOptions, type Optimum, optimum, tempered } from './optimum.js';
import { splitLogPlus } from './split-log.js';
import type { TrainingState } from './state.js';

/** The model class, the loss and the reward of infinite-sample STaR, retrained from scratch each round. */
export interface StarOptions extends LossOptions {
  /** Bits, an integer >= 3. */
  readonly d: number;
  readonly reward: 'cot' | 'e2e';
  /** Of sampling: divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
}

/** One round: what it trains on, the optimum fitted to it and what that model does, sampled at the temperature. */
export interface TheoryRound {
  readonly round: number;
  readonly state: TrainingState;
  readonly optimum: Optimum;
  readonly behaviour: Behaviour;
  /** Probability that one sampled response of this round's model earns the reward. */
  readonly accepted: number;
}

/** The distribution of accepted samples of a model: the next round's training state. Source: Lemmas 5 and 6. */
export function acceptedState(
  model: Optimum,
  { d, reward, temperature = 1 }: Pick<StarOptions, 'd' | 'reward' | 'temperature'>,
): TrainingState {
  requireTheoryD(d);
  const sampler = tempered(model, temperature);
  return reward === 'cot' ? acceptedByChain(sampler, d) : acceptedByAnswer(sampler, d);
}

/**
 * r_cot: R' = 2 K e^s, and no wrong step survives. Where K is tiny and S+ near S-, logitPlus is right to 1e-15 absolutely, not
 * relatively. Source: Lemmas 5 and 8.
 */
function acceptedByChain({ c1, sPlus, sPlusSplit, sMinus, c }: Optimum, d: number): TrainingState {
  const logK = logChainProbability(c, d);
  // log(2 K sigma(s) + sigma(-s)).
  const logGain = logSumExp(Math.LN2 + logK + logSigmoid(sPlus), logSigmoid(-sPlus));
  return {
    logitPlus: c1 + logGain - logSigmoid(-sMinus),
    longPlus: splitLogPlus(sPlusSplit, 1, logK),
    logitLongMinus: Number.NEGATIVE_INFINITY,
    logitStep: Number.POSITIVE_INFINITY,
  };
}

/** r_e2e: an even number of wrong steps survives. Source: Lemma 6. */
function acceptedByAnswer({ c1, sPlus, sPlusSplit, sMinus, c }: Optimum, d: number): TrainingState {
  const { G, GOverG, oneMinusSizeOfG, oneMinusSizeOfGOverG } = chainCorrelation(c, d);
  // D = (a+ - a-) / (a+ + a-) = tanh(delta / 2) with delta = log(a+ / a-), and a+ / a- = e^c1 sigma(s) / sigma(t).
  const delta = c1 + logSigmoid(sPlus) - logSigmoid(sMinus);
  const D = Math.tanh(delta / 2);
  const product = D * GOverG;
  // 1 - |a b| = (1 - |a|) + |a| (1 - |b|), without cancellation.
  const restOfG = (stopLogit: number) => sigmoid(-stopLogit) + sigmoid(stopLogit) * oneMinusSizeOfG;
  const restOfProduct = 2 * sigmoid(-Math.abs(delta)) + Math.abs(D) * oneMinusSizeOfGOverG;
  return {
    logitPlus: c1 + logOnePlus(sigmoid(sPlus) * G, restOfG(sPlus)) - logOnePlus(-sigmoid(sMinus) * G, restOfG(sMinus)),
    // log(1 + G), for G near 1 as log 2 + log(1 - (1 - G) / 2).
    longPlus:
      G < 0.5
        ? splitLogPlus(sPlusSplit, 0, logOnePlus(G, oneMinusSizeOfG))
        : splitLogPlus(sPlusSplit, 1, Math.log1p(-oneMinusSizeOfG / 2)),
    logitLongMinus: sMinus + logOnePlus(-G, oneMinusSizeOfG),
    logitStep: c + logOnePlus(product, restOfProduct) - logOnePlus(-product, restOfProduct),
  };
}

/** log(1 + x), x >= -1, near -1 from 1 - |x|. */
function logOnePlus(x: number, oneMinusSize: number): number {
  return x > -0.5 ? Math.log1p(x) : Math.log(oneMinusSize);
}

/** The round that trains on `state`. */
export function theoryRound(state: TrainingState, options: StarOptions, round: number): TheoryRound {
  const model = optimum(state, options);
  const does = behaviour(tempered(model, options.temperature ?? 1), options.d);
  const accepted = options.reward === 'cot' ? does.accuracyCot : does.accuracyE2e;
  return { round, state, optimum: model, behaviour: does, accepted };
}

/** Rounds 0, 1, 2, ... from a training state, without end; round 0 is pre-training. Retrained from scratch each round. */
export function* theoryRounds(initial: TrainingState, options: StarOptions): Generator<TheoryRound, never> {
  let state = initial;
  for (let round = 0; ; round++) {
    const result = theoryRound(state, options, round);
    yield result;
    state = acceptedState(result.optimum, options);
  }
}
