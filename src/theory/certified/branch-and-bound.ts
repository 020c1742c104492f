import { type Interval, intervals } from '../../numerics/index.js';
import { Pacer, type Watch } from '../../progress/index.js';

/** A box of any dimension, each side named and within (0, Infinity). */
export type Box = Readonly<Record<string, Interval>>;

export interface Branching<B extends Box> {
  /** What is to be covered. */
  readonly boxes: readonly B[];
  /**
   * The slack of an inequality over a box: an enclosure that is positive where the inequality holds, negative where it fails.
   */
  readonly slack: (box: B) => Interval;
  /** Boxes to look at before giving up. */
  readonly limit: number;
}

/** A box, and its slack. */
export interface Bounded<B extends Box> {
  readonly box: B;
  readonly slack: Interval;
}

/**
 * 'certified': the inequality holds at every point of the boxes. 'violated': it fails at every point of the box `worst`.
 * 'undecided': the limit was spent, or a box that is undecided has no double left within.
 */
export interface Branched<B extends Box> {
  readonly verdict: 'certified' | 'violated' | 'undecided';
  /** Boxes looked at. */
  readonly count: number;
  /** Certified: the box with the least proved slack; otherwise the one that decided. */
  readonly worst: Bounded<B>;
}

/**
 * Proves an inequality over boxes, or finds a box in which it fails: boxes that are undecided are bisected at the geometric
 * middle of their relatively widest side.
 *
 * @throws the signal's reason if aborted
 */
export async function branchAndBound<B extends Box>(
  { boxes, slack, limit }: Branching<B>,
  watch: Watch = {},
): Promise<Branched<B>> {
  const pacer = new Pacer(watch);
  const open = [...boxes].reverse();
  const total = open.length;
  if (total === 0) throw new RangeError('there are no boxes; at least one is needed');
  let worst: Bounded<B> | null = null;
  for (let count = 1; ; count++) {
    await pacer.checkpoint(count / limit);
    const box = open.pop()!;
    const bounded = { box, slack: slack(box) };
    if (bounded.slack.high < 0) return { verdict: 'violated', count, worst: bounded };
    if (bounded.slack.low > 0) {
      if (!worst || bounded.slack.low < worst.slack.low) worst = bounded;
    } else {
      const halves = count < limit ? bisected(box) : null;
      if (!halves) return { verdict: 'undecided', count, worst: bounded };
      open.push(...halves);
    }
    if (open.length === 0) return { verdict: 'certified', count, worst: worst! };
    if (count >= limit) return { verdict: 'undecided', count, worst: bounded };
  }
}

/** The two halves of a box, or null if there is no double between the ends of its widest side. */
function bisected<B extends Box>(box: B): [B, B] | null {
  const sides = Object.entries(box);
  const [name, side] = sides.reduce((widest, other) => (width(other[1]) > width(widest[1]) ? other : widest));
  const middle = Math.sqrt(side.low) * Math.sqrt(side.high);
  if (!(side.low < middle && middle < side.high)) return null;
  return [
    { ...box, [name]: intervals.between(side.low, middle) },
    { ...box, [name]: intervals.between(middle, side.high) },
  ];
}

/** The relative width of a side. */
function width({ low, high }: Interval): number {
  return high / low;
}
