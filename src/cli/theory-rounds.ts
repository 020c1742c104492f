import {
  type EnumeratedRound,
  enumerateGreedyThreshold,
  enumerateRounds,
  sharesOf,
  supportWeights,
} from '../chain/index.js';
import type { Watch } from '../progress/index.js';
import {
  demonstrationState,
  greedyThreshold,
  type NoiseOptions,
  probabilitiesOf,
  type TheoryRound,
  theoryRounds,
} from '../theory/index.js';
import type { TypedProbability } from './options.js';

export interface TheoryQuestion {
  readonly d: number;
  readonly p: TypedProbability;
  readonly stepNoise: TypedProbability;
  readonly answerNoise: TypedProbability;
  readonly lambda: number;
  readonly rounds: number;
  readonly reward: 'cot' | 'e2e';
  /** Of sampling. */
  readonly temperature: number;
  readonly freeConstant: boolean;
  readonly jointLoss: boolean;
}

/** One round as printed, whichever route computed it. */
export interface PrintedRound {
  readonly round: number;
  readonly q: number;
  readonly rho: number | null;
  /** P(e_2 = +1 | long), r_e2e only. */
  readonly alpha?: number | null;
  /** P(e_1 = +1 | long), r_e2e only. */
  readonly firstStep?: number | null;
  readonly c1: number;
  readonly bias: number;
  readonly weight: number;
  readonly c: number;
  readonly pLong: number;
  readonly accuracyCot: number;
  readonly accuracyE2e: number;
  readonly accepted: number;
  readonly greedy: { readonly longFraction: number; readonly correctFraction: number; readonly tie: boolean };
}

export interface TheoryAnswer {
  readonly greedyThreshold: number | null;
  readonly rounds: readonly PrintedRound[];
}

/** The noise of the demonstrations as the closed forms take it. */
export function exactNoise({ stepNoise, answerNoise }: TheoryQuestion): NoiseOptions {
  return { stepNoise: stepNoise.exact, answerNoise: answerNoise.exact };
}

/** The demonstrations as the enumeration takes them. */
export function demonstrationsOf({ p, stepNoise, answerNoise }: TheoryQuestion) {
  return { pCot: p.value, stepNoise: stepNoise.value, answerNoise: answerNoise.value };
}

/** By the closed forms alone: src/theory. */
export function closedAnswer(question: TheoryQuestion): TheoryAnswer {
  const { p, lambda, freeConstant } = question;
  const noise = exactNoise(question);
  const rounds: PrintedRound[] = [];
  for (const round of theoryRounds(demonstrationState(p.exact, noise), question)) {
    rounds.push(closedRound(round, question));
    if (round.round >= question.rounds) break;
  }
  return { greedyThreshold: greedyThreshold({ lambda, freeConstant, ...noise }), rounds };
}

function closedRound(
  { round, state, optimum, behaviour, accepted }: TheoryRound,
  question: TheoryQuestion,
): PrintedRound {
  const { longFraction, rho, alpha, firstStep } = probabilitiesOf(state);
  const { pLong, accuracyCot, accuracyE2e, greedy } = behaviour;
  return {
    round,
    q: longFraction,
    rho,
    ...(question.reward === 'e2e' ? { alpha, firstStep } : {}),
    c1: optimum.c1,
    bias: optimum.bias,
    weight: optimum.weight,
    c: optimum.c,
    pLong,
    accuracyCot,
    accuracyE2e,
    accepted,
    greedy,
  };
}

/** By enumeration alone: src/chain. */
export async function enumeratedAnswer(question: TheoryQuestion, watch: Watch): Promise<TheoryAnswer> {
  const options = { ...question, ...demonstrationsOf(question), ...watch };
  const rounds = await enumerateRounds(options);
  return {
    greedyThreshold: await enumerateGreedyThreshold(question.d, options),
    rounds: rounds.map((round) => enumeratedRound(round, question)),
  };
}

function enumeratedRound(result: EnumeratedRound, question: TheoryQuestion): PrintedRound {
  const { round, distribution, model, sampling, greedy } = result;
  const { longFraction, rho, alpha, firstStep } = sharesOf(distribution);
  const { c1, bias, weight, c } = supportWeights(model);
  const { pLong, accuracyCot, accuracyE2e, accepted } = sampling;
  return {
    round,
    q: longFraction,
    rho,
    ...(question.reward === 'e2e' ? { alpha, firstStep } : {}),
    c1,
    bias,
    weight,
    c: c[0]!,
    pLong,
    accuracyCot,
    accuracyE2e,
    accepted,
    greedy,
  };
}
