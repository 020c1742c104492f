import { sigmoid } from '../numerics/index.js';
import { logChainProbability, requireTheoryD } from './behaviour.js';
import type { Optimum } from './optimum.js';
import { decreasingRoot } from './root.js';

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

/** Steps of the integrator for each unit of its variable: to 1e-10 of the time at every start with K_0 > 1/2 (see its test). */
const STEPS_PER_UNIT = 400;

/**
 * The time at which greedy decoding turns long: the flow of (c_1, s, t, c, time) by the classical Runge-Kutta rule, its last
 * step as long as takes s to 0. The variable is s + sqrt(d - 1) c - t, which grows by each of its parts; by s alone the flow
 * would be singular at K = 1/2, where s stands still and c does not.
 *
 * Source: Lemma 7.
 * @param stepsPerUnit of the integrator, for each unit of its variable
 * @returns null where {@link reinforceTimeBounds} does
 */
export function reinforceTime(start: FlowStart, d: number, stepsPerUnit = STEPS_PER_UNIT): number | null {
  if (!reinforceTimeBounds(start, d)) return null;
  let state: FlowState = [start.c1, start.sPlus, start.sMinus, start.c, 0];
  for (;;) {
    const next = rungeKuttaStep(state, 1 / stepsPerUnit, d);
    if (!(next[S] < 0)) break;
    state = next;
  }
  const { root } = decreasingRoot((length) => -rungeKuttaStep(state, length, d)[S], 0, 1 / stepsPerUnit);
  return rungeKuttaStep(state, root, d)[TIME];
}

/** c_1, s, t, c, time. */
type FlowState = readonly [number, number, number, number, number];
const [S, TIME] = [1, 4] as const;

/** Derivatives by the variable: those by time, over its own, all without the factor sigma(c_1) sigma(s). */
function flowOf([c1, s, t, c]: FlowState, d: number): FlowState {
  const logK = logChainProbability(c, d);
  const gain = Math.expm1(Math.LN2 + logK);
  const [minus, ratio] = [sigmoid(-c1), sigmoid(t) / sigmoid(s)];
  const ofC1 = (minus * (gain + ratio)) / 2;
  const ofS = sigmoid(-s) * gain;
  const ofT = (-minus * ratio * sigmoid(-t)) / sigmoid(c1);
  const ofC = Math.exp(logK) * sigmoid(-c);
  const speed = ofS - ofT + Math.sqrt(d - 1) * ofC;
  const ofTime = 1 / (sigmoid(c1) * sigmoid(s));
  return [ofC1 / speed, ofS / speed, ofT / speed, ofC / speed, ofTime / speed];
}

function rungeKuttaStep(state: FlowState, h: number, d: number): FlowState {
  const moved = (slope: FlowState, by: number) => state.map((x, i) => x + by * slope[i]!) as unknown as FlowState;
  const k1 = flowOf(state, d);
  const k2 = flowOf(moved(k1, h / 2), d);
  const k3 = flowOf(moved(k2, h / 2), d);
  const k4 = flowOf(moved(k3, h), d);
  return moved(k1.map((k, i) => (k + 2 * k2[i]! + 2 * k3[i]! + k4[i]!) / 6) as unknown as FlowState, h);
}
