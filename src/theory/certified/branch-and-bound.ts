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
 * @throws RangeError without boxes or below a limit of 1; the signal's reason if aborted
 */
export async function branchAndBound<B extends Box>(
  { boxes, slack, limit }: Branching<B>,
  watch: Watch = {},
): Promise<Branched<B>> {
  if (boxes.length === 0) throw new RangeError('there are no boxes; at least one is needed');
  if (!(limit >= 1)) throw new RangeError(`limit is ${limit}; it must be at least 1`);
  const pacer = new Pacer(watch);
  const bounded = (parts: readonly B[]) => mostDoubtfulLast(parts.map((box) => ({ box, slack: slack(box) })));
  const open = bounded(boxes);
  let worst: Bounded<B> | null = null;
  // The least upper bound. A box is done with half of it, so that in the end at least half of the least slack is proved.
  let seen = Number.MAX_VALUE;
  for (let count = 1; ; count++) {
    await pacer.checkpoint(count / limit);
    const next = open.pop()!;
    seen = Math.min(seen, next.slack.high);
    const ended = (verdict: 'violated' | 'undecided') => ({ verdict, count, least: next.slack, worst: next });
    if (next.slack.high < 0) return ended('violated');
    if (next.slack.low > seen / 2) {
      if (!worst || next.slack.low < worst.slack.low) worst = next;
      if (open.length === 0) return { verdict: 'certified', count, least: { low: worst.slack.low, high: seen }, worst };
    } else {
      const halves = bisected(next.box);
      if (!halves) return ended('undecided');
      open.push(...bounded(halves));
    }
    if (count >= limit) return ended('undecided');
  }
}

/** Sorted so that the box that is most likely to hold a violation comes last, and so next. */
function mostDoubtfulLast<B extends Box>(found: Bounded<B>[]): Bounded<B>[] {
  return found.sort((a, b) => b.slack.high - a.slack.high);
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
