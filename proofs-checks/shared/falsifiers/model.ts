/** Falsehoods about the features and the rewards. */
import { type Falsifier, parity, type Reward } from '../../../src/index.js';
import { planted, withFeatures } from './planting.js';

export const withoutProducts = withFeatures('no-products', 'the features hold no products', (phi, plain, stop) => {
  for (let j = plain; j < phi.length - (stop ? 1 : 0); j++) phi[j] = 0;
});

export const stopIgnoresFirstToken = withFeatures(
  'stop-ignores-first-token',
  'the stop predictor does not see z_1 x_1',
  (phi, plain, stop) => {
    if (stop) phi[plain] = 0;
  },
);

const erasedConstant = withFeatures('stop-without-constant', 'the stop predictor has no constant', (phi, _, stop) => {
  if (stop) phi[phi.length - 1] = 0;
});

// An erased feature needs its penalty, or the loss has no minimiser.
export const stopWithoutConstant: Falsifier = {
  ...erasedConstant,
  plant: (world) => ({ ...erasedConstant.plant(world), choices: { ...world.choices, freeConstant: false } }),
};

const always: Reward = () => true;

export const acceptEverything = planted('accept-everything', 'the reward accepts every response', () => ({
  rewards: { cot: always, e2e: always },
}));

export const rewardPrefersSecondBit = planted(
  'reward-prefers-x2',
  'the reward accepts right responses only where x_2 = +1',
  ({ rewards }) => ({
    rewards: {
      cot: (x, tokens) => x[1] === 1 && rewards.cot(x, tokens),
      e2e: (x, tokens) => x[1] === 1 && rewards.e2e(x, tokens),
    },
  }),
);

export const answerAlone = planted('answer-alone', 'the chain is rewarded for its answer alone', ({ rewards }) => ({
  rewards: { ...rewards, cot: rewards.e2e },
}));

export const wholeChain = planted('whole-chain', 'the answer is rewarded only with a valid chain', ({ rewards }) => ({
  rewards: { ...rewards, e2e: rewards.cot },
}));

export const wrongAnswerRight = planted('wrong-answer-right', 'the reward takes -chi for the answer', () => ({
  rewards: { cot: (x, t) => t.length === 1 && t[0] === -parity(x), e2e: (x, t) => t[t.length - 1] === -parity(x) },
}));
