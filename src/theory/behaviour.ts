import { logSigmoid, sigmoid } from '../numerics/index.js';
import type { Optimum } from './optimum.js';

/** What greedy decoding does, as shares of all inputs. */
export interface GreedyBehaviour {
  /** Share of x answered with a full chain. */
  readonly longFraction: number;
  /** Share of x whose greedy response has r_cot = 1. */
  readonly correctFraction: number;
  /** Whether a logit that decides is exactly 0; then the convention (short, +1) fills the shares. */
  readonly tie: boolean;
}

/** What a model on the sparse support does on uniform x: probabilities over x and one sampled response. */
export interface Behaviour {
  /** P(|y| = d). */
  readonly pLong: number;
  /** P(r_cot = 1), both lengths. */
  readonly accuracyCot: number;
  /** P(r_e2e = 1), both lengths. */
  readonly accuracyE2e: number;
  readonly greedy: GreedyBehaviour;
}

/** K = sigma(c)^(d-1): probability that every later step of a long response is right. */
export function chainProbability(c: number, d: number): number {
  return Math.exp(logChainProbability(c, d));
}

/** log K, in nats. */
export function logChainProbability(c: number, d: number): number {
  return (d - 1) * logSigmoid(c);
}

/** Powers of the step correlation g = 2 sigma(c) - 1 = tanh(c / 2), with the differences from 1 that would cancel. */
export interface ChainCorrelation {
  /** G = g^(d-1). */
  readonly G: number;
  /** G / g, read as g^(d-2). */
  readonly GOverG: number;
  readonly oneMinusG: number;
  /** 1 - |G| and 1 - |G / g|. */
  readonly oneMinusSizeOfG: number;
  readonly oneMinusSizeOfGOverG: number;
}

/** The correlation between the answer of a long response and chi, given its first token. Source: Lemma 6. */
export function chainCorrelation(c: number, d: number): ChainCorrelation {
  const size = Math.abs(c);
  const logStep = size < 1 ? Math.log(Math.tanh(size / 2)) : Math.log1p(-2 / (1 + Math.exp(size)));
  const sign = (power: number) => (c < 0 && power % 2 === 1 ? -1 : 1);
  const G = sign(d - 1) * Math.exp((d - 1) * logStep);
  const oneMinusSizeOfG = -Math.expm1((d - 1) * logStep);
  return {
    G,
    GOverG: sign(d - 2) * Math.exp((d - 2) * logStep),
    oneMinusG: G < 0 ? 1 - G : oneMinusSizeOfG,
    oneMinusSizeOfG,
    oneMinusSizeOfGOverG: -Math.expm1((d - 2) * logStep),
  };
}

/** Exact behaviour of the optimum for d >= 3. Source: Lemmas 3, 5 and 6. */
export function behaviour(model: Optimum, d: number): Behaviour {
  requireTheoryD(d);
  const { c1, sPlus, sMinus, c } = model;
  const longPlus = sigmoid(c1) * sigmoid(sPlus);
  const longMinus = sigmoid(-c1) * sigmoid(sMinus);
  const shortRight = (sigmoid(c1) * sigmoid(-sPlus) + sigmoid(-c1) * sigmoid(-sMinus)) / 2;
  const { G, oneMinusG } = chainCorrelation(c, d);
  return {
    pLong: longPlus + longMinus,
    accuracyCot: longPlus * chainProbability(c, d) + shortRight,
    accuracyE2e: (longPlus * (1 + G) + longMinus * oneMinusG) / 2 + shortRight,
    greedy: greedyBehaviour(model, d),
  };
}

/** Greedy decoding on the sparse support: the same for every x but for the sign of x_1. Source: Lemma 3. */
export function greedyBehaviour(model: Optimum, d: number): GreedyBehaviour {
  const { c } = model;
  // Later tokens that are ties are all +1, which is the valid chain where x_2, ..., x_d follow from it.
  return greedyDecisions(model, c > 0 ? 1 : c < 0 ? 0 : 2 ** (1 - d), c === 0);
}

/**
 * Greedy decoding where the first two decisions depend on the sign of x_1 alone.
 *
 * @param stepsRight share of x on which steps 2..d of a long answer are all right, if the first is
 * @param tiedSteps whether one of their logits is 0
 */
export function greedyDecisions(
  { c1, sPlus, sMinus }: Pick<Optimum, 'c1' | 'sPlus' | 'sMinus'>,
  stepsRight: number,
  tiedSteps: boolean,
): GreedyBehaviour {
  const right = greedyBranch(sPlus, stepsRight, tiedSteps);
  const wrong = greedyBranch(sMinus, 0, tiedSteps);
  // c1 = 0 leaves the first token at +1, which agrees with x_1 on half of the inputs.
  if (c1 === 0) return blend(right, wrong);
  return c1 > 0 ? right : wrong;
}

/** One sign of e_1, decided by its stop logit; the short answer is right on half of the inputs. */
function greedyBranch(stopLogit: number, longCorrect: number, tiedSteps: boolean): GreedyBehaviour {
  const long = stopLogit > 0;
  return {
    longFraction: long ? 1 : 0,
    correctFraction: long ? longCorrect : 0.5,
    tie: stopLogit === 0 || (long && tiedSteps),
  };
}

function blend(a: GreedyBehaviour, b: GreedyBehaviour): GreedyBehaviour {
  return {
    longFraction: (a.longFraction + b.longFraction) / 2,
    correctFraction: (a.correctFraction + b.correctFraction) / 2,
    tie: true,
  };
}

/** @throws RangeError unless d is an integer of at least 3, where the lemmas begin */
export function requireTheoryD(d: number): void {
  if (!Number.isSafeInteger(d) || d < 3) {
    throw new RangeError(
      `d is ${d}; the closed forms need an integer d >= 3 (for d = 2 use the enumeration, --method enumerate)`,
    );
  }
}
