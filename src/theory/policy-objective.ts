/**
 * What policy gradient climbs: E_x of a function of mu(x), the probability that a sample is accepted. Both mu and 1 - mu are
 * given, so that neither is lost to rounding.
 */
export interface PolicyObjective {
  value(accepted: number, rejected: number): number;
  /** The derivative of `value` by mu. */
  slope(accepted: number, rejected: number): number;
}

/** mu: REINFORCE, whatever its baseline. Source: Lemma 7. */
export const rewardObjective: PolicyObjective = { value: (accepted) => accepted, slope: () => 1 };

/**
 * 2 arcsin sqrt(mu): GRPO with infinitely many generations for each prompt. Its advantage (r - mu) / sqrt(mu (1 - mu)) turns
 * the gradient of mu into that of this function; where all rewards agree there is none. Source: Lemma 7.
 */
export const groupObjective: PolicyObjective = {
  value: (accepted, rejected) => 2 * Math.atan2(Math.sqrt(accepted), Math.sqrt(rejected)),
  slope: (accepted, rejected) => {
    const variance = accepted * rejected;
    return variance > 0 ? 1 / Math.sqrt(variance) : 0;
  },
};

/** Above it binomial coefficients leave the range of doubles. */
const MOST_GENERATIONS = 1000;

/**
 * What GRPO climbs in expectation with G generations for each prompt. If k of them are accepted, the standard deviation with
 * Bessel's correction is s_k = sqrt(k (G - k) / (G (G - 1))), and
 *
 *   value(mu) = sum over k = 1..G-1 of P(Bin(G - 1, mu) >= k) / (G (s_k + offset)).
 *
 * Source: Lemma 7 (finite groups).
 * @param generations G, an integer in [2, 1000]
 * @param offset added to the standard deviation; 1e-4 as in TRL
 */
export function finiteGroupObjective(generations: number, offset = 1e-4): PolicyObjective {
  if (!Number.isInteger(generations) || generations < 2 || generations > MOST_GENERATIONS) {
    throw new RangeError(`generations is ${generations}; it must be an integer from 2 to ${MOST_GENERATIONS}`);
  }
  const G = generations;
  const terms = Array.from({ length: G - 1 }, (_, i) => {
    const deviation = Math.sqrt(((i + 1) * (G - i - 1)) / (G * (G - 1)));
    return 1 / (G * (deviation + offset));
  });
  return {
    value(accepted, rejected) {
      const probabilities = binomial(G - 1, accepted, rejected);
      // The terms up to k, for the probability of exactly k successes.
      let [sum, upTo] = [0, 0];
      for (const [i, term] of terms.entries()) {
        upTo += term;
        sum += upTo * probabilities[i + 1]!;
      }
      return sum;
    },
    // d/dmu P(Bin(n, mu) >= k) = n P(Bin(n - 1, mu) = k - 1).
    slope(accepted, rejected) {
      const probabilities = binomial(G - 2, accepted, rejected);
      return (G - 1) * terms.reduce((sum, term, i) => sum + term * probabilities[i]!, 0);
    },
  };
}

/** P(Bin(n, mu) = k) for k = 0..n. */
function binomial(n: number, accepted: number, rejected: number): number[] {
  let choose = 1;
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k > 0) choose *= (n - k + 1) / k;
    return choose * accepted ** k * rejected ** (n - k);
  });
}
