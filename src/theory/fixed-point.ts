import { sigmoid } from '../numerics/index.js';
import { splitLogValue } from './split-log.js';
import { type StarOptions, type TheoryRound, theoryRounds } from './star.js';
import type { TrainingState } from './state.js';

/** Where repeated rounds of STaR settle. */
export interface FixedPoint {
  readonly round: TheoryRound;
  /** Rounds iterated until no log-odds moved by more than the tolerance. */
  readonly rounds: number;
}

/** Log-odds that move less than this (nats, relative to 1 + their size) in a round count as settled. */
const SETTLED = 1e-13;

/**
 * Iterates the exact map until it settles. Uniqueness and global convergence are open; this is the limit of one orbit.
 *
 * Source: Lemmas 5 and 6.
 * @param limit rounds before giving up
 * @returns null if the orbit has not settled by then (it creeps near K = 1/2 and at the e2e transition)
 */
export function fixedPoint(initial: TrainingState, options: StarOptions, limit = 200_000): FixedPoint | null {
  let previous: TrainingState | null = null;
  for (const round of theoryRounds(initial, options)) {
    if (previous && settled(previous, round.state)) return { round, rounds: round.round };
    if (round.round >= limit) return null;
    previous = round.state;
  }
  return null;
}

function settled(a: TrainingState, b: TrainingState): boolean {
  const logits = ({ logitPlus, logitLongMinus, logitStep, longPlus }: TrainingState) => [
    logitPlus,
    splitLogValue(longPlus),
    logitLongMinus,
    logitStep,
  ];
  const [before, after] = [logits(a), logits(b)];
  return before.every((x, i) => x === after[i] || Math.abs(x - after[i]!) <= SETTLED * (1 + Math.abs(x)));
}

/**
 * alpha below which a settled state of STaR with r_e2e counts as noise. Noise, alpha = 1/2, attracts; the other settled
 * states keep a distance from it (alpha = .878 at d = 3, lambda = .08), so any small margin tells them apart.
 *
 * Source: Lemma 6.
 */
export const COLLAPSE_ALPHA = 0.501;

/** Whether a settled state is noise: the steps of its long responses are right with probability 1/2. */
export function isCollapsed(state: TrainingState): boolean {
  return sigmoid(state.logitStep) < COLLAPSE_ALPHA;
}
