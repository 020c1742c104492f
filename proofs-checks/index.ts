/** Is the paper right? Every claim, in the order in which a reader of the paper meets it. */
import type { Claim } from '../src/index.js';
import {
  lengthGrowsEveryRound,
  lengthGrowsWithoutBaseline,
  roundsFormulaAtEveryLambda,
  temperatureNeverMatters,
  thresholdForEveryRegulariser,
} from './counter.js';
import { empirical } from './empirical.js';
import { calibrationBoundsClaim } from './lemma.calibration-bounds.js';
import { calibrationIdentity } from './lemma.calibration-identity.js';
import { e2eCollapse } from './lemma.e2e-collapse.js';
import { grpoObjective } from './lemma.grpo-objective.js';
import { grpoSupport } from './lemma.grpo-support.js';
import { reinforceBaselines } from './lemma.reinforce-baselines.js';
import { reinforceInvariance } from './lemma.reinforce-invariance.js';
import { reinforceKHalf } from './lemma.reinforce-k-half.js';
import { reinforceTimeClaim } from './lemma.reinforce-time.js';
import { scalars } from './lemma.scalars.js';
import { starCotMap } from './lemma.star-cot-map.js';
import { starDichotomy } from './lemma.star-dichotomy.js';
import { starE2eMap } from './lemma.star-e2e-map.js';
import { support } from './lemma.support.js';
import { longBeatsShort } from './mechanism.long-beats-short.js';
import { answerNoise } from './noise.answer-noise.js';
import { noiseThreshold } from './noise.greedy-threshold.js';
import { noiseOptimum } from './noise.optimum.js';
import { noiseSgd } from './noise.sgd.js';
import { noiseStarMap } from './noise.star-map.js';
import { notChecked } from './not-checked.js';
import { allAlgorithms } from './post-training.all-algorithms.js';
import { lengthGrowth as lengthGrowthUnderEachLoss } from './post-training.length-growth-is-not-an-artifact.js';
import { temperatureClaim } from './post-training.temperature.js';
import { tooEarly } from './post-training.too-early.js';
import { greedyThresholdClaim } from './theorem-1.greedy-threshold.js';
import { lengthCalibration } from './theorem-1.length-calibration.js';
import { sgd } from './theorem-1.sgd.js';
import { lengthGrowth } from './theorem-2.length-growth.js';
import { oddsDoubling } from './theorem-2.odds-doubling.js';
import { perfectAccuracy } from './theorem-2.perfect-accuracy.js';
import { polynomialSamples } from './theorem-2.polynomial-samples.js';
import { rarityNeeded } from './theorem-2.rarity-needed.js';
import { rounds } from './theorem-2.rounds.js';
import { twoBits } from './variant.d-2.js';
import { freeConstantVariant } from './variant.free-constant.js';
import { jointLossVariant } from './variant.joint-loss.js';

export const claims: readonly Claim[] = [
  lengthCalibration,
  greedyThresholdClaim,
  sgd,
  oddsDoubling,
  rounds,
  lengthGrowth,
  perfectAccuracy,
  polynomialSamples,
  rarityNeeded,
  longBeatsShort,
  allAlgorithms,
  temperatureClaim,
  lengthGrowthUnderEachLoss,
  tooEarly,
  support,
  scalars,
  calibrationIdentity,
  calibrationBoundsClaim,
  starCotMap,
  starDichotomy,
  starE2eMap,
  e2eCollapse,
  reinforceInvariance,
  reinforceBaselines,
  reinforceKHalf,
  reinforceTimeClaim,
  grpoSupport,
  grpoObjective,
  freeConstantVariant,
  jointLossVariant,
  twoBits,
  noiseOptimum,
  noiseThreshold,
  answerNoise,
  noiseStarMap,
  noiseSgd,
  ...empirical,
  lengthGrowsEveryRound,
  roundsFormulaAtEveryLambda,
  thresholdForEveryRegulariser,
  temperatureNeverMatters,
  lengthGrowsWithoutBaseline,
  ...notChecked,
];
