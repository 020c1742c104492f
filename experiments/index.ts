import type { IllustratedExperiment } from '../src/index.js';
import { threshold } from './threshold.js';

/** Every experiment, in the order of the paper. */
export const EXPERIMENTS: readonly IllustratedExperiment[] = [threshold];
