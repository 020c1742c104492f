import type { IllustratedExperiment } from '../src/index.js';
import { algorithms } from './algorithms.js';
import { calibration } from './calibration.js';
import { dichotomy } from './dichotomy.js';
import { lengthGrowth } from './length-growth.js';
import { rounds } from './rounds.js';
import { sampleComplexity } from './sample-complexity.js';
import { temperature } from './temperature.js';
import { threshold } from './threshold.js';

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
];
