import { type Interval, intervals } from '../../numerics/index.js';
import { Pacer, type Watch } from '../../progress/index.js';

/** A box of any dimension, each side named and within (0, Infinity). */
export type Box = Readonly<Record<string, Interval>>;

export interface Branching<B extends Box> {
  /** What is to be covered. */
  readonly boxes: readonly B[];
  /** Encloses the least slack of an inequality over a box: positive if it holds there, negative if it fails somewhere. */
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
 * 'certified': the inequality holds at every point of the boxes. 'violated': it fails somewhere in the box `worst`.
 * 'undecided': the limit was spent, or a box that is undecided has no double left to bisect it.
 */
export interface Branched<B extends Box> {
  readonly verdict: 'certified' | 'violated' | 'undecided';
  /** Boxes looked at. */
  readonly count: number;
  /** Encloses the least slack over what was looked at; if certified, the ends are within a factor 2. */
  readonly least: Interval;
  /** Certified: the box with the least proved slack; otherwise the box at which it ended. */
  readonly worst: Bounded<B>;
}

/**
 * Proves a strict inequality over boxes, or finds a box in which it fails: a box that is undecided is bisected at the geometric
 * middle of its relatively widest side.
 *
 * @throws the signal's reason if aborted
 */
export async function branchAndBound<B extends Box>(
  { boxes, slack, limit }: Branching<B>,
  watch: Watch = {},
): Promise<Branched<B>> {
  if (boxes.length === 0) throw new RangeError('there are no boxes; at least one is needed');
  const pacer = new Pacer(watch);
  const open = [...boxes];
  let worst: Bounded<B> | null = null;
  // The least upper bound. A box is done with half of it, so that in the end at least half of the least slack is proved.
  let seen = Number.POSITIVE_INFINITY;
  for (let count = 1; ; count++) {
    await pacer.checkpoint(count / limit);
    const box = open.pop()!;
    const bounded = { box, slack: slack(box) };
    seen = Math.min(seen, bounded.slack.high);
    const ended = (verdict: 'violated' | 'undecided') => ({ verdict, count, least: bounded.slack, worst: bounded });
    if (bounded.slack.high < 0) return ended('violated');
    if (bounded.slack.low > seen / 2) {
      if (!worst || bounded.slack.low < worst.slack.low) worst = bounded;
      if (open.length === 0) return { verdict: 'certified', count, least: { low: worst.slack.low, high: seen }, worst };
    } else {
      const halves = bisected(box);
      if (!halves) return ended('undecided');
      open.push(...halves);
    }
    if (count >= limit) return ended('undecided');
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
