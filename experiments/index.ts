/** All experiments, in the order in which they are listed. */
import type { IllustratedExperiment } from '../src/index.js';
import { lengthGrowth } from './length-growth.js';
import { sampleComplexity } from './sample-complexity.js';
import { temperature } from './temperature.js';

/** Each speaks of settings of its own, which its schema has read. */
const listed = <S extends object>(experiment: IllustratedExperiment<S>): IllustratedExperiment =>
  experiment as unknown as IllustratedExperiment;

export const EXPERIMENTS: readonly IllustratedExperiment[] = [
  listed(lengthGrowth),
  listed(sampleComplexity),
  listed(temperature),
];
