/** The tokens: a sign each, the end of a prompt, the end of a response. */
export const PLUS = 0;
export const MINUS = 1;
export const SEP = 2;
export const EOS = 3;
export const VOCABULARY = 4;

/** The token of a sign: +1 or -1. */
export function signToken(sign: number): number {
  return sign > 0 ? PLUS : MINUS;
}

/** The sign of a token; 0 for a token that has none, which no reward takes for a right one. */
export function tokenSign(token: number): 1 | -1 | 0 {
  return token === PLUS ? 1 : token === MINUS ? -1 : 0;
}

const TEXTS = ['+1', '-1', 'SEP', 'EOS'];

/** The text of a response, its tokens separated by blanks; one that was cut has no EOS. The same as `formatResponse` of signs. */
export function formatTokens(tokens: ArrayLike<number>): string {
  return Array.from(tokens, (token) => TEXTS[token]).join(' ');
}
