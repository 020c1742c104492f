export { anytimeBounds } from './anytime-bounds.js';
export {
  clopperPearson,
  clopperPearsonLower,
  clopperPearsonUpper,
  type ProportionEstimate,
  type ProportionSample,
} from './clopper-pearson.js';
export { DEFAULT_FALSE_ALARM, ErrorBudget, type ErrorBudgetOptions } from './error-budget.js';
export { type Alternative, logEvidence, type NullHypothesis } from './log-evidence.js';
export { meanHalfWidth } from './mean-bounds.js';
export { type DecisionDesign, OperatingCharacteristic } from './operating-characteristic.js';
export { quantileBounds } from './quantile-bounds.js';
export { SequentialTest, type SequentialTestOptions } from './sequential-test.js';
export { type ThresholdAnswer, ThresholdDecision } from './threshold-decision.js';
