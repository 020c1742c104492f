/** Falsehoods about the flow of policy gradient. */
import { AT, type Falsifier } from '../../../src/index.js';
import { withTheory } from './planting.js';

export const stopMovesOnce = withFlow(
  'stop-moves-once',
  "the stop predictor's logits move by one derivative instead of two",
  (flow) => {
    flow[AT.s]! /= 2;
    flow[AT.t]! /= 2;
  },
);

export const lengthGainsAlways = withFlow('length-gains-always', 'longer answers gain whatever K is', (flow) => {
  flow[AT.s] = Math.abs(flow[AT.s]!);
});

export const stopNeverMoves = withFlow(
  'stop-never-moves',
  'policy gradient leaves the stop predictor alone',
  (flow) => {
    flow[AT.s] = 0;
  },
);

export const grpoStaysSparse = withFlow('grpo-stays-sparse', 'GRPO moves the sparse support alone', (flow) => {
  flow.fill(0, AT.x1, AT.c);
});

/** A flow of policy gradient that is changed in place. */
function withFlow(id: string, description: string, change: (flow: Float64Array) => void): Falsifier {
  return withTheory(id, description, (theory) => ({
    policyGradient: (...question) => {
      const found = theory.policyGradient(...question);
      change(found.flow);
      return found;
    },
  }));
}

export const grpoWithoutDeviation = withTheory(
  'grpo-without-deviation',
  'GRPO climbs the expected reward, as if it did not divide by the deviation',
  (theory) => ({ groupObjective: theory.rewardObjective, finiteGroupObjective: () => theory.rewardObjective }),
);

export const populationDeviation = withTheory(
  'population-deviation',
  "the deviation of a group is taken without Bessel's correction",
  (theory) => ({
    finiteGroupObjective: (generations, offset) => {
      const found = theory.finiteGroupObjective(generations, offset);
      const factor = Math.sqrt(generations / (generations - 1));
      return { value: (a, r) => factor * found.value(a, r), slope: (a, r) => factor * found.slope(a, r) };
    },
  }),
);

export const timeBoundsHalved = withTheory('time-bounds-halved', 'greedy turns long in half of the time', (theory) => ({
  reinforceTimeBounds: (start, d) => {
    const bounds = theory.reinforceTimeBounds(start, d);
    return bounds && { lower: bounds.lower / 2, upper: bounds.upper / 2 };
  },
}));

export const timeBoundsDoubled = withTheory('time-bounds-doubled', 'it takes twice the time', (theory) => ({
  reinforceTimeBounds: (start, d) => {
    const bounds = theory.reinforceTimeBounds(start, d);
    return bounds && { lower: 2 * bounds.lower, upper: 2 * bounds.upper };
  },
}));

export const baselineDropsOut = withTheory(
  'baseline-drops-out',
  'divided by its length, too, a response gains the same under every baseline',
  (theory) => ({ sequenceFlow: (weights, options) => theory.sequenceFlow(weights, { ...options, baseline: 'none' }) }),
);
