/** Planted falsehoods and dropped hypotheses, each a World with one thing changed. */
import {
  AT,
  type CalibrationBounds,
  type ChainNoise,
  demonstrationState,
  exactProbability,
  type Falsifier,
  type FeatureMap,
  type Hypotheses,
  type LearnerFactory,
  logitLongPlus,
  loops,
  type Optimum,
  parity,
  type Reward,
  rational,
  ridgeLogit,
  sigmoid,
  splitLog,
  splitLogPlus,
  type Theory,
  type TrainingState,
  toDouble,
  type World,
} from '../../src/index.js';
import { TextbookSgd } from './textbook-sgd.js';

function planted(id: string, description: string, change: (world: World) => Partial<World>): Falsifier {
  return { id, description, plant: (world) => ({ ...world, ...change(world) }) };
}

function withTheory(id: string, description: string, change: (theory: Theory) => Partial<Theory>): Falsifier {
  return planted(id, description, ({ theory }) => ({ theory: { ...theory, ...change(theory) } }));
}

function dropped(id: string, description: string, change: Partial<Hypotheses>): Falsifier {
  return planted(id, description, ({ hypotheses }) => ({ hypotheses: { ...hypotheses, ...change } }));
}

function withFeatures(
  id: string,
  description: string,
  erase: (phi: Float64Array, plain: number, stop: boolean, d: number) => void,
): Falsifier {
  return planted(id, description, ({ features }) => {
    const falsified: FeatureMap = (predictor, context, d) => {
      const phi = features(predictor, context, d);
      const plain = predictor === 'stop' ? d + 1 : d + predictor - 1;
      erase(phi, plain, predictor === 'stop', d);
      return phi;
    };
    return { features: falsified };
  });
}

// Theory

export const thresholdAt35 = withTheory('threshold-.35', 'the greedy threshold is .35', () => ({
  greedyThreshold: () => 0.35,
}));

export const thresholdAtThird = withTheory(
  'threshold-1/3',
  'the free constant leaves the greedy threshold at 1/3',
  () => ({ greedyThreshold: () => 1 / 3 }),
);

const LOG_3_OVER_2 = Math.log(1.5);

export const oddsTripled = withTheory('odds-tripled', 'a round triples the odds of long', (theory) => ({
  limitLongFraction: (pCot, round) => {
    const p = exactProbability(pCot);
    const tripled = p.mul(rational(3n ** BigInt(round)));
    return tripled.div(tripled.sub(p).add(1));
  },
  limitRounds: (pCot) => {
    const p = toDouble(exactProbability(pCot));
    return Math.max(0, Math.floor(Math.log((1 - p) / (2 * p)) / Math.log(3)) + 1);
  },
  acceptedState: (model, options) => {
    const state = theory.acceptedState(model, options);
    return { ...state, longPlus: splitLogPlus(state.longPlus, 0, LOG_3_OVER_2) };
  },
}));

export const oddsKept = withTheory('odds-kept', 'a round leaves the odds of long as they are', (theory) => ({
  limitLongFraction: (pCot) => theory.limitLongFraction(pCot, 0),
  acceptedState: (model, options) => {
    const state = theory.acceptedState(model, options);
    return { ...state, longPlus: splitLogPlus(state.longPlus, -1, 0) };
  },
}));

export const stopPenaltyDoubled = withTheory(
  'stop-penalty-doubled',
  'the stop predictor pays lambda / m instead of lambda / (2m)',
  (theory) => ({
    optimum: (state, loss) => {
      const found = theory.optimum(state, loss);
      const sPlus = ridgeLogit(logitLongPlus(state), loss.lambda / sigmoid(state.logitPlus));
      return withStopLogits(found, sPlus, found.sMinus);
    },
  }),
);

export const stopPenaltyTenfold = withTheory(
  'stop-penalty-tenfold',
  'the stop predictor pays ten times its penalty',
  (theory) => ({
    optimum: (state, loss) => theory.optimum(state, { ...loss, lambda: Math.min(1e6, 10 * loss.lambda) }),
  }),
);

function withStopLogits(model: Optimum, sPlus: number, sMinus: number): Optimum {
  const sPlusSplit = splitLog(sPlus);
  return { ...model, sPlus, sPlusSplit, sMinus, bias: (sPlus + sMinus) / 2, weight: (sPlus - sMinus) / 2 };
}

export const identityWithoutFirstToken = withTheory(
  'identity-without-first-token',
  'P(long) - q = -lambda b, whatever the first token does',
  (theory) => ({ calibrationGap: (state, loss) => -loss.lambda * theory.optimum(state, loss).bias }),
);

export const gapLinearInLambda = withTheory(
  'gap-linear-in-lambda',
  'the calibration error is at most 2 lambda',
  () => ({
    calibrationBounds: (_, lambda): CalibrationBounds => ({
      lower: -2 * lambda,
      upper: 2 * lambda,
      uniform: 2 * lambda,
    }),
  }),
);

export const chainOfDSteps = withTheory(
  'chain-of-d-steps',
  'the first token, too, is right with probability sigma(c): K = sigma(c)^d',
  (theory) => ({
    acceptedState: (model, options) => theory.acceptedState(model, { ...options, d: options.d + 1 }),
  }),
);

export const noiseNeverLearnt = withTheory(
  'noise-never-learnt',
  'wrong steps that cancel are not trained on: alpha stays 1',
  (theory) => ({
    acceptedState: (model, options): TrainingState => ({
      ...theory.acceptedState(model, options),
      logitStep: Number.POSITIVE_INFINITY,
    }),
  }),
);

export const fateAtOneQuarter = withTheory('fate-at-1/4', 'STaR succeeds iff K > 1/4', (theory) => ({
  // sigma(c)^(d-1) > 1/4 iff sigma(c)^((d-1)/2) > 1/2.
  starFate: (d, lambda) => theory.starFate(Math.max(3, Math.ceil((d - 1) / 2) + 1), lambda),
}));

export const oneRoundFewer = withTheory('one-round-fewer', 'one round fewer suffices', (theory) => ({
  limitRounds: (p, noise) => theory.limitRounds(p, noise) - 1,
  roundsBound: (d, p, lambda, noise) => {
    const bound = theory.roundsBound(d, p, lambda, noise);
    return bound === null ? null : bound - 1;
  },
}));

export const noiseUnseen = withTheory('noise-unseen', 'noisy chains are learnt like valid ones', (theory) => ({
  demonstrationState: (pCot) => theory.demonstrationState(pCot),
}));

export const stepsAsIfValid = withTheory(
  'steps-as-if-valid',
  'later steps are learnt as from valid chains: K takes no notice of the noise',
  (theory) => ({
    optimum: (state, loss) => {
      const { c } = theory.optimum(theory.demonstrationState(0.5), loss);
      return { ...theory.optimum(state, loss), c };
    },
  }),
);

export const noiseKeepsThreshold = withTheory(
  'noise-keeps-threshold',
  'the greedy threshold is that of valid chains',
  (theory) => ({ greedyThreshold: ({ stepNoise: _, ...options }) => theory.greedyThreshold(options) }),
);

export const answerNoiseMovesThreshold = withTheory(
  'answer-noise-moves-threshold',
  'wrong short answers move the greedy threshold as wrong steps do',
  (theory) => ({
    greedyThreshold: ({ answerNoise, ...options }) => theory.greedyThreshold({ ...options, stepNoise: answerNoise }),
  }),
);

export const firstStepForgiven = withTheory(
  'first-step-forgiven',
  'a chain is accepted whatever its first step: (1 - eta)^(d-1)',
  (theory) => {
    const later = (noise: ChainNoise | undefined) => noise && { ...noise, d: noise.d - 1 };
    return {
      limitLongFraction: (pCot, round, noise) => theory.limitLongFraction(pCot, round, later(noise)),
      limitRounds: (pCot, noise) => theory.limitRounds(pCot, later(noise)),
    };
  },
);

export const rootToSixDigits = withTheory('root-to-six-digits', 'roots are found to six digits only', (theory) => ({
  ridgeLogitCertified: (mu, kappa) => {
    const { root } = theory.ridgeLogitCertified(mu, kappa);
    const rounded = Number(root.toPrecision(6));
    return { root: rounded, low: rounded, high: rounded };
  },
}));

export const boundExponential = withTheory(
  'bound-exponential',
  'the bound on samples doubles with every bit',
  (theory) => ({
    signSampleBound: (model, predictors, options) =>
      2 ** options.d * theory.signSampleBound(model, predictors, options),
  }),
);

export const boundWithoutBits = withTheory(
  'bound-without-bits',
  'as many samples suffice for any d as for d = 3',
  (theory) => ({
    signSampleBound: (model, predictors, options) => theory.signSampleBound(model, predictors, { ...options, d: 3 }),
  }),
);

export const boundWithoutRarity = withTheory(
  'bound-without-rarity',
  'rare long demonstrations cost no samples',
  (theory) => ({
    signSampleBound: (_, predictors, options) => {
      const model = theory.optimum(demonstrationState(0.5), { lambda: options.lambda });
      return theory.signSampleBound(model, predictors, { ...options, longFraction: 1 });
    },
  }),
);

export const boundFallsWithRarity = withTheory(
  'bound-falls-with-rarity',
  'the rarer long demonstrations are, the fewer samples suffice',
  (theory) => ({
    signSampleBound: (_, predictors, options) => {
      const model = theory.optimum(demonstrationState(0.5), { lambda: options.lambda });
      return options.longFraction * theory.signSampleBound(model, predictors, { ...options, longFraction: 1 });
    },
  }),
);

export const boundInSquaredSamples = withTheory(
  'bound-in-squared-samples',
  'the squared distance from the optimum falls as 1 / T^2',
  (theory) => ({
    squaredDistanceBound: (norm, lambda, samples) => theory.squaredDistanceBound(norm, lambda, samples) / samples,
  }),
);

export const stopMovesOnce = withFlow(
  'stop-moves-once',
  "the stop predictor's logits move by one derivative instead of two",
  (flow) => {
    flow[AT.s]! /= 2;
    flow[AT.t]! /= 2;
  },
);

export const lengthGainsAlways = withFlow('length-gains-always', 'longer answers gain whatever K is', (flow) => {
  flow[AT.s] = Math.abs(flow[AT.s]!);
});

export const stopNeverMoves = withFlow(
  'stop-never-moves',
  'policy gradient leaves the stop predictor alone',
  (flow) => {
    flow[AT.s] = 0;
  },
);

export const grpoStaysSparse = withFlow('grpo-stays-sparse', 'GRPO moves the sparse support alone', (flow) => {
  flow.fill(0, AT.x1, AT.c);
});

/** A flow of policy gradient that is changed in place. */
function withFlow(id: string, description: string, change: (flow: Float64Array) => void): Falsifier {
  return withTheory(id, description, (theory) => ({
    policyGradient: (...question) => {
      const found = theory.policyGradient(...question);
      change(found.flow);
      return found;
    },
  }));
}

export const samplesAtOne = withTheory(
  'samples-at-one',
  'samples are drawn at temperature 1 at every temperature',
  (theory) => ({
    acceptedState: (model, options) => theory.acceptedState(model, { ...options, temperature: 1 }),
    policyGradient: (weights, objective, sampling) =>
      theory.policyGradient(weights, objective, { ...sampling, temperature: 1 }),
  }),
);

export const grpoWithoutDeviation = withTheory(
  'grpo-without-deviation',
  'GRPO climbs the expected reward, as if it did not divide by the deviation',
  (theory) => ({ groupObjective: theory.rewardObjective, finiteGroupObjective: () => theory.rewardObjective }),
);

export const populationDeviation = withTheory(
  'population-deviation',
  "the deviation of a group is taken without Bessel's correction",
  (theory) => ({
    finiteGroupObjective: (generations, offset) => {
      const found = theory.finiteGroupObjective(generations, offset);
      const factor = Math.sqrt(generations / (generations - 1));
      return { value: (a, r) => factor * found.value(a, r), slope: (a, r) => factor * found.slope(a, r) };
    },
  }),
);

export const sPlusHalved = withTheory('s-halved', 'the stop logit s is half of what it is', (theory) => ({
  optimum: (state, loss) => {
    const found = theory.optimum(state, loss);
    return withStopLogits(found, found.sPlus / 2, found.sMinus);
  },
}));

export const timeBoundsHalved = withTheory('time-bounds-halved', 'greedy turns long in half of the time', (theory) => ({
  reinforceTimeBounds: (start, d) => {
    const bounds = theory.reinforceTimeBounds(start, d);
    return bounds && { lower: bounds.lower / 2, upper: bounds.upper / 2 };
  },
}));

export const timeBoundsDoubled = withTheory('time-bounds-doubled', 'it takes twice the time', (theory) => ({
  reinforceTimeBounds: (start, d) => {
    const bounds = theory.reinforceTimeBounds(start, d);
    return bounds && { lower: 2 * bounds.lower, upper: 2 * bounds.upper };
  },
}));

export const baselineDropsOut = withTheory(
  'baseline-drops-out',
  'divided by its length, too, a response gains the same under every baseline',
  (theory) => ({ sequenceFlow: (weights, options) => theory.sequenceFlow(weights, { ...options, baseline: 'none' }) }),
);

// The model and its rewards

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

// Training

export const sgdWithoutDecay = planted('sgd-without-decay', 'SGD does not decay the weights', () =>
  trainedBy((options) => new TextbookSgd(options, 'no decay')),
);

export const validDemonstrations = planted(
  'valid-demonstrations',
  'the chain is trained on valid demonstrations',
  ({ kernels }) => ({
    kernels: {
      ...kernels,
      train: (tasks, settings, watch) =>
        kernels.train(
          tasks.map((task) => ('pCot' in task.data ? { ...task, data: { ...task.data, stepNoise: 0 } } : task)),
          settings,
          watch,
        ),
    },
  }),
);

export const averageOneLate = planted('average-one-late', 'the average leaves out its first iterate', () =>
  trainedBy((options) => new TextbookSgd(options, 'average one late')),
);

function trainedBy(learner: LearnerFactory): Partial<World> {
  return { learner, kernels: loops(learner) };
}

// Hypotheses and choices

export const dTwo = dropped('d-2', 'd = 2 is allowed', { smallestD: 2 });
export const chainBelowHalf = dropped('K-below-half', 'K < 1/2 instead of K > 1/2', { chainProbability: 'below half' });
export const pAboveThird = dropped('p-above-third', 'p may exceed 1/3', { pAtMostThird: false });
export const denseWeights = dropped('dense-weights', 'weights may lie outside the sparse support', {
  sparseWeights: false,
});
export const baselineOfLength = dropped('baseline-of-length', 'the baseline depends on the length of the answer', {
  baselineOfInput: false,
});
export const fewSamples = dropped('few-samples', 'the samples do not suffice', { enoughSamples: false });
export const commonDemonstrations = dropped('common-demonstrations', 'a quarter of the demonstrations is long', {
  rareDemonstrations: false,
});

export const freeConstant = planted('free-constant', 'the constant is not regularised', ({ choices }) => ({
  choices: { ...choices, freeConstant: true },
}));

export const regularisedConstant = dropped('regularised-constant', 'the constant is regularised', {
  freeConstant: false,
});
export const conditionedLoss = dropped('conditioned-loss', 'the loss is conditioned on the position', {
  jointLoss: false,
});
export const threeBits = dropped('d-3', 'd = 3', { twoBits: false });
