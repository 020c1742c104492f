import { decimals, greedyText, table } from './output.js';
import type { AscentQuestion, PrintedStep } from './theory-steps.js';

/** What policy gradient adds to the document of `theory`. */
export function ascentDocument({ algorithm, baseline, learningRate }: AscentQuestion, steps: readonly PrintedStep[]) {
  return { algorithm, baseline, learningRate, steps, stepsToGreedyLong: firstLong(steps)?.step ?? null };
}

function firstLong(steps: readonly PrintedStep[]): PrintedStep | undefined {
  return steps.find(({ greedy }) => greedy.longFraction === 1);
}

/** Rows of the table, besides the first long step and the last. */
const MOST_ROWS = 25;

/** The table of an ascent; long ones are thinned out evenly. */
export function ascentText(
  { algorithm, baseline, learningRate }: AscentQuestion,
  steps: readonly PrintedStep[],
): string {
  const first = firstLong(steps);
  const every = Math.ceil(steps.length / MOST_ROWS);
  const shown = steps.filter(({ step }, i) => i % every === 0 || i === steps.length - 1 || step === first?.step);
  const header = [
    'step',
    'objective',
    'P(long)',
    'acc. cot',
    'acc. e2e',
    'c1',
    'bias',
    'weight',
    'c_2',
    'c_d',
    'greedy',
  ];
  const cells = ({ step, greedy, c, ...r }: PrintedStep) => [
    String(step),
    ...[r.objective, r.pLong, r.accuracyCot, r.accuracyE2e, r.c1, r.bias, r.weight, c[0]!, c.at(-1)!].map(decimals),
    greedyText(greedy),
  ];
  const numeric = header.map((_, column) => column).slice(0, -1);
  return [
    `${algorithm}, baseline ${baseline}, learning rate ${learningRate}${every > 1 ? `, one step in ${every} shown` : ''}`,
    '',
    table(header, shown.map(cells), numeric),
    '',
    `steps to greedy long       ${first?.step ?? `more than ${steps.length - 1}`}`,
  ].join('\n');
}
