import { part, type Watch } from '../progress/index.js';
import { streamOf } from '../random/index.js';
import { bitOf, countBits } from './packed-responses.js';
import type { Policy, Responses } from './policy.js';

/** Counts over evaluated responses. A response without EOS is not correct. */
export interface ResponseCounts {
  readonly samples: number;
  readonly long: number;
  /** r_e2e = 1. */
  readonly correct: number;
  /** r_cot = 1. */
  readonly correctCot: number;
  /** Long and r_cot = 1. */
  readonly longCorrect: number;
  /** Median number of tokens before EOS. */
  readonly medianLength: number;
}

export interface Evaluation {
  readonly greedy: ResponseCounts;
  readonly sampled: ResponseCounts;
}

export interface EvaluationSettings {
  /** Inputs, the same for greedy and sampled decoding and for every round of one seed. */
  readonly samples: number;
  /** Temperature of sampled decoding, > 0. Default 1. */
  readonly temperature?: number;
}

/** Inputs that are decoded at once: memory does not grow with their number. */
const CHUNK = 2 ** 13;

/** Lets a policy answer fresh inputs greedily and by sampling and counts lengths and rewards. */
export async function evaluate<R extends Responses>(
  policy: Policy<R>,
  { samples, temperature = 1 }: EvaluationSettings,
  watch: Watch = {},
): Promise<Evaluation> {
  const counters = { greedy: new Counter(), sampled: new Counter() };
  const inputs = streamOf('evaluation');
  const chunks = Math.ceil(samples / CHUNK);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const first = chunk * CHUNK;
    const count = Math.min(CHUNK, samples - first);
    for (const [i, name] of (['greedy', 'sampled'] as const).entries()) {
      const decoding = name === 'greedy' ? null : streamOf('evaluationDecoding');
      const request = { inputs, decoding, temperature, first, count };
      counters[name].add(await policy.sample(request, part(watch, 2 * chunk + i, 2 * chunks)));
    }
  }
  return { greedy: counters.greedy.counts(), sampled: counters.sampled.counts() };
}

class Counter {
  samples = 0;
  long = 0;
  correct = 0;
  correctCot = 0;
  longCorrect = 0;
  /** Responses by their tokens before EOS. */
  readonly #lengths: number[] = [];

  add(responses: Responses): void {
    const { long } = responses;
    const right = responses.rewarded('cot');
    this.samples += responses.count;
    this.long += responses.longCount;
    this.correct += countBits(responses.rewarded('e2e'));
    this.correctCot += countBits(right);
    this.longCorrect += countBits(right.map((word, block) => word & long[block]!));
    const ended = responses.terminated();
    for (const [i, tokens] of responses.lengths().entries()) {
      const length = tokens - bitOf(ended, i);
      this.#lengths[length] = (this.#lengths[length] ?? 0) + 1;
    }
  }

  counts(): ResponseCounts {
    return { ...this, medianLength: (this.#ranked((this.samples - 1) / 2) + this.#ranked(this.samples / 2)) / 2 };
  }

  /** The length of the response at floor(rank), from 0, when they are sorted by it. */
  #ranked(rank: number): number {
    let before = 0;
    return this.#lengths.findIndex((count = 0) => {
      before += count;
      return before > Math.floor(rank);
    });
  }
}
