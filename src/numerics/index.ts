export { logit, logSigmoid, sigmoid, softplus } from './logistic.js';
