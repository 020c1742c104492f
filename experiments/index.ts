import type { IllustratedExperiment } from '../src/index.js';
import { algorithms } from './algorithms.js';
import { lengthGrowth } from './length-growth.js';
import { sampleComplexity } from './sample-complexity.js';
import { temperature } from './temperature.js';

/** Each is given settings that its own schema has read. */
const listed = <S extends object>(experiment: IllustratedExperiment<S>): IllustratedExperiment =>
  experiment as unknown as IllustratedExperiment;

/** All experiments, in the order in which they are listed. */
export const EXPERIMENTS: readonly IllustratedExperiment[] = [
  listed(lengthGrowth),
  listed(sampleComplexity),
  listed(temperature),
  listed(algorithms),
];
