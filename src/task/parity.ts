/** A +-1 token, or a +-1 input bit. */
export type Sign = 1 | -1;

/** chi(x) = x_1 ... x_d for x in {-1,+1}^d. */
export function parity(x: ArrayLike<number>): Sign {
  let product = 1;
  for (let i = 0; i < x.length; i++) product *= x[i]!;
  return product as Sign;
}

/** The prefix products (c_1, ..., c_d), c_i = x_1 ... x_i, so that c_d = chi(x). */
export function prefixProducts(x: ArrayLike<number>): Sign[] {
  const products: Sign[] = [];
  let product = 1;
  for (let i = 0; i < x.length; i++) {
    product *= x[i]!;
    products.push(product as Sign);
  }
  return products;
}

/**
 * The leap-k partial chain: (c_k, c_2k, ..., c_d), the last one always c_d = chi(x). Leap 1 is the full chain; leap >= d
 * leaves the answer alone.
 *
 * @throws RangeError if leap is not a positive integer
 */
export function partialChain(x: ArrayLike<number>, leap: number): Sign[] {
  requireLeap(leap);
  const last = x.length - 1;
  return prefixProducts(x).filter((_, i) => (i + 1) % leap === 0 || i === last);
}

/** Tokens of a leap-k chain over d bits: ceil(d / k). */
export function chainLength(d: number, leap = 1): number {
  requireLeap(leap);
  return Math.ceil(d / leap);
}

/**
 * A chain in which step l is wrong where `flips[l-1]` holds: z_l = -z_{l-1} x_l instead of z_{l-1} x_l (z_0 = 1). Later
 * steps go on from the wrong prefix.
 *
 * @param flips [d] whether e_l = z_l z_{l-1} x_l is -1
 */
export function noisyChain(x: ArrayLike<number>, flips: ArrayLike<boolean>): Sign[] {
  const tokens: Sign[] = [];
  let previous = 1;
  for (let i = 0; i < x.length; i++) {
    previous = previous * x[i]! * (flips[i] ? -1 : 1);
    tokens.push(previous as Sign);
  }
  return tokens;
}

/** Correctness of each step of a chain: e_1 = z_1 x_1, e_l = z_l z_{l-1} x_l. All +1 exactly for the valid chain. */
export function stepSigns(x: ArrayLike<number>, tokens: ArrayLike<number>): Sign[] {
  return Array.from({ length: tokens.length }, (_, i) => ((i === 0 ? 1 : tokens[i - 1]!) * tokens[i]! * x[i]!) as Sign);
}

function requireLeap(leap: number): void {
  if (!Number.isInteger(leap) || leap < 1) {
    throw new RangeError(`leap is ${leap}; it must be a positive integer`);
  }
}
