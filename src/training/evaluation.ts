import type { LinearChain } from '../chain/index.js';
import { part, type Watch } from '../progress/index.js';
import { streamOf } from '../random/index.js';
import { type Kernels, loops } from './kernels.js';
import { countBits, type PackedResponses } from './packed-responses.js';

/** Counts over evaluated responses. */
export interface ResponseCounts {
  readonly samples: number;
  readonly long: number;
  /** r_e2e = 1. */
  readonly correct: number;
  /** r_cot = 1. */
  readonly correctCot: number;
  /** Long and r_cot = 1. */
  readonly longCorrect: number;
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

export interface EvaluationOptions extends EvaluationSettings, Watch {
  readonly seed: number;
}

/** Inputs that are decoded at once: memory does not grow with their number. */
const CHUNK = 2 ** 13;

/** Decodes greedily and by sampling on fresh inputs and counts lengths and rewards. */
export async function evaluate(model: LinearChain, options: EvaluationOptions): Promise<Evaluation> {
  const [evaluation] = await evaluateAll(loops(), [{ model, seed: options.seed }], options, options);
  return evaluation!;
}

/** The same for many chains, each on the inputs of its seed. */
export async function evaluateAll(
  kernels: Kernels,
  chains: readonly { readonly model: LinearChain; readonly seed: number }[],
  { samples, temperature = 1 }: EvaluationSettings,
  watch: Watch,
): Promise<Evaluation[]> {
  const counters = chains.map(() => ({ greedy: new Counter(), sampled: new Counter() }));
  const chunks = Math.ceil(samples / CHUNK);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const first = chunk * CHUNK;
    const count = Math.min(CHUNK, samples - first);
    for (const [i, name] of (['greedy', 'sampled'] as const).entries()) {
      const decoding = name === 'greedy' ? null : streamOf('evaluationDecoding');
      const requests = chains.map((chain) => {
        return { ...chain, inputs: streamOf('evaluation'), decoding, temperature, first, count };
      });
      const all = await kernels.decode(requests, part(watch, 2 * chunk + i, 2 * chunks));
      for (const [chain, responses] of all.entries()) counters[chain]![name].add(responses);
    }
  }
  return counters;
}

class Counter implements ResponseCounts {
  samples = 0;
  long = 0;
  correct = 0;
  correctCot = 0;
  longCorrect = 0;

  add(responses: PackedResponses): void {
    const { long } = responses;
    const right = responses.rewarded('cot');
    this.samples += responses.count;
    this.long += responses.longCount;
    this.correct += countBits(responses.rewarded('e2e'));
    this.correctCot += countBits(right);
    this.longCorrect += countBits(right.map((word, block) => word & long[block]!));
  }
}
