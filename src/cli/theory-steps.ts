import {
  type Baseline,
  type EnumeratedAscentPoint,
  enumerateAscent,
  type PolicyAlgorithm,
  supportWeights,
} from '../chain/index.js';
import { Pacer, type Watch } from '../progress/index.js';
import {
  type AscentPoint,
  AT,
  demonstrationState,
  groupObjective,
  optimum,
  policyAscent,
  policyWeights,
  rewardObjective,
} from '../theory/index.js';
import { demonstrationsOf, exactNoise, type TheoryQuestion } from './theory-rounds.js';

/** Gradient ascent from the optimum of next-token prediction. */
export interface AscentQuestion {
  readonly algorithm: PolicyAlgorithm;
  readonly baseline: Baseline;
  readonly steps: number;
  readonly learningRate: number;
}

/** One step as printed, whichever route computed it. */
export interface PrintedStep {
  readonly step: number;
  /** E[r], or E_x[2 arcsin sqrt(mu(x))] for GRPO. */
  readonly objective: number;
  readonly pLong: number;
  readonly accuracyCot: number;
  readonly accuracyE2e: number;
  readonly c1: number;
  readonly bias: number;
  readonly weight: number;
  /** c_2..c_d. */
  readonly c: readonly number[];
  readonly greedy: { readonly longFraction: number; readonly correctFraction: number; readonly tie: boolean };
}

/** By the closed forms alone: src/theory. The baseline changes no expectation, so they do not know it. */
export async function closedSteps(
  question: TheoryQuestion,
  { algorithm, steps, learningRate }: AscentQuestion,
  watch: Watch,
): Promise<PrintedStep[]> {
  const { d, p, reward, temperature, ...loss } = question;
  const pacer = new Pacer(watch);
  const objective = algorithm === 'grpo' ? groupObjective : rewardObjective;
  const start = policyWeights(optimum(demonstrationState(p.exact, exactNoise(question)), loss), d);
  const printed: PrintedStep[] = [];
  for (const point of policyAscent(start, { reward, temperature, objective, learningRate })) {
    await pacer.checkpoint(point.step / (steps + 1));
    printed.push(closedStep(point));
    if (point.step === steps) break;
  }
  return printed;
}

function closedStep({ step, weights, objective, behaviour }: AscentPoint): PrintedStep {
  const { pLong, accuracyCot, accuracyE2e, greedy } = behaviour;
  const [s, t] = [weights[AT.s]!, weights[AT.t]!];
  const stop = { bias: (s + t) / 2, weight: (s - t) / 2 };
  const c = [...weights.subarray(AT.c)];
  return { step, objective, pLong, accuracyCot, accuracyE2e, c1: weights[AT.c1]!, ...stop, c, greedy };
}

/** By enumeration alone: src/chain. */
export async function enumeratedSteps(
  question: TheoryQuestion,
  ascent: AscentQuestion,
  watch: Watch,
): Promise<PrintedStep[]> {
  const points = await enumerateAscent({ ...question, ...ascent, ...demonstrationsOf(question), ...watch });
  return points.map(enumeratedStep);
}

function enumeratedStep({ step, model, objective, sampling, greedy }: EnumeratedAscentPoint): PrintedStep {
  const { pLong, accuracyCot, accuracyE2e } = sampling;
  const { c1, bias, weight, c } = supportWeights(model);
  return { step, objective, pLong, accuracyCot, accuracyE2e, c1, bias, weight, c, greedy };
}
