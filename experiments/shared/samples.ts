import {
  ChainPolicy,
  formatResponse,
  type Row,
  rewardCot,
  streamOf,
  type TrainedChain,
  type TrialContext,
} from '../../src/index.js';

/** Which chain is asked, and what it is called. */
export interface Asked {
  readonly chain: TrainedChain;
  readonly seed: number;
  /** Of its training. */
  readonly lambda: number;
  /** The keys of the row that the chain belongs to. A sample has a reward of its own. */
  readonly keys: Row & { readonly reward?: never };
}

/** Records the answers of a chain to the first inputs of its evaluation, greedy and sampled at temperature 1. */
export async function recordSamples(
  context: TrialContext,
  { chain, seed, lambda, keys }: Asked,
  count = 2,
): Promise<void> {
  const policy = new ChainPolicy(chain, { seed, lambda });
  for (const decoding of ['greedy', 'sampled'] as const) {
    const stream = decoding === 'greedy' ? null : streamOf('evaluationDecoding');
    const request = { inputs: streamOf('evaluation'), decoding: stream, temperature: 1, first: 0, count };
    const responses = await policy.sample(request, context.watch);
    for (let i = 0; i < count; i++) {
      const { prompt, tokens } = responses.at(i);
      const reward = rewardCot(prompt, tokens) ? 1 : 0;
      context.sample({ ...keys, decoding, prompt: bitsText(prompt), response: formatResponse(tokens), reward });
    }
  }
}

const bitsText = (x: readonly number[]) => x.map((bit) => (bit === 1 ? '+1' : '-1')).join(' ');
