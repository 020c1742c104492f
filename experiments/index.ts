import type { IllustratedExperiment } from '../src/index.js';

/** All experiments. */
export const EXPERIMENTS: readonly IllustratedExperiment[] = [];
