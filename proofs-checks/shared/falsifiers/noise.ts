/** Falsehoods about noisy demonstrations. */
import type { ChainNoise } from '../../../src/index.js';
import { planted, withTheory } from './planting.js';

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

export const answerNoiseSeen = withTheory(
  'answer-noise-seen',
  'wrong short answers weaken the first token',
  (theory) => ({
    demonstrationState: (pCot, noise) => {
      const state = theory.demonstrationState(pCot, noise);
      return { ...state, logitPlus: state.logitPlus * (1 - Number(noise?.answerNoise ?? 0)) };
    },
  }),
);

export const noiseCostsNoRound = withTheory(
  'noise-costs-no-round',
  'as few rounds suffice as from valid chains',
  (theory) => ({
    limitRounds: (pCot) => theory.limitRounds(pCot),
    roundsBound: (d, pCot, lambda) => theory.roundsBound(d, pCot, lambda),
  }),
);
