/**
 * A batch of the programs here. The tokens of a sequence are those of its prompt, then those of its response but the last: its
 * `targets` are all tokens of its response, EOS included.
 */
export interface BatchShape {
  /** B. */
  readonly sequences: number;
  /** Tokens of each prompt. */
  readonly prompt: number;
  /** R: tokens of a response at most, EOS included. */
  readonly response: number;
}

/**
 * Inputs and outputs by name. P: parameters of the model, T = prompt + R - 1, V: tokens that there are.
 *
 * - training: parameters [P], firstMoment [P], secondMoment [P], tokens [B, T], targets [B, R], weights [B, R], inverseTemperature [1],
 *   learningRate [1], firstCorrection [1] and secondCorrection [1], which are 1 / (1 - beta^step), to parameters, firstMoment and secondMoment
 *   after one step, loss [1] = -sum weights log pi(target) before it, gradientNorm [1] before clipping.
 * - scoring: parameters, tokens, targets, inverseTemperature to logProbabilities [B, R] and entropies [B, R], in nats.
 * - sampling: parameters, prompts [B, prompt], noise [R, B, V] (Gumbel's; 0 decodes greedily), inverseTemperature to responses [R, B], whose
 *   tokens after EOS are EOS.
 */
export type ProgramKind = 'training' | 'scoring' | 'sampling';
