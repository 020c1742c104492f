/** The algorithms of policy gradient as they run, on finite samples, in a world. */
import {
  ChainPolicy,
  combineWeights,
  type Effort,
  type Evidence,
  type EvidenceContext,
  type Falsifier,
  grpoSettings,
  type LinearChain,
  type LossType,
  type MeanEstimate,
  meanEvidence,
  PolicyGradient,
  type PolicyGradientSettings,
  type PolicyObjective,
  type PolicyWeights,
  type RewardName,
  reinforceSettings,
  sampledEvidence,
  type TrainedChain,
  type World,
} from '../../src/index.js';
import { chainOf, startIn } from './ascents.js';
import { type FiniteSetting, greedyAnswer, plantedReward, pretrainIn, starFrom } from './finite-samples.js';

/** The algorithms, by the names that a reader knows. */
export const ALGORITHMS = ['REINFORCE', 'REINFORCE, mean', 'REINFORCE, prompt mean', 'GRPO'] as const;
export type AlgorithmName = (typeof ALGORITHMS)[number];

/** The settings of an algorithm, with what is planted in a world. */
export function settingsIn(
  world: World,
  name: AlgorithmName,
  reward: RewardName,
  own: Partial<PolicyGradientSettings> = {},
): PolicyGradientSettings {
  const accept = plantedReward(world, reward);
  const settings = { reward, ...(accept ? { accept } : {}), ...own };
  if (name === 'GRPO') return grpoSettings(settings);
  const advantages = name === 'REINFORCE' ? 'none' : name === 'REINFORCE, mean' ? 'mean' : 'prompt-mean';
  return reinforceSettings({ advantages, ...settings });
}

/** Takes a chain through updates of policy gradient. */
async function updated(
  world: World,
  chain: TrainedChain,
  settings: PolicyGradientSettings,
  { updates, ...run }: Run & { readonly updates: number },
  { signal }: Pick<EvidenceContext, 'signal'>,
): Promise<TrainedChain> {
  const policy = new ChainPolicy(chain, { ...run, kernels: world.kernels });
  const trainer = new PolicyGradient(policy, settings);
  for (let update = 1; update <= updates; update++) await trainer.update({ signal });
  return policy.chain;
}

/** Which run of policy gradient. */
interface Run {
  readonly seed: number;
  readonly lambda: number;
}

/** The first update after which a chain is as wanted, or null if none up to the limit is. */
export async function updatesUntil(
  world: World,
  start: LinearChain,
  settings: PolicyGradientSettings,
  { limit, ...run }: Run & { readonly limit: number },
  wanted: (chain: TrainedChain) => boolean,
  { signal }: Pick<EvidenceContext, 'signal'>,
): Promise<number | null> {
  const policy = new ChainPolicy({ model: start, steps: 0, longSteps: 0 }, { ...run, kernels: world.kernels });
  const trainer = new PolicyGradient(policy, settings);
  for (let update = 1; update <= limit; update++) {
    await trainer.update({ signal });
    if (wanted(policy.chain)) return update;
  }
  return null;
}

/** One real update, from where and of what. */
export interface RealUpdate {
  readonly algorithm: AlgorithmName;
  readonly reward: RewardName;
  readonly settings: Partial<PolicyGradientSettings>;
  /** The chain starts at the exact optimum of D(p). */
  readonly pCot: number;
  /** lambda for each d; at quick effort only the first. */
  readonly sizes: readonly { readonly d: number; readonly lambda: number }[];
  /** What the algorithm climbs in expectation. */
  readonly objective: (world: World, settings: PolicyGradientSettings) => PolicyObjective;
  readonly falsifiers: readonly Falsifier[];
}

/** Evidence that one real update moves every weight of the chain as the closed forms say, within the noise of its samples. */
export function realUpdateEvidence(update: RealUpdate): Evidence {
  const { algorithm, reward, settings, pCot, sizes, objective, falsifiers } = update;
  const { prompts = 0, numGenerations = 1 } = settings;
  const where = sizes.map(({ d, lambda }) => `d = ${d}, lambda = ${lambda}`).join('; ');
  return meanEvidence({
    id: 'real-update',
    description: `One real update of ${algorithm} with r_${reward} on ${prompts} inputs with ${numGenerations} generations each, from the exact optimum at p = ${pCot} (${where}; quick: the first alone): how far every weight moves, on the support and off it, against the flow. Bounds by McDiarmid's inequality for all weights together.`,
    falsifiers,
    measure: async (seed, world, context) => {
      const estimates: MeanEstimate[] = [];
      for (const { d, lambda } of context.effort === 'quick' ? sizes.slice(0, 1) : sizes) {
        const start = startIn(world, { d, pCot, lambda });
        const used = settingsIn(world, algorithm, reward, settings);
        estimates.push(...(await measureUpdate(world, start, used, objective(world, used), seed, context)));
      }
      return estimates;
    },
  });
}

/**
 * How far one update of length 1, each response counted once, moves every weight, and its expectation.
 *
 * A coordinate of A grad log pi lies in [-|A|, |A|]: each weight is read by one decision, with a feature of size 1. |A| <= 1
 * for REINFORCE, and the mean of |A| over a group of GRPO is at most 1 by Cauchy-Schwarz and Bessel's correction. So means over
 * independent prompts have range 2; under the mean over the batch a response also moves the baseline of the others: range 3.
 */
async function measureUpdate(
  world: World,
  start: PolicyWeights,
  settings: PolicyGradientSettings,
  objective: PolicyObjective,
  seed: number,
  context: EvidenceContext,
): Promise<MeanEstimate[]> {
  const before = chainOf(start);
  const untrained = { model: before, steps: 0, longSteps: 0 };
  const unit = { ...settings, learningRate: 1, lossType: 'none', epsilon: null } as const;
  const after = await updated(world, untrained, unit, { updates: 1, seed, lambda: 1 }, context);
  const moved = combineWeights(after.model, before, (w, v) => w - v);
  const expected = weightsNamed(chainOf(world.theory.policyGradient(start, objective, settings).flow));
  const range = settings.advantages === 'mean' ? 3 : 2;
  return weightsNamed(moved).map(({ what, value }, i) => {
    return { what, found: value, expected: expected[i]!.value, range, draws: settings.prompts };
  });
}

function weightsNamed({ first, stop, next }: LinearChain): { what: string; value: number }[] {
  const named = (name: string, weights: Float64Array) =>
    [...weights].map((value, j) => ({ what: `weight ${j} of predictor ${name}`, value }));
  return [...named('1', first), ...named('stop', stop), ...next.flatMap((weights, l) => named(`${l}`, weights))];
}

/** Post-training of one pre-trained chain by one algorithm. */
export interface PostTraining {
  readonly algorithm: AlgorithmName | 'STaR';
  readonly reward: RewardName;
  /** Rounds of STaR, of as many samples as pre-training had; or updates of 1024 sequences. */
  readonly steps: number;
  readonly temperature?: number;
  readonly lossType?: LossType;
}

/** Updates after which greedy answers are right from p = .1 on, at d up to 50: GRPO, clipped and divided by tokens, needs more. */
export function updatesFor(algorithm: AlgorithmName, effort: Effort): number {
  return algorithm === 'GRPO' && effort !== 'quick' ? 60 : 30;
}

/** Learning rates that suit d up to 50: losses divided by length move less (docs/training.md). */
const RATES: Readonly<Record<LossType, number>> = { none: 3, sequence: 30, token: 30 };

/** Post-trains a chain that was pre-trained as `setting` says. */
async function postTrained(
  world: World,
  chain: TrainedChain,
  { samples, lambda }: FiniteSetting,
  { algorithm, reward, steps, temperature = 1, lossType }: PostTraining,
  seed: number,
  context: EvidenceContext,
): Promise<TrainedChain> {
  if (algorithm === 'STaR') {
    return starFrom(world, chain, { rounds: steps, samples, lambda, reward, temperature }, seed, context);
  }
  const ofGroup = algorithm === 'GRPO';
  const perPrompt = ofGroup ? 8 : algorithm === 'REINFORCE, prompt mean' ? 2 : 1;
  const used = lossType ?? (ofGroup ? 'token' : 'none');
  const own = { prompts: 1024 / perPrompt, numGenerations: perPrompt, temperature };
  const settings = settingsIn(world, algorithm, reward, { ...own, lossType: used, learningRate: RATES[used] });
  return updated(world, chain, settings, { updates: steps, seed, lambda }, context);
}

/** Chains that are pre-trained, and each then post-trained in several ways. */
export interface PostTrainingRuns {
  readonly description: string;
  /** At each effort, the sizes. */
  readonly pretraining: Readonly<Record<Effort, readonly FiniteSetting[]>>;
  readonly ways: (effort: Effort) => readonly PostTraining[];
  /** What becomes of a size in a world whose hypothesis is dropped. */
  readonly sized?: (setting: FiniteSetting, world: World) => FiniteSetting;
  /** Whether all chains are to give the valid long chain greedily, or none. */
  readonly expected: 'all' | 'none';
  readonly falsifiers: readonly Falsifier[];
}

/** Too few samples to learn anything from, where that hypothesis is dropped. */
function withEnoughSamples(setting: FiniteSetting, { hypotheses }: World): FiniteSetting {
  return hypotheses.enoughSamples ? setting : { ...setting, samples: 100 };
}

/** Evidence about the chains of one seed: on more than 95% of fresh inputs all of them, or none, give the valid long chain greedily. */
export function postTrainingEvidence(runs: PostTrainingRuns): Evidence {
  const { description, pretraining, ways, sized = withEnoughSamples, expected, falsifiers } = runs;
  return sampledEvidence({
    id: 'real-algorithms',
    description,
    success: `${expected === 'all' ? 'every' : 'no'} chain gives the valid long chain greedily`,
    falsifiers,
    threshold: 0.95,
    trials: { quick: 5000, standard: 5000, thorough: 5000 },
    setUp: async (seed, world, context) => {
      const chains: TrainedChain[] = [];
      for (const size of pretraining[context.effort]) {
        const setting = sized(size, world);
        const start = await pretrainIn(world, setting, seed, context);
        for (const way of ways(context.effort)) {
          chains.push(await postTrained(world, start, setting, way, seed, context));
        }
      }
      return chains;
    },
    trial: (seed, _, __, chains) => {
      const right = chains.map((chain) => greedyAnswer(chain, seed)).map(({ long, valid }) => long && valid);
      return expected === 'all' ? !right.includes(false) : !right.includes(true);
    },
  });
}
