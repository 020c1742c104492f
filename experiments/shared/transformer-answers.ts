import {
  type Column,
  clopperPearson,
  evaluate,
  formatTokens,
  type Row,
  rewardCot,
  streamOf,
  type TransformerPolicy,
  type TrialContext,
  type Watch,
} from '../../src/index.js';

/** The probability with which the bounds of a share miss it: bounds are exact, for each share by itself. */
const MISS = 0.05;

/** Shares that an evaluation finds, and what they mean. */
const SHARES = {
  greedy_accuracy: 'share of inputs with r_cot = 1 under greedy decoding, 0 to 1',
  sampled_accuracy: 'share of inputs with r_cot = 1 under sampling at temperature 1, 0 to 1',
  long_fraction: 'share of sampled responses as long as a chain, 0 to 1',
  long_accuracy: 'share of those with r_cot = 1, 0 to 1; null without any',
  short_accuracy: 'share of the other sampled responses with r_cot = 1, 0 to 1; null without any',
} as const;

/** How far a trial was when a policy was asked, and what {@link answersOf} found. */
export const ANSWER_COLUMNS: readonly Column[] = [
  { name: 'seed', role: 'key', meaning: 'keys every random number' },
  { name: 'stage', role: 'key', meaning: 'pretraining or rl' },
  {
    name: 'sequences',
    role: 'step',
    meaning: 'sequences seen since the start, those drawn in post-training included',
  },
  { name: 'round', role: 'value', meaning: 'rounds of post-training so far' },
  {
    name: 'median_greedy_length',
    role: 'value',
    meaning: 'median over inputs of the tokens before EOS in greedy responses',
  },
  { name: 'greedy_long', role: 'value', meaning: 'share of greedy responses as long as a chain, 0 to 1' },
  ...Object.entries(SHARES).flatMap(([name, meaning]): Column[] => [
    { name, role: 'value', meaning },
    { name: `${name}_low`, role: 'value', meaning: `lower 95% bound of ${name} (Clopper and Pearson)` },
    { name: `${name}_high`, role: 'value', meaning: `upper 95% bound of ${name} (Clopper and Pearson)` },
  ]),
];

/** What fresh inputs find of a policy: greedy answers, and answers sampled at temperature 1. */
export async function answersOf(policy: TransformerPolicy, inputs: number, { signal }: Watch): Promise<Row> {
  const { greedy, sampled } = await evaluate(policy, { samples: inputs }, { signal });
  const { long, longCorrect, correctCot } = sampled;
  return {
    median_greedy_length: greedy.medianLength,
    greedy_long: greedy.long / greedy.samples,
    ...share('greedy_accuracy', greedy.correctCot, greedy.samples),
    ...share('sampled_accuracy', correctCot, sampled.samples),
    ...share('long_fraction', long, sampled.samples),
    ...share('long_accuracy', longCorrect, long),
    ...share('short_accuracy', correctCot - longCorrect, sampled.samples - long),
  };
}

function share(name: keyof typeof SHARES, successes: number, trials: number): Row {
  if (trials === 0) return { [name]: null, [`${name}_low`]: null, [`${name}_high`]: null };
  const { value, bounds } = clopperPearson({ successes, trials, alpha: MISS });
  return { [name]: value, [`${name}_low`]: bounds[0], [`${name}_high`]: bounds[1] };
}

/** Records the responses to the first inputs of an evaluation, greedy and sampled at temperature 1. @param keys of the row that they belong to */
export async function recordResponses(
  context: TrialContext,
  policy: TransformerPolicy,
  keys: Row & { readonly reward?: never },
  count = 2,
): Promise<void> {
  const { leap } = policy.options.task;
  for (const decoding of ['greedy', 'sampled'] as const) {
    const stream = decoding === 'greedy' ? null : streamOf('evaluationDecoding');
    const request = { inputs: streamOf('evaluation'), decoding: stream, temperature: 1, first: 0, count };
    const responses = await policy.sample(request, { signal: context.watch.signal });
    for (let i = 0; i < count; i++) {
      const { x, tokens, signs } = responses.at(i);
      const prompt = [...x].map((bit) => (bit === 1 ? '+1' : '-1')).join(' ');
      context.sample({
        ...keys,
        decoding,
        prompt,
        response: formatTokens(tokens),
        reward: rewardCot(x, signs, leap) ? 1 : 0,
      });
    }
  }
}
