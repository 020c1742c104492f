/** Falsehoods about the optimum of one round: its logits, its threshold, its calibration. */
import {
  type CalibrationBounds,
  logitLongPlus,
  type Optimum,
  ridgeLogit,
  sigmoid,
  splitLog,
} from '../../../src/index.js';
import { withTheory } from './planting.js';

export const thresholdAt35 = withTheory('threshold-.35', 'the greedy threshold is .35', () => ({
  greedyThreshold: () => 0.35,
}));

export const thresholdAtThird = withTheory(
  'threshold-1/3',
  'the free constant leaves the greedy threshold at 1/3',
  () => ({ greedyThreshold: () => 1 / 3 }),
);

export const stopPenaltyDoubled = withTheory(
  'stop-penalty-doubled',
  'the stop predictor pays lambda / m instead of lambda / (2m)',
  (theory) => ({
    optimum: (state, loss) => {
      const found = theory.optimum(state, loss);
      const sPlus = ridgeLogit(logitLongPlus(state), loss.lambda / sigmoid(state.logitPlus));
      return withStopLogits(found, sPlus, found.sMinus);
    },
  }),
);

export const stopPenaltyTenfold = withTheory(
  'stop-penalty-tenfold',
  'the stop predictor pays ten times its penalty',
  (theory) => ({
    optimum: (state, loss) => theory.optimum(state, { ...loss, lambda: Math.min(1e6, 10 * loss.lambda) }),
  }),
);

function withStopLogits(model: Optimum, sPlus: number, sMinus: number): Optimum {
  const sPlusSplit = splitLog(sPlus);
  return { ...model, sPlus, sPlusSplit, sMinus, bias: (sPlus + sMinus) / 2, weight: (sPlus - sMinus) / 2 };
}

export const sPlusHalved = withTheory('s-halved', 'the stop logit s is half of what it is', (theory) => ({
  optimum: (state, loss) => {
    const found = theory.optimum(state, loss);
    return withStopLogits(found, found.sPlus / 2, found.sMinus);
  },
}));

export const identityWithoutFirstToken = withTheory(
  'identity-without-first-token',
  'P(long) - q = -lambda b, whatever the first token does',
  (theory) => ({ calibrationGap: (state, loss) => -loss.lambda * theory.optimum(state, loss).bias }),
);

export const gapLinearInLambda = withTheory(
  'gap-linear-in-lambda',
  'the calibration error is at most 2 lambda',
  () => ({
    calibrationBounds: (_, lambda): CalibrationBounds => ({
      lower: -2 * lambda,
      upper: 2 * lambda,
      uniform: 2 * lambda,
    }),
  }),
);

export const rootToSixDigits = withTheory('root-to-six-digits', 'roots are found to six digits only', (theory) => ({
  ridgeLogitCertified: (mu, kappa) => {
    const { root } = theory.ridgeLogitCertified(mu, kappa);
    const rounded = Number(root.toPrecision(6));
    return { root: rounded, low: rounded, high: rounded };
  },
}));
