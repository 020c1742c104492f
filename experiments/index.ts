import type { IllustratedExperiment } from '../src/index.js';
import { algorithms } from './algorithms.js';
import { calibration } from './calibration.js';
import { dichotomy } from './dichotomy.js';
import { lengthGrowth } from './length-growth.js';
import { rounds } from './rounds.js';
import { sampleComplexity } from './sample-complexity.js';
import { temperature } from './temperature.js';
import { threshold } from './threshold.js';
import { transformerAlgorithms } from './transformer-algorithms.js';
import { transformerCapacity } from './transformer-capacity.js';
import { transformerParity } from './transformer-parity.js';
import { transformerPartialChains } from './transformer-partial-chains.js';
import { transformerSmallP } from './transformer-small-p.js';
import { transformerStarMap } from './transformer-star-map.js';
import { transformerTemperature } from './transformer-temperature.js';
import { transformerThreshold } from './transformer-threshold.js';
import { transformerTiming } from './transformer-timing.js';

/** Every experiment, in the order of the paper. */
export const EXPERIMENTS: readonly IllustratedExperiment[] = [
  threshold,
  calibration,
  rounds,
  lengthGrowth,
  dichotomy,
  sampleComplexity,
  temperature,
  algorithms,
  transformerParity,
  transformerThreshold,
  transformerAlgorithms,
  transformerTemperature,
  transformerTiming,
  transformerCapacity,
  transformerPartialChains,
  transformerSmallP,
  transformerStarMap,
];
