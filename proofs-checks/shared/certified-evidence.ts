import {
  type Box,
  type Branched,
  branchAndBound,
  type Effort,
  type Evidence,
  type Falsifier,
  type Interval,
  intervals,
  type Json,
  type Outcome,
  type ParameterBox,
  part,
  type World,
} from '../../src/index.js';

/** An inequality that is to be proved at every point of some boxes. */
export interface Inequality<B extends Box> {
  readonly what: string;
  readonly boxes: readonly B[];
  /** Encloses the least slack over a box; see `branchAndBound`. */
  readonly slack: (box: B) => Interval;
}

export interface CertifiedEvidenceOptions<B extends Box> {
  readonly description: string;
  readonly falsifiers: readonly Falsifier[];
  readonly inequalities: (effort: Effort, world: World) => readonly Inequality<B>[];
}

/** The p and lambda that claims about D(p) are certified for at each effort. */
export const SQUARES: Readonly<Record<Effort, ParameterBox>> = {
  quick: square(0.01, 0.99, 1e-6, 0.1),
  standard: square(1e-3, 0.999, 1e-12, 1),
  thorough: square(1e-4, 0.9999, 1e-30, 10),
};

function square(pLow: number, pHigh: number, lambdaLow: number, lambdaHigh: number): ParameterBox {
  return { p: decimals(pLow, pHigh), lambda: decimals(lambdaLow, lambdaHigh) };
}

/** Between two decimals as they are written: the double nearest to .01 lies above it. */
function decimals(low: number, high: number): Interval {
  return intervals.between(intervals.below(low), intervals.above(high));
}

/** Boxes for one inequality, after which it stays open. */
const LIMIT = 1_000_000;

/** Evidence by interval arithmetic for every real parameter of some boxes, by branch and bound. */
export function certifiedEvidence<B extends Box>(options: CertifiedEvidenceOptions<B>): Evidence {
  const { inequalities, ...text } = options;
  return {
    ...text,
    id: 'certified',
    kind: 'exact',
    async run(world, context) {
      const all = inequalities(context.effort, world);
      const found: Proved<B>[] = [];
      for (const [i, { what, boxes, slack }] of all.entries()) {
        const watch = part(context, i, all.length);
        const branched = await branchAndBound({ boxes, slack, limit: LIMIT }, watch);
        if (branched.verdict !== 'certified') return open(what, branched);
        found.push({ what, branched });
      }
      return proved(found);
    },
    // The box that was found, by itself, against every inequality that is about such boxes.
    replay: async (world, context, counterexample) => {
      const { what, box } = counterexample as unknown as { what: string; box: B };
      const inequality = inequalities(context.effort, world).find((one) => one.what === what);
      if (!inequality) throw new Error(`there is no inequality ${what}`);
      const branched = await branchAndBound({ boxes: [box], slack: inequality.slack, limit: LIMIT }, context);
      return branched.verdict === 'certified' ? proved([{ what, branched }]) : open(what, branched);
    },
  };
}

interface Proved<B extends Box> {
  readonly what: string;
  readonly branched: Branched<B>;
}

function proved<B extends Box>(found: readonly Proved<B>[]): Outcome {
  const count = found.reduce((sum, { branched }) => sum + branched.count, 0);
  const tightest = found.reduce((least, one) => (one.branched.least.low < least.branched.least.low ? one : least));
  const { least, worst } = tightest.branched;
  const where = `${tightest.what}, ${shown(worst.box)}`;
  return {
    verdict: 'holds',
    detail: `proved at every point of ${count} boxes; least slack in ${shownInterval(least)}: ${where}`,
    margin: `slack ${least.low.toPrecision(2)}, ${count} boxes`,
  };
}

function open<B extends Box>(what: string, { verdict, count, worst }: Branched<B>): Outcome {
  const detail = `${what}: slack within ${shownInterval(worst.slack)} in ${shown(worst.box)}, box ${count}`;
  if (verdict === 'undecided') return { verdict: 'inconclusive', detail, margin: `${count} boxes` };
  return {
    verdict: 'refuted',
    detail,
    margin: 'counterexample',
    counterexample: { what, box: worst.box } as unknown as Json,
  };
}

/** The smaller of two slacks: an enclosure of the least of both. */
export function least(...slacks: readonly Interval[]): Interval {
  return {
    low: Math.min(...slacks.map(({ low }) => low)),
    high: Math.min(...slacks.map(({ high }) => high)),
  };
}

/** The geometric middle of each side, as a box of one point. */
export function centre<B extends Box>(box: B): B {
  const sides = Object.entries(box).map(([name, side]) => [name, intervals.exactly(middle(side))]);
  return Object.fromEntries(sides);
}

/** The geometric middle of an interval of positive numbers, kept inside of it. */
function middle({ low, high }: Interval): number {
  return Math.min(high, Math.max(low, Math.sqrt(low) * Math.sqrt(high)));
}

function shown(box: Box): string {
  return Object.entries(box)
    .map(([name, side]) => `${name} in ${shownInterval(side)}`)
    .join(', ');
}

function shownInterval({ low, high }: Interval): string {
  return `[${low.toPrecision(4)}, ${high.toPrecision(4)}]`;
}
