export type { Interval } from './interval/index.js';
export * as intervals from './interval/index.js';
export { logit, logSigmoid, logSumExp, sigmoid, softplus } from './logistic.js';
