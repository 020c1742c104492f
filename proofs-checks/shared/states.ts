import fc from 'fast-check';
import {
  type Behaviour,
  type EnumeratedSampling,
  type EvidenceContext,
  enumerateAccepted,
  enumerateSampling,
  fitChain,
  type LinearChain,
  type Optimum,
  Pacer,
  type ResponseDistribution,
  type RewardName,
  type SignMasses,
  signDistribution,
  splitLog,
  type TrainingState,
  type World,
} from '../../src/index.js';

/** A point of the experiment grid: bits, fraction of long demonstrations, regularisation. */
export type Setting = { readonly d: number; readonly pCot: number; readonly lambda: number };

/** All combinations. */
export function grid(ds: readonly number[], ps: readonly number[], lambdas: readonly number[]): Setting[] {
  return ds.flatMap((d) => ps.flatMap((pCot) => lambdas.map((lambda) => ({ d, pCot, lambda }))));
}

/** The integers from `low` to `high`; with the hypothesis on d dropped, from the smallest d allowed. */
export function bits(world: World, high: number): number[] {
  const low = world.hypotheses.smallestD;
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

/** One round by the closed forms of a world. */
export interface ClosedRound {
  readonly state: TrainingState;
  readonly optimum: Optimum;
  readonly behaviour: Behaviour;
}

/** Rounds 0..last by the closed forms of a world, under its choices. */
export function closedRounds(
  world: World,
  initial: TrainingState,
  setting: { readonly d: number; readonly lambda: number },
  reward: RewardName,
  last: number,
): ClosedRound[] {
  const rounds: ClosedRound[] = [];
  let state = initial;
  for (let round = 0; round <= last; round++) {
    const optimum = world.theory.optimum(state, { ...world.choices, lambda: setting.lambda });
    rounds.push({ state, optimum, behaviour: closedBehaviour(world, optimum, setting.d) });
    state = world.theory.acceptedState(optimum, { d: Math.max(3, setting.d), reward });
  }
  return rounds;
}

/** The closed-form behaviour, read at d = 3 where the hypothesis d >= 3 has been dropped. */
export function closedBehaviour(world: World, optimum: Optimum, d: number): Behaviour {
  return world.theory.behaviour(optimum, Math.max(3, d));
}

/** Four masses as weights of any size, and the correctness of later steps; normalised by {@link massesOf}. */
export type Masses = { readonly weights: readonly number[]; readonly stepPlus: number };

/** L+ and S+, S- alone, with valid chains: the states of r_cot. */
export function arbitraryCotMasses(): fc.Arbitrary<Masses> {
  const weight = fc.integer({ min: 1, max: 1000 });
  return fc
    .tuple(weight, weight, weight)
    .map(([l, sPlus, sMinus]) => ({ weights: [l, 0, sPlus, sMinus], stepPlus: 1 }));
}

/** All four masses, and steps that are wrong at times: the states of r_e2e. */
export function arbitraryE2eMasses(): fc.Arbitrary<Masses> {
  const weight = fc.integer({ min: 1, max: 1000 });
  return fc
    .tuple(fc.tuple(weight, weight, weight, weight), fc.integer({ min: 500, max: 999 }))
    .map(([weights, step]) => ({ weights, stepPlus: step / 1000 }));
}

export function massesOf({ weights, stepPlus }: Masses): SignMasses {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const [longPlus, longMinus, shortPlus, shortMinus] = weights.map((weight) => weight / total);
  return { longPlus: longPlus!, longMinus: longMinus!, shortPlus: shortPlus!, shortMinus: shortMinus!, stepPlus };
}

/** The four log-odds of these masses. */
export function stateOf(masses: SignMasses): TrainingState {
  const { longPlus, longMinus, shortPlus, shortMinus, stepPlus } = masses;
  return {
    logitPlus: Math.log((longPlus + shortPlus) / (longMinus + shortMinus)),
    longPlus: splitLog(Math.log(longPlus / shortPlus)),
    logitLongMinus: Math.log(longMinus / shortMinus),
    logitStep: Math.log(stepPlus / (1 - stepPlus)),
  };
}

/** The optimum on all features for these masses, and what it does, by enumeration in a world. */
export async function enumerateMasses(
  world: World,
  d: number,
  lambda: number,
  masses: SignMasses,
  reward: RewardName,
  context: EvidenceContext,
): Promise<{ model: LinearChain; sampling: EnumeratedSampling; accepted: ResponseDistribution }> {
  const pacer = new Pacer({ signal: context.signal });
  const { features, rewards, choices } = world;
  const model = await fitChain(signDistribution(d, masses), { ...choices, lambda, features }, pacer);
  const sampling = await enumerateSampling(model, rewards, rewards[reward], features, pacer);
  const accepted = await enumerateAccepted(model, rewards[reward], features, pacer);
  return { model, sampling, accepted };
}
