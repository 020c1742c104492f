import type { IllustratedExperiment } from '../src/index.js';

/** The experiments that `lengthwise run` and `lengthwise plot` know. */
export const EXPERIMENTS: readonly IllustratedExperiment[] = [];
