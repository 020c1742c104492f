import { Pacer, type Watch } from '../progress/index.js';
import { ascended, scoreDecisions } from './chain-decisions.js';
import { decode } from './decoding.js';
import { type Kernels, loops, type SgdSettings } from './kernels.js';
import { PackedResponses } from './packed-responses.js';
import type { Ascent, Policy, SampleRequest, Scores } from './policy.js';
import type { TrainedChain } from './sgd.js';

/** What a chain needs to be trained further. */
export interface ChainPolicyOptions extends Partial<SgdSettings> {
  /** Keys the inputs and the decoding. */
  readonly seed: number;
  /** Of next-token training, in [1e-100, 1e6]. */
  readonly lambda: number;
  /** What samples and fits; the float64 loops by default. */
  readonly kernels?: Kernels;
}

/** A chain as a policy. Decisions: the first token, whether to go on, tokens 2..d; EOS after token d is none. */
export class ChainPolicy implements Policy<PackedResponses> {
  #chain: TrainedChain;

  constructor(
    chain: TrainedChain,
    readonly options: ChainPolicyOptions,
  ) {
    this.#chain = chain;
  }

  /** The chain as it is now; later training replaces it and leaves this one as it is. */
  get chain(): TrainedChain {
    return this.#chain;
  }

  /** d + 1: a long response and EOS. */
  get longest(): number {
    return this.#chain.model.d + 1;
  }

  empty(): PackedResponses {
    return new PackedResponses(this.#chain.model.d);
  }

  async sample(request: SampleRequest, watch: Watch): Promise<PackedResponses> {
    const { generations = 1, maxCompletionLength = this.longest, ...asked } = request;
    const { seed } = this.options;
    const responses = await this.#decode({ ...asked, model: this.#chain.model, seed }, generations, watch);
    responses.cut(maxCompletionLength);
    return responses;
  }

  /** Kernels answer each input once; the loops, whose decisions they share, as often as is asked. */
  async #decode(request: Parameters<typeof decode>[0], generations: number, watch: Watch): Promise<PackedResponses> {
    if (generations > 1) return decode({ ...request, generations }, new Pacer(watch));
    return (await this.#kernels.decode([request], watch))[0]!;
  }

  score(responses: PackedResponses, temperature: number, watch: Watch): Promise<Scores> {
    return scoreDecisions(this.#chain.model, responses, temperature, watch);
  }

  async ascend(responses: PackedResponses, weights: Float64Array, ascent: Ascent, watch: Watch): Promise<void> {
    const model = await ascended(this.#chain.model, responses, weights, ascent, watch);
    this.#chain = { ...this.#chain, model };
  }

  async fit(responses: PackedResponses, start: 'fresh' | 'warm', watch: Watch): Promise<void> {
    const { lambda, average = 'tail', freeConstant = false, jointLoss = false } = this.options;
    const task = { data: responses, lambda, start: start === 'warm' ? this.#chain : undefined };
    const [trained] = await this.#kernels.train([task], { average, freeConstant, jointLoss }, watch);
    this.#chain = trained!;
  }

  frozen(): ChainPolicy {
    return new ChainPolicy(this.#chain, this.options);
  }

  get #kernels(): Kernels {
    return this.options.kernels ?? loops();
  }
}
