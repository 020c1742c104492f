import { chainLength, parity, partialChain, type Sign } from './parity.js';

/** The tokens of a response before EOS, each +-1. Its length |y| is their number. */
export type Response = readonly Sign[];

/** The two rewards of the paper: end to end (the last token), or the whole chain of thought. */
export type RewardName = 'e2e' | 'cot';

/** 1 iff the response earns the reward on x. `tokens` holds the tokens before EOS. */
export type Reward = (x: ArrayLike<number>, tokens: ArrayLike<number>) => boolean;

/** r_e2e: the last token before EOS is chi(x). The empty response earns nothing. */
export function rewardE2e(x: ArrayLike<number>, tokens: ArrayLike<number>): boolean {
  return tokens[tokens.length - 1] === parity(x);
}

/** r_cot: the whole response is the task's valid chain (of its leap), or the valid short answer (chi(x)). */
export function rewardCot(x: ArrayLike<number>, tokens: ArrayLike<number>, leap = 1): boolean {
  return sameTokens(tokens, [parity(x)]) || sameTokens(tokens, partialChain(x, leap));
}

/** The reward of that name. */
export function rewardNamed(name: RewardName): Reward {
  return name === 'e2e' ? rewardE2e : rewardCot;
}

/** The long (chain) or short (answer only) demonstration for x. */
export function demonstration(x: ArrayLike<number>, long: boolean, leap = 1): Response {
  return long ? partialChain(x, leap) : [parity(x)];
}

export type ParsedResponse =
  | { readonly kind: 'long' | 'short'; readonly tokens: Response }
  | { readonly kind: 'malformed'; readonly reason: string };

/** The text of a response: its tokens as `+1` or `-1`, then `EOS`, separated by blanks. */
export function formatResponse(tokens: ArrayLike<number>): string {
  return [...Array.from(tokens, (token) => (token === 1 ? '+1' : '-1')), 'EOS'].join(' ');
}

/**
 * Reads the text of a response to a d-bit input: tokens `+1`/`1`/`+` or `-1`/`-`, then `EOS`. It is long with
 * ceil(d / leap) tokens, short with one (short when both are one), malformed otherwise.
 */
export function parseResponse(text: string, d: number, leap = 1): ParsedResponse {
  const words = text.trim().split(/\s+/);
  if (words.pop() !== 'EOS') return { kind: 'malformed', reason: 'it does not end with EOS' };
  const tokens: Sign[] = [];
  for (const word of words) {
    const token = TOKENS.get(word);
    if (token === undefined) return { kind: 'malformed', reason: `"${word}" is not a token: +1, -1 or EOS` };
    tokens.push(token);
  }
  if (tokens.length === 1) return { kind: 'short', tokens };
  if (tokens.length === chainLength(d, leap)) return { kind: 'long', tokens };
  const allowed = [...new Set([1, chainLength(d, leap)])].join(' or ');
  return { kind: 'malformed', reason: `it has ${tokens.length} tokens before EOS; allowed: ${allowed}` };
}

const TOKENS = new Map<string, Sign>([
  ['+1', 1],
  ['1', 1],
  ['+', 1],
  ['-1', -1],
  ['-', -1],
]);

function sameTokens(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
