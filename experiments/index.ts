import type { IllustratedExperiment, Size } from '../src/index.js';
import { algorithms } from './algorithms.js';
import { calibration } from './calibration.js';
import { dichotomy } from './dichotomy.js';
import { lengthGrowth } from './length-growth.js';
import { noise } from './noise.js';
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
  noise,
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

/** A run whose description, rows and times are kept in `results`. */
export interface StoredResult {
  readonly experiment: IllustratedExperiment;
  readonly size: Size;
  /** In `results`. */
  readonly folder: string;
}

const stored = (experiment: IllustratedExperiment, size: Size): StoredResult => {
  const { name } = experiment;
  return { experiment, size, folder: size === 'default' ? name : `${name}-${size}` };
};

/** Every stored run: one of each experiment, and that of the model as large as in the paper. */
export const STORED: readonly StoredResult[] = EXPERIMENTS.flatMap((experiment) => [
  stored(experiment, 'default'),
  ...(experiment.name === transformerParity.name ? [stored(experiment, 'full')] : []),
]);
