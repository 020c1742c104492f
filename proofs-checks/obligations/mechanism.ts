/** The mechanism: what filtering by a reward does to the share of long answers. */
import { type Hypothesis, type Obligation, terms } from '../../src/index.js';
import { half, probability, says } from './symbols.js';

const { add, and, divide, equal, greater, iff, multiply, subtract, variable } = terms;

const sampled = variable('P');
const rightIfLong = variable('right_if_long');
const acceptedLong = variable('A_long');
const acceptedShort = variable('A_short');
const next = variable('q_next');

const odds = (share: terms.Real) => divide(share, subtract(1, share));
const growsAbove = (threshold: terms.Operand) => iff(greater(next, sampled), greater(rightIfLong, threshold));

const filtered: readonly Hypothesis[] = [
  probability('P = P(|y| = d)', sampled),
  probability('P(r = 1 | long)', rightIfLong),
  says('long answers that are accepted', equal(acceptedLong, multiply(sampled, rightIfLong))),
  says('short answers that are accepted: half of them', equal(acceptedShort, divide(subtract(1, sampled), 2))),
  says(
    "q', the long fraction of what is accepted",
    equal(next, divide(acceptedLong, add(acceptedLong, acceptedShort))),
  ),
];

export const filterOdds: Obligation = {
  id: 'filter-odds',
  title:
    'Filtering multiplies the odds of long by 2 P(r = 1 | long), so the long fraction grows iff long answers are right more than half of the time',
  source: 'The mechanism (docs/theory.md, section 7)',
  hypotheses: filtered,
  goal: and(equal(odds(next), multiply(2, rightIfLong, odds(sampled))), growsAbove(half)),
  falsehoods: [
    {
      id: 'whatever-is-right',
      description: 'the long fraction grows however often long answers are right',
      goal: greater(next, sampled),
    },
    {
      id: 'above-quarter',
      description: 'the long fraction grows iff long answers are right more than a quarter of the time',
      goal: growsAbove(divide(1, 4)),
    },
  ],
};
