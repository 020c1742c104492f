import type { Interval } from '../numerics/index.js';
import { optimumEnclosure, pLongEnclosure, pointBox, roundsEnclosure } from '../theory/index.js';
import { table } from './output.js';
import type { TheoryQuestion } from './theory-rounds.js';
import { UsageError } from './usage-error.js';

/** A lower and an upper bound. */
type Bounds = readonly [number, number];

/** What is proved about pre-training and STaR, at one p and lambda. */
export interface CertifiedAnswer {
  readonly c1: Bounds;
  readonly s: Bounds;
  readonly t: Bounds;
  readonly c: Bounds;
  readonly pLong: Bounds;
  /** The first greedily long round; no upper bound if none of the rounds asked for is proved to be long. */
  readonly roundsToGreedyLong: readonly [number, number | null];
}

/** @throws UsageError where there are no enclosures */
export function certifiedAnswer(question: TheoryQuestion & { readonly method: string }): CertifiedAnswer {
  const { d, p, lambda, rounds, method, reward, temperature, freeConstant, jointLoss, stepNoise } = question;
  const needs = {
    '--method closed': method === 'closed',
    '--reward cot': reward === 'cot',
    '--temperature 1': temperature === 1,
    'no --free-constant': !freeConstant,
    'no --joint-loss': !jointLoss,
    '--step-noise 0': stepNoise.value === 0,
  };
  const missing = Object.entries(needs).find(([, met]) => !met);
  if (missing) throw new UsageError(`--certified is set; it needs ${missing[0]}`);
  const box = pointBox(p.exact, lambda);
  const { c1, sPlus, sMinus, c } = optimumEnclosure(box);
  const { low, high } = roundsEnclosure(d, box, rounds);
  return {
    c1: bounds(c1),
    s: bounds(sPlus),
    t: bounds(sMinus),
    c: bounds(c),
    pLong: bounds(pLongEnclosure(box)),
    roundsToGreedyLong: [low, Number.isFinite(high) ? high : null],
  };
}

const bounds = ({ low, high }: Interval): Bounds => [low, high];

/** The bounds as a table, in all of their digits: a rounded bound would be none. */
export function certifiedText(answer: CertifiedAnswer): string {
  const { roundsToGreedyLong, pLong, ...logits } = answer;
  const rows = Object.entries({ ...logits, 'P(long)': pLong, 'rounds to greedy long': roundsToGreedyLong });
  return [
    'proved by interval arithmetic, after pre-training',
    '',
    table(
      ['', 'at least', 'at most'],
      rows.map(([name, ends]) => [name, ...ends.map((end) => (end === null ? 'not proved' : String(end)))]),
      [],
    ),
  ].join('\n');
}
