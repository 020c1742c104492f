/** What is proved by an SMT solver for all parameters, by the claim that it belongs to. */
import { aboveHalf, atHalf, belowHalf, firstTokenStays, roundsBase, roundsEnd, roundsStep } from './dichotomy.js';
import { filterOdds } from './mechanism.js';
import { stopFlow } from './policy-gradient.js';
import { calibrationIdentity, calibrationIdentityFree, greedyThreshold } from './pre-training.js';
import { answerOnceLong, rewardsAgree } from './star-e2e.js';
import { closedFormBase, closedFormStep, lengthGrowth, limitRounds, oddsDoubling } from './star-limit.js';
import { oddsOfRound, stopBetween, stopSign } from './star-round.js';

export const obligations = {
  greedyThreshold: [greedyThreshold],
  oddsDoubling: [oddsDoubling, closedFormBase, closedFormStep],
  lengthGrowth: [lengthGrowth],
  rounds: [limitRounds, stopBetween, aboveHalf, roundsBase, roundsStep, roundsEnd, firstTokenStays],
  calibrationIdentity: [calibrationIdentity, calibrationIdentityFree],
  starCotMap: [stopSign, oddsOfRound, stopBetween],
  starDichotomy: [stopBetween, aboveHalf, belowHalf, atHalf, firstTokenStays],
  starE2eMap: [rewardsAgree, answerOnceLong],
  longBeatsShort: [filterOdds],
  reinforceKHalf: [stopFlow],
} as const;
