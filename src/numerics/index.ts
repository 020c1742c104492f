export type { Interval } from './interval/index.js';
export * as intervals from './interval/index.js';
export { logit, logSigmoid, sigmoid, softplus } from './logistic.js';
