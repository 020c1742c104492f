import {
  ChainPolicy,
  type Deciding,
  demonstrationState,
  type Evidence,
  type EvidenceContext,
  evaluate,
  type Falsifier,
  keyedSeed,
  type Outcome,
  quantileBounds,
  roundsBound,
  starRound,
  type TrainedChain,
  type World,
} from '../../src/index.js';

/** Where samples are counted. */
export interface Place {
  readonly d: number;
  readonly pCot: number;
}

/** What is sought of a pre-trained chain, or of one after rounds of STaR on as many samples each. */
export const GOALS = {
  'greedy answers are short': ({ greedy }: Judged) => greedy.long === 0,
  'greedy answers are long and right': ({ greedy }: Judged) => greedy.correctCot === INPUTS && greedy.long === INPUTS,
  'most long answers are right': ({ sampled }: Judged) => 2 * sampled.longCorrect > sampled.long,
} as const;

type Judged = Awaited<ReturnType<typeof evaluate>>;

/** How the number of samples that a goal needs grows from place to place. */
export interface Sweep {
  readonly goal: keyof typeof GOALS;
  readonly stage: 'pre-training' | 'STaR';
  readonly along: 'd' | '1/p';
  readonly places: readonly Place[];
  readonly lambda: number;
  /** Those whose signs the goal depends on. */
  readonly predictors: readonly Deciding[];
}

/** Fresh inputs of an evaluation. */
const INPUTS = 512;
/** Neighbours on the grid of T. */
const RATIO = Math.SQRT2;
/** Values of T in a row at which every chain succeeds; then larger ones are taken to succeed. */
const STREAK = 3;
/** Values of T that are tried. */
const MOST_TRIED = 30;
/** 1 - delta: the share of chains that must succeed. */
export const SHARE = 0.8;
/** Chains at each place: enough for an upper bound on the quantile at the share of a false-alarm budget of 1e-6. */
const CHAINS = 160;
/** Rounds of STaR beyond those that infinitely many samples need. */
const SPARE_ROUNDS = 4;

const positionOf = (along: Sweep['along'], { d, pCot }: Place): number => (along === 'd' ? d : 1 / pCot);

/**
 * Evidence that what is measured grows no faster than the bound: T for (1 - delta) of the chains, with bounds that hold whatever
 * its distribution, and the exponents of all power laws, by least squares, that pass through those bounds.
 *
 * @param boundOf the proved number of samples in a world, at a place
 */
export function growthEvidence(
  sweep: Sweep,
  {
    id,
    boundOf,
    falsifiers,
  }: {
    readonly id: string;
    readonly boundOf: (world: World, place: Place, lambda: number) => number;
    readonly falsifiers: readonly Falsifier[];
  },
): Evidence {
  const { goal, stage, places, lambda } = sweep;
  const thresholdsIn = remembered((world, context) => measure(world, sweep, context));
  return {
    id,
    kind: 'sampled',
    thoroughOnly: true,
    description:
      `T for which ${goal} after ${stage}${stage === 'STaR' ? ` (T samples and ${SPARE_ROUNDS} rounds more than the bound of Lemma 5)` : ''} with probability ${SHARE}, lambda = ${lambda}, ` +
      `at (d, p) = ${places.map(({ d, pCot }) => `(${d}, ${pCot})`).join(', ')}: ${CHAINS} chains on a grid of ratio sqrt(2), up to ${STREAK} values in a row at which all succeed, ${INPUTS} fresh inputs each. Its quantile lies between two order statistics, at all places ` +
      'together with the probability that the false-alarm budget leaves. Holds if the largest exponent of a least-squares line through such bounds is at most the degree of the proved bound, and no T is above that bound; ' +
      'refuted if even the smallest exponent is larger, or the lower bound of a T is.',
    falsifiers,
    run: async (world, context) => {
      const found = await thresholdsIn(world, context);
      const intervals = found.map((thresholds, i) =>
        intervalOf(thresholds, leastOf(sweep, places[i]!), context.alpha / places.length),
      );
      const proved = places.map((place) => boundOf(world, place, lambda));
      return outcomeOf(sweep, intervals, proved, degreeOf(world, sweep));
    },
  };
}

/** The degree of the proved bound in d, or in 1/p: its exponent where that is large. */
function degreeOf({ theory }: World, { along, lambda, predictors }: Sweep): number {
  const bound = ({ d, pCot }: Place) =>
    theory.signSampleBound(theory.optimum(demonstrationState(pCot), { lambda }), predictors, {
      d,
      lambda,
      delta: 1 - SHARE,
      longFraction: pCot,
    });
  const large = (doublings: number): Place =>
    along === 'd' ? { d: 2 ** doublings, pCot: 0.5 } : { d: 8, pCot: 2 ** -doublings };
  return Math.log2(bound(large(LARGE + 1)) / bound(large(LARGE)));
}

/** Doublings after which a polynomial shows its degree to a digit. */
const LARGE = 20;

/** Bounds on the smallest T, which lies between two values of the grid, or below the least of them. */
function intervalOf(thresholds: readonly number[], least: number, alpha: number): readonly [number, number] {
  const [low, high] = quantileBounds(thresholds, SHARE, alpha);
  return [low > least ? low / RATIO : 1, high];
}

function outcomeOf(
  { along, places }: Sweep,
  intervals: readonly (readonly [number, number])[],
  proved: readonly number[],
  degree: number,
): Outcome {
  const positions = places.map((place) => positionOf(along, place));
  const [low, high] = slopesOf(positions, intervals);
  const beyond = intervals.findIndex(([least]) => least === Number.POSITIVE_INFINITY);
  const above = intervals.findIndex(([least], i) => least > proved[i]!);
  const shown = intervals.map(
    ([least, largest], i) => `${along} = ${digits(positions[i]!)}: ${digits(least)} to ${digits(largest)}`,
  );
  const detail = `exponent in ${along} from ${low.toFixed(2)} to ${high.toFixed(2)} against degree ${degree.toFixed(1)} of the bound; T at ${shown.join(', ')}; bound ${proved.map(digits).join(', ')}`;
  const margin = `exponent ${low.toFixed(2)} to ${high.toFixed(2)}`;
  const counterexample = { exponent: [low, high], degree, intervals: intervals.map((pair) => [...pair]) };
  if (beyond >= 0)
    return { verdict: 'inconclusive', detail: `no T of the grid suffices; ${detail}`, margin: 'not reached' };
  if (low > degree || above >= 0) return { verdict: 'refuted', detail, margin, counterexample };
  const below = intervals.every(([, largest], i) => largest <= proved[i]!);
  return { verdict: high <= degree && below ? 'holds' : 'inconclusive', detail, margin };
}

const digits = (value: number): string => String(Number(value.toPrecision(3)));

/** The smallest and the largest slope, by least squares on logarithms, of points within intervals: each is reached at their ends. */
function slopesOf(positions: readonly number[], intervals: readonly (readonly [number, number])[]): [number, number] {
  const x = positions.map(Math.log);
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const spread = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const slope = (end: 0 | 1) =>
    x.reduce((sum, value, i) => {
      const weight = (value - mean) / spread;
      const [low, high] = intervals[i]!;
      return sum + weight * Math.log(weight > 0 === (end === 1) ? high : low);
    }, 0);
  return [slope(0), slope(1)];
}

/** For each place the smallest T of every chain from which on it succeeds: [places][CHAINS]; Infinity where the grid has none. */
async function measure(world: World, sweep: Sweep, context: EvidenceContext): Promise<number[][]> {
  const found: number[][] = [];
  for (const [i, place] of sweep.places.entries()) {
    const { onProgress } = context;
    const watched = {
      ...context,
      onProgress: onProgress && ((done: number) => onProgress((i + done) / sweep.places.length)),
    };
    found.push(await thresholdsAt(world, sweep, place, watched));
  }
  return found;
}

async function thresholdsAt(world: World, sweep: Sweep, place: Place, context: EvidenceContext): Promise<number[]> {
  const name = `${sweep.stage} ${sweep.goal} ${place.d} ${place.pCot}`;
  const seeds = Array.from({ length: CHAINS }, (_, i) => keyedSeed(context.seed, name, i));
  let thresholds: number[] = seeds.map(() => Number.POSITIVE_INFINITY);
  let streak = 0;
  for (let tried = 0; tried < MOST_TRIED && streak < STREAK; tried++) {
    context.onProgress?.(tried / MOST_TRIED);
    const samples = Math.round(leastOf(sweep, place) * RATIO ** tried);
    const successes = await succeed(world, sweep, place, samples, seeds, context);
    thresholds = thresholds.map((before, i) => (successes[i] ? Math.min(before, samples) : Number.POSITIVE_INFINITY));
    streak = successes.every(Boolean) ? streak + 1 : 0;
  }
  return thresholds;
}

/** The first T of the grid, which is too small: lambda T is a small share of d. */
const leastOf = ({ lambda }: Sweep, { d }: Place): number => Math.round(d / (32 * lambda));

async function succeed(
  world: World,
  { goal, stage, lambda }: Sweep,
  { d, pCot }: Place,
  samples: number,
  seeds: readonly number[],
  { signal }: EvidenceContext,
): Promise<boolean[]> {
  const { kernels, choices } = world;
  const tasks = seeds.map((seed) => ({ data: { d, pCot, seed, samples }, lambda }));
  const chains = await kernels.train(tasks, choices, { signal });
  const rounds = stage === 'STaR' ? (roundsBound(d, pCot, lambda) ?? 0) + SPARE_ROUNDS : 0;
  const successes: boolean[] = [];
  for (const [i, chain] of chains.entries()) {
    const policy = policyOf(world, chain, seeds[i]!, lambda);
    for (let round = 1; round <= rounds; round++)
      await starRound(policy, { round, samples, reward: 'cot' }, { signal });
    successes.push(GOALS[goal](await evaluate(policy, { samples: INPUTS }, { signal })));
  }
  return successes;
}

const policyOf = ({ kernels, choices }: World, chain: TrainedChain, seed: number, lambda: number): ChainPolicy =>
  new ChainPolicy(chain, { ...choices, seed, lambda, kernels });

type Thresholds = (world: World, context: EvidenceContext) => Promise<number[][]>;

/** A world in which only the bound is another one has trained the same. */
function remembered(run: Thresholds): Thresholds {
  let last: (Pick<World, 'kernels' | 'choices'> & { readonly seed: number; readonly found: number[][] }) | null = null;
  return async (world, context) => {
    const { kernels, choices } = world;
    if (last?.kernels !== kernels || last.choices !== choices || last.seed !== context.seed) {
      last = { kernels, choices, seed: context.seed, found: await run(world, context) };
    }
    return last.found;
  };
}
