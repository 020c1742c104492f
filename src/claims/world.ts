import {
  type EnumeratedAscentOptions,
  type EnumeratedAscentPoint,
  type EnumeratedRound,
  type EnumerationOptions,
  enumerateAscent,
  enumerateRounds,
  type FeatureMap,
  features,
  type Rewards,
} from '../chain/index.js';
import type { Row } from '../runs/index.js';
import type { Obligation } from '../smt/index.js';
import { rewardCot, rewardE2e } from '../task/index.js';
import * as theory from '../theory/index.js';
import { type Average, type Kernels, type LearnerFactory, loops, SgdLearner } from '../training/index.js';

/** The choices of the model and the loss that a run of the claims is made under. */
export interface Choices {
  readonly freeConstant: boolean;
  readonly jointLoss: boolean;
  readonly average: Average;
}

/** Hypotheses of the claims; a falsifier drops one to see that the claim needs it. */
export interface Hypotheses {
  /** The smallest d that evidence looks at. */
  readonly smallestD: number;
  /** Which side of 1/2 the chain probability K lies on. */
  readonly chainProbability: 'above half' | 'below half';
  /** Whether p <= 1/3 where a claim says so. */
  readonly pAtMostThird: boolean;
  /** Whether weights lie on the sparse support where a claim says so. */
  readonly sparseWeights: boolean;
  /** Whether baselines are functions of the input alone where a claim says so. */
  readonly baselineOfInput: boolean;
  /** Whether the samples suffice where a claim says so. */
  readonly enoughSamples: boolean;
  /** Whether long demonstrations are too rare for the samples where a claim says so. */
  readonly rareDemonstrations: boolean;
  /** The choices that the claims about variants are made under, whatever the run's own. */
  readonly freeConstant: boolean;
  readonly jointLoss: boolean;
  /** d = 2 in the claim about it. */
  readonly twoBits: boolean;
}

/** The closed forms that evidence may use. */
export type Theory = Pick<
  typeof theory,
  | 'acceptedState'
  | 'behaviour'
  | 'calibrationBounds'
  | 'calibrationGap'
  | 'demonstrationState'
  | 'finiteGroupObjective'
  | 'greedyThreshold'
  | 'groupObjective'
  | 'limitLongFraction'
  | 'limitRounds'
  | 'optimum'
  | 'policyGradient'
  | 'reinforceStepBounds'
  | 'reinforceTimeBounds'
  | 'ridgeLogitCertified'
  | 'rewardObjective'
  | 'roundsBound'
  | 'sequenceFlow'
  | 'signSampleBound'
  | 'squaredDistanceBound'
  | 'starFate'
>;

/**
 * The implementations that evidence runs against. A falsifier replaces one of them by a falsehood; the claim must then be
 * refuted.
 */
export interface World {
  readonly features: FeatureMap;
  readonly rewards: Rewards;
  readonly theory: Theory;
  /** SGD of one predictor, where it is compared with its definition. */
  readonly learner: LearnerFactory;
  /** What trains and decodes on finite samples. */
  readonly kernels: Kernels;
  readonly choices: Choices;
  readonly hypotheses: Hypotheses;
  /** What a run of an experiment recorded. */
  readonly observed: (experiment: string, rows: readonly Row[]) => readonly Row[];
  /** What a solver is asked to prove. */
  readonly obligation: (obligation: Obligation) => Obligation;
}

/**
 * The implementations themselves, under given choices.
 *
 * @param kernels of an engine; the float64 loops by default
 */
export function actualWorld(choices: Choices, kernels: Kernels = loops()): World {
  return {
    features,
    rewards: { cot: rewardCot, e2e: rewardE2e },
    theory,
    learner: (options) => new SgdLearner(options),
    kernels,
    choices,
    hypotheses: {
      smallestD: 3,
      chainProbability: 'above half',
      pAtMostThird: true,
      sparseWeights: true,
      baselineOfInput: true,
      enoughSamples: true,
      rareDemonstrations: true,
      freeConstant: true,
      jointLoss: true,
      twoBits: true,
    },
    observed: (_, rows) => rows,
    obligation: (obligation) => obligation,
  };
}

/** Exact gradient ascent by enumeration in a world. */
export function enumerateAscentIn(
  world: World,
  options: Omit<EnumeratedAscentOptions, 'features' | 'rewards'>,
): Promise<EnumeratedAscentPoint[]> {
  const { features, rewards, choices } = world;
  return enumerateAscent({ ...choices, ...options, features, rewards });
}

/** Exact rounds by enumeration in a world. */
export function enumerateIn(
  world: World,
  options: Omit<EnumerationOptions, 'features' | 'rewards'>,
): Promise<EnumeratedRound[]> {
  const { features, rewards, choices } = world;
  return enumerateRounds({ ...choices, ...options, features, rewards });
}
