import { type DemonstrationNoise, noisyChain, parity, requireNoise } from '../task/index.js';

/**
 * An exact distribution over (x, response): lists of contexts (x followed by the tokens) with their probabilities. Nothing
 * about which tokens follow which is assumed.
 */
export interface ResponseDistribution {
  readonly d: number;
  /** Entry i holds x_1..x_d and then the 1 or d tokens. */
  readonly contexts: readonly Int8Array[];
  /** Entry i is the probability of context i. */
  readonly probabilities: readonly number[];
}

/** All of {-1,+1}^d. */
export function allInputs(d: number): Int8Array[] {
  return Array.from({ length: 2 ** d }, (_, code) =>
    Int8Array.from({ length: d }, (_, i) => ((code >> i) & 1 ? -1 : 1)),
  );
}

/**
 * D(p; eta, nu) by enumeration of all inputs, all signs of the steps and both short answers.
 *
 * @throws RangeError unless the noise lies in [0, 1]
 */
export function demonstrationDistribution(
  d: number,
  pCot: number,
  noise: DemonstrationNoise = {},
): ResponseDistribution {
  requireNoise(noise);
  const { stepNoise = 0, answerNoise = 0 } = noise;
  const contexts: Int8Array[] = [];
  const probabilities: number[] = [];
  const add = (x: Int8Array, tokens: readonly number[], probability: number): void => {
    if (probability === 0) return;
    contexts.push(Int8Array.from([...x, ...tokens]));
    probabilities.push(probability / 2 ** d);
  };
  const inputs = allInputs(d);
  const chains = inputs
    .map((signs) => Array.from(signs, (sign) => sign < 0))
    .map(
      (flips) => [flips, flips.reduce((product, flip) => product * (flip ? stepNoise : 1 - stepNoise), pCot)] as const,
    )
    .filter(([, probability]) => probability > 0);
  for (const x of inputs) {
    for (const [flips, probability] of chains) add(x, noisyChain(x, flips), probability);
    add(x, [parity(x)], (1 - pCot) * (1 - answerNoise));
    add(x, [-parity(x)], (1 - pCot) * answerNoise);
  }
  return { d, contexts, probabilities };
}

/** Masses of a training distribution by the signs e_1 = z_1 x_1 of long and eps = chi x_1 of short responses; they sum to 1. */
export interface SignMasses {
  readonly longPlus: number;
  readonly longMinus: number;
  readonly shortPlus: number;
  readonly shortMinus: number;
  /** P(e_l = z_l z_{l-1} x_l = +1 | long) for l >= 2, independently; 1 for valid chains. */
  readonly stepPlus: number;
}

/** The distribution with these masses: short answers are chi, and x is uniform given the signs. */
export function signDistribution(d: number, masses: SignMasses): ResponseDistribution {
  const contexts: Int8Array[] = [];
  const probabilities: number[] = [];
  const add = (x: Int8Array, tokens: readonly number[], probability: number): void => {
    if (probability === 0) return;
    contexts.push(Int8Array.from([...x, ...tokens]));
    probabilities.push(probability / 2 ** d);
  };
  const inputs = allInputs(d);
  for (const x of inputs) {
    const answer = parity(x);
    // Given eps, x is uniform over half of the inputs.
    add(x, [answer], 2 * (answer === x[0] ? masses.shortPlus : masses.shortMinus));
    for (const signs of inputs) {
      const tokens: number[] = [];
      for (let i = 0; i < d; i++) tokens.push((tokens[i - 1] ?? 1) * x[i]! * signs[i]!);
      const steps = signs.slice(1).reduce((product, e) => product * (e > 0 ? masses.stepPlus : 1 - masses.stepPlus), 1);
      add(x, tokens, steps * (signs[0]! > 0 ? masses.longPlus : masses.longMinus));
    }
  }
  return { d, contexts, probabilities };
}
