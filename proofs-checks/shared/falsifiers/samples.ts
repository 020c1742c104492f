/** Falsehoods about the number of samples. */
import { demonstrationState } from '../../../src/index.js';
import { withTheory } from './planting.js';

export const boundExponential = withTheory(
  'bound-exponential',
  'the bound on samples doubles with every bit',
  (theory) => ({
    signSampleBound: (model, predictors, options) =>
      2 ** options.d * theory.signSampleBound(model, predictors, options),
  }),
);

export const boundWithoutBits = withTheory(
  'bound-without-bits',
  'as many samples suffice for any d as for d = 3',
  (theory) => ({
    signSampleBound: (model, predictors, options) => theory.signSampleBound(model, predictors, { ...options, d: 3 }),
  }),
);

export const boundWithoutRarity = withTheory(
  'bound-without-rarity',
  'rare long demonstrations cost no samples',
  (theory) => ({
    signSampleBound: (_, predictors, options) => {
      const model = theory.optimum(demonstrationState(0.5), { lambda: options.lambda });
      return theory.signSampleBound(model, predictors, { ...options, longFraction: 1 });
    },
  }),
);

export const boundFallsWithRarity = withTheory(
  'bound-falls-with-rarity',
  'the rarer long demonstrations are, the fewer samples suffice',
  (theory) => ({
    signSampleBound: (_, predictors, options) => {
      const model = theory.optimum(demonstrationState(0.5), { lambda: options.lambda });
      return options.longFraction * theory.signSampleBound(model, predictors, { ...options, longFraction: 1 });
    },
  }),
);

export const boundInSquaredSamples = withTheory(
  'bound-in-squared-samples',
  'the squared distance from the optimum falls as 1 / T^2',
  (theory) => ({
    squaredDistanceBound: (norm, lambda, samples) => theory.squaredDistanceBound(norm, lambda, samples) / samples,
  }),
);
