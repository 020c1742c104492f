export {
  type DemonstrationNoise,
  type DemonstrationOptions,
  Demonstrations,
  isNoisy,
  requireNoise,
} from './demonstrations.js';
export { chainLength, noisyChain, parity, partialChain, prefixProducts, type Sign, stepSigns } from './parity.js';
export {
  demonstration,
  formatResponse,
  type ParsedResponse,
  parseResponse,
  type Response,
  type Reward,
  type RewardName,
  rewardCot,
  rewardE2e,
  rewardNamed,
} from './responses.js';
