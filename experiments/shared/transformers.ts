import { z } from 'zod';
import {
  ADAMW,
  ARCHITECTURES,
  chainLength,
  DECAYS,
  grpoSettings,
  type ModelShape,
  modelShape,
  parametersOf,
  parityProgram,
  pretrainTransformer,
  type RewardName,
  reinforceSettings,
  TransformerPolicy,
  type TransformerPretraining,
  type TransformerState,
  type TrialContext,
  type TrialState,
  VOCABULARY,
  type Watch,
} from '../../src/index.js';
import { integerOf } from './chain-state.js';
import { type Done, type Method, type PostTrainer, postTrainer } from './post-training.js';
import { bits, count } from './schema.js';

/** Responses of an update of REINFORCE or GRPO, and of a step of STaR's training. */
const UPDATE = 256;
/** Responses to each prompt in GRPO. */
const GENERATIONS = 16;

/** A round draws whole updates of whole groups: another number would draw more than it says. */
const isWhole = (rollouts: number) => rollouts % (rollouts > UPDATE ? UPDATE : GENERATIONS) === 0;

const rate = () => z.number().gt(0).max(0.1);

/** The ranges of the settings that all experiments with transformers share. */
export const transformerRanges = {
  d: bits(64).describe('bits'),
  architecture: z.enum(ARCHITECTURES).describe('of the model; mistral has half as many heads of keys and values'),
  depth: count(1, 8).describe('blocks of the model'),
  width: count(32, 512).describe('size of its residual stream, a multiple of the heads'),
  heads: count(1, 64).describe('heads of its attention'),
  steps: count(2, 1e6).describe('steps of pre-training'),
  batch: count(1, 1024).describe('demonstrations of each of them'),
  learningRate: rate().describe('of pre-training, after the warm-up'),
  warmupSteps: count(0, 1e5).describe('steps in which the learning rate of pre-training rises'),
  decay: z.enum(DECAYS).describe('how the learning rate of pre-training falls until its last step'),
  rollouts: count(32, 65_536)
    .refine(isWhole, { error: `must be a multiple of ${GENERATIONS}, above ${UPDATE} of ${UPDATE}` })
    .describe(
      `responses that a round of post-training draws, a multiple of ${GENERATIONS}, above ${UPDATE} of ${UPDATE}`,
    ),
  postLearningRate: rate().describe('of post-training'),
  inputs: count(256, 65_536).describe('fresh inputs of an evaluation'),
};

/** Those settings. */
export type TransformerSettings = z.infer<z.ZodObject<typeof transformerRanges>>;

/** A small GPT-2 on few bits, which learns the chain in seconds. */
export const SMOKE_TRANSFORMER: TransformerSettings = {
  d: 8,
  architecture: 'gpt2',
  depth: 1,
  width: 64,
  heads: 4,
  steps: 400,
  batch: 64,
  learningRate: 2e-3,
  warmupSteps: 100,
  decay: 'cosine',
  rollouts: 1024,
  postLearningRate: 3e-4,
  inputs: 1024,
};

/** A GPT-2 of the depth at which the paper's begin. */
export const DEFAULT_TRANSFORMER: TransformerSettings = {
  ...SMOKE_TRANSFORMER,
  d: 10,
  depth: 2,
  steps: 800,
  learningRate: 1e-3,
};

/** As many bits as the paper has; two blocks of width 64 learn them, too. */
export const FULL_TRANSFORMER: TransformerSettings = {
  ...DEFAULT_TRANSFORMER,
  d: 50,
  steps: 1500,
  inputs: 2048,
};

/** What shapes a model, and the chains that it is to learn. */
interface ModelSettings extends Pick<TransformerSettings, 'd' | 'architecture' | 'depth' | 'width' | 'heads'> {
  /** Of partial chains; default 1, the whole chain. */
  readonly leap?: number;
}

/** @throws RangeError if there is no such model, or its chains have one token and are as short as short responses */
function shapeOf({ d, architecture, depth, width, heads, leap = 1 }: ModelSettings): ModelShape {
  if (leap >= d) throw new RangeError(`leap is ${leap}; it must be below d, ${d}, for a chain to have two tokens`);
  const keyValueHeads = architecture === 'mistral' ? Math.ceil(heads / 2) : heads;
  const context = d + 1 + chainLength(d, leap);
  return modelShape({ architecture, depth, width, heads, keyValueHeads, vocabulary: VOCABULARY, context });
}

/** A rule of settings as a whole: there are all the models that they ask for, the last of which is made hours after the first. */
export function modelsExist<S>(modelsOf: (settings: S) => readonly ModelSettings[]) {
  return (settings: S, context: z.RefinementCtx<S>): void => {
    try {
      modelsOf(settings).forEach(shapeOf);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  };
}

/** What a transformer is trained on, and what keys its random numbers. */
export interface Mixture {
  /** p. */
  readonly pCot: number;
  readonly seed: number;
  /** Of partial chains; default 1, the whole chain. */
  readonly leap?: number;
}

/** How often STaR trains on an accepted response. */
const EPOCHS = 2;

/** A transformer of the settings: untrained, or as a state says. */
export async function transformerPolicy(
  { executor }: Pick<TrialContext, 'executor'>,
  settings: TransformerSettings,
  { seed, leap = 1 }: Mixture,
  state?: TransformerState,
): Promise<TransformerPolicy> {
  const fit = { batch: UPDATE, epochs: EPOCHS, learningRate: settings.postLearningRate };
  const model = parametersOf(shapeOf({ ...settings, leap }));
  const options = { model, task: { d: settings.d, leap }, optimiser: ADAMW, seed, fit };
  const trial = parityProgram(options, 'training', settings.batch);
  return new TransformerPolicy({ ...options, executor: await executor(trial) }, state);
}

function pretrainingOf(settings: TransformerSettings, pCot: number): TransformerPretraining {
  const { steps, batch, learningRate, warmupSteps, decay } = settings;
  // Only a falling rate has an end that it must reach after the warm-up: a short training with a constant one begins a longer one.
  const warmup = decay === 'cosine' ? Math.min(warmupSteps, steps - 1) : warmupSteps;
  return { pCot, sequences: batch, learningRate, warmupSteps: warmup, decay, decaySteps: steps };
}

/** What is done after a part of pre-training; the policy's step says how far it is. */
type PolicyVisitor = (policy: TransformerPolicy) => Promise<void>;

/**
 * Next-token prediction on D(p), in `parts` of equal length, after each of which the policy is visited and then saved.
 *
 * @param watch of the whole of pre-training
 * @returns the policy, whose optimiser begins anew
 */
export async function pretrainedTransformer(
  context: TrialContext,
  settings: TransformerSettings,
  mixture: Mixture,
  parts: number,
  visit: PolicyVisitor,
  watch: Watch,
): Promise<TransformerPolicy> {
  const { state } = context;
  const saved = state && stageOf(state) === 'pretraining' ? transformerState(state) : undefined;
  const policy = await transformerPolicy(context, settings, mixture, saved);
  const pretraining = pretrainingOf(settings, mixture.pCot);
  for (let i = 1; i <= parts; i++) {
    const until = Math.round((i * settings.steps) / parts);
    if (policy.state.step >= until) continue;
    await pretrainTransformer(policy, pretraining, until, portion(watch, (i - 1) / parts, i / parts));
    await visit(policy);
    context.save(savedTransformer('pretraining', policy));
  }
  policy.resetOptimiser();
  return policy;
}

export const ALGORITHMS = ['STaR', 'REINFORCE', 'GRPO'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A way of post-training. */
export interface PostTraining {
  readonly algorithm: Algorithm;
  readonly reward: RewardName;
  /** At which responses are sampled. */
  readonly temperature: number;
  readonly rounds: number;
}

/** A method whose steps are parts of a round, and how many of them are one. */
function methodOf(
  { rollouts, postLearningRate }: TransformerSettings,
  { algorithm, reward, temperature }: PostTraining,
): { readonly method: Method; readonly stepsOfRound: number } {
  if (algorithm === 'STaR') {
    const settings = { samples: rollouts, reward, temperature, start: 'warm' } as const;
    return { method: { kind: 'star', settings }, stepsOfRound: 1 };
  }
  const common = { reward, temperature, learningRate: postLearningRate };
  const responses = Math.min(UPDATE, rollouts);
  const settings =
    algorithm === 'GRPO'
      ? grpoSettings({ ...common, prompts: responses / GENERATIONS, numGenerations: GENERATIONS })
      : reinforceSettings({ ...common, prompts: responses, advantages: 'mean' });
  return { method: { kind: 'gradient', settings }, stepsOfRound: rollouts / responses };
}

/**
 * Rounds of post-training, each of which draws `rollouts` responses; after each the policy is visited.
 *
 * @param done by an earlier call, after which the policy is as it is now
 */
export async function postTrained(
  policy: TransformerPolicy,
  settings: TransformerSettings,
  training: PostTraining,
  visit: (round: number, done: Done) => Promise<void>,
  watch: Watch,
  done?: Done,
): Promise<void> {
  const { method, stepsOfRound } = methodOf(settings, training);
  const trainer: PostTrainer = postTrainer(policy, method, done);
  const steps = training.rounds * stepsOfRound;
  while (trainer.done.steps < steps) {
    const at = trainer.done.steps;
    await trainer.step(portion(watch, at / steps, (at + 1) / steps));
    const { steps: reached } = trainer.done;
    if (reached % stepsOfRound === 0) await visit(reached / stepsOfRound, trainer.done);
  }
}

/** The stages of a trial: until the end of pre-training, and after it. */
type Stage = 'pretraining' | 'rl';

const ARRAYS = ['parameters', 'firstMoment', 'secondMoment'] as const;

/** What a trial saves of a policy, with what else it needs to go on. */
export function savedTransformer(
  stage: Stage,
  { state }: TransformerPolicy,
  values: TrialState['values'] = {},
): TrialState {
  const { step, ...arrays } = state;
  return { values: { ...values, stage, step }, arrays };
}

/** How far the trial was that saved a state. */
export const stageOf = ({ values }: TrialState): Stage => values.stage as Stage;

/** What {@link savedTransformer} saved of the policy. */
export function transformerState(saved: TrialState): TransformerState {
  const [parameters, firstMoment, secondMoment] = ARRAYS.map((name) => Float32Array.from(saved.arrays[name]!));
  return {
    parameters: parameters!,
    firstMoment: firstMoment!,
    secondMoment: secondMoment!,
    step: integerOf(saved, 'step'),
  };
}

/** The watch of a part of a computation, from one share of it to another. */
export function portion({ signal, onProgress }: Watch, from: number, to: number): Watch {
  return { signal, onProgress: onProgress && ((done) => onProgress(from + (to - from) * done)) };
}
