export {
  type Audit,
  type AuditOptions,
  auditClaims,
  type FalsifierAudit,
  falseAlarms,
  type SampledAudit,
} from './audit.js';
export {
  type Claim,
  EFFORTS,
  type Effort,
  EVIDENCE_KINDS,
  type Evidence,
  type EvidenceContext,
  type EvidenceKind,
  type Falsifier,
  type Json,
  type Outcome,
  POWER,
  type Sensitivity,
  type Verdict,
} from './claim.js';
export {
  type CaseCheck,
  type CaseEvidenceOptions,
  type Comparison,
  caseEvidence,
  close,
  inside,
  type MeanEstimate,
  type MeanEvidenceOptions,
  meanEvidence,
  type PropertyEvidenceOptions,
  propertyEvidence,
  type SampledEvidenceOptions,
  sampledEvidence,
  truth,
} from './evidence.js';
export { proofEvidence } from './proof-evidence.js';
export {
  asExpected,
  type ClaimResult,
  type EvidenceResult,
  evidenceName,
  evidenceSeed,
  excludedChoice,
  excludedEffort,
  type FalsifierResult,
  type RunOptions,
  runClaims,
} from './runner.js';
export { keyedSeed } from './seeds.js';
export {
  actualWorld,
  type Choices,
  enumerateAscentIn,
  enumerateIn,
  type Hypotheses,
  type Theory,
  type World,
} from './world.js';
