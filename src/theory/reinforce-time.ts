import { sigmoid } from '../numerics/index.js';
import { chainProbability, logChainProbability, requireTheoryD } from './behaviour.js';
import type { Optimum } from './optimum.js';

/** Where the flow of REINFORCE with r_cot starts: all steps of the chain have the same weight c, and keep that. */
export type FlowStart = Pick<Optimum, 'c1' | 'sPlus' | 'sMinus' | 'c'>;

/** Bounds on a time of the flow, in units of learning rate times steps. */
export interface TimeBounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Proven bounds on the time at which greedy decoding turns long under the expected gradient flow of REINFORCE with r_cot:
 * T0 = 2 sinh|s_0| + 2|s_0|, and T0 / ((2 K_0 - 1) sigma(c_1(0))).
 *
 * Source: Lemma 7 (time).
 * @returns null unless s_0 <= 0, c_1(0) > 0 and K_0 > 1/2
 */
export function reinforceTimeBounds(start: FlowStart, d: number): TimeBounds | null {
  requireTheoryD(d);
  const gain = Math.expm1(Math.LN2 + logChainProbability(start.c, d)) * sigmoid(start.c1);
  if (start.sPlus > 0 || !(start.c1 > 0) || !(gain > 0)) return null;
  const size = Math.abs(start.sPlus);
  const lower = 2 * Math.sinh(size) + 2 * size;
  return { lower, upper: lower / gain };
}

/**
 * The steps of plain gradient ascent after which greedy decoding is long, from the bounds on the flow: at least
 * lower / eta, at most upper e^(eta / 4) / eta + 1. Source: Lemma 7 (time of the ascent).
 *
 * @param learningRate eta > 0
 */
export function reinforceStepBounds({ lower, upper }: TimeBounds, learningRate: number): TimeBounds {
  return {
    lower: Math.ceil(lower / learningRate),
    upper: Math.floor((upper * Math.exp(learningRate / 4)) / learningRate) + 1,
  };
}

/** Steps of the integrator for each unit of s: to 1e-11 of the time, or 1e-8 where K_0 is within .02 of 1/2 (see its test). */
const STEPS_PER_UNIT = 400;

/**
 * The time at which greedy decoding turns long: the flow of (c_1, t, c, time) by s, from s_0 to 0, by the classical
 * Runge-Kutta rule. By s the flow is smooth, and it ends at 0 exactly.
 *
 * Source: Lemma 7.
 * @param stepsPerUnit of the integrator, for each unit of s
 * @returns null where {@link reinforceTimeBounds} does
 */
export function reinforceTime(start: FlowStart, d: number, stepsPerUnit = STEPS_PER_UNIT): number | null {
  if (!reinforceTimeBounds(start, d)) return null;
  const count = Math.ceil(-start.sPlus * stepsPerUnit);
  let state: FlowState = [start.c1, start.sMinus, start.c, 0];
  for (let i = 0; i < count; i++) {
    const s = start.sPlus * (1 - i / count);
    state = rungeKuttaStep(s, state, -start.sPlus / count, d);
  }
  return state[3];
}

/** c_1, t, c, time. */
type FlowState = readonly [number, number, number, number];

/** Derivatives by s: those by time, over that of s. */
function flowByS(s: number, [c1, t, c]: FlowState, d: number): FlowState {
  const [plus, minus] = [sigmoid(c1), sigmoid(-c1)];
  const K = chainProbability(c, d);
  const speed = plus * sigmoid(s) * sigmoid(-s) * (2 * K - 1);
  return [
    (plus * minus * (sigmoid(s) * (K - 0.5) + sigmoid(t) / 2)) / speed,
    (-minus * sigmoid(t) * sigmoid(-t)) / speed,
    (plus * sigmoid(s) * K * sigmoid(-c)) / speed,
    1 / speed,
  ];
}

function rungeKuttaStep(s: number, state: FlowState, h: number, d: number): FlowState {
  const moved = (slope: FlowState, by: number) => state.map((x, i) => x + by * slope[i]!) as unknown as FlowState;
  const k1 = flowByS(s, state, d);
  const k2 = flowByS(s + h / 2, moved(k1, h / 2), d);
  const k3 = flowByS(s + h / 2, moved(k2, h / 2), d);
  const k4 = flowByS(s + h, moved(k3, h), d);
  return moved(k1.map((k, i) => (k + 2 * k2[i]! + 2 * k3[i]! + k4[i]!) / 6) as unknown as FlowState, h);
}
