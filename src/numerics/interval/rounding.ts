/**
 * Arithmetic rounded towards -Infinity (`...Down`) or Infinity (`...Up`). ECMAScript rounds + - * / correctly to nearest, so
 * a neighbour of the result on the wanted side bounds the exact value.
 */

/**
 * x +- (RELATIVE |x| + MIN_VALUE), rounded to nearest, lies at the next double or, at a few subnormal exponents, one
 * further. Source: Rump, Zimmermann, Boldo and Melquiond, Computing predecessor and successor in rounding to nearest (2009).
 */
const RELATIVE = 2 ** -53 * (1 + 2 ** -52);

/** A double above x, at most two further; -Infinity, which stands for an overflow, leads to the least doubles. */
export function above(x: number): number {
  const finite = Math.max(x, -Number.MAX_VALUE);
  return finite + (RELATIVE * Math.abs(finite) + Number.MIN_VALUE);
}

/** A double below x, at most two further; Infinity, which stands for an overflow, leads to the greatest doubles. */
export function below(x: number): number {
  const finite = Math.min(x, Number.MAX_VALUE);
  return finite - (RELATIVE * Math.abs(finite) + Number.MIN_VALUE);
}

/**
 * What rounding took from a + b = sum, exactly (Knuth's TwoSum); not finite where something overflows. It keeps sums that are
 * exact, and zero, as they are.
 */
function sumError(a: number, b: number, sum: number): number {
  const ofB = sum - a;
  return a - (sum - ofB) + (b - ofB);
}

export function addDown(a: number, b: number): number {
  const sum = a + b;
  const error = sumError(a, b, sum);
  return error >= 0 && error < Number.POSITIVE_INFINITY ? sum : below(sum);
}

// 0 - x instead of -x: no zero becomes -0.
export function addUp(a: number, b: number): number {
  return 0 - addDown(-a, -b);
}

/** 0 times anything is 0: an infinite end stands for real numbers without bound. */
export function multiplyDown(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : withSign(a * b, a > 0 === b > 0);
}

export function multiplyUp(a: number, b: number): number {
  return 0 - multiplyDown(-a, b);
}

/** For b != 0. Of two infinite ends 0 is a quotient, as every positive number is. */
export function divideDown(a: number, b: number): number {
  const quotient = a / b;
  return a === 0 || Number.isNaN(quotient) ? 0 : withSign(quotient, a > 0 === b > 0);
}

export function divideUp(a: number, b: number): number {
  return 0 - divideDown(-a, b);
}

/** A bound below a result of known sign; one that underflows keeps its sign. */
function withSign(result: number, positive: boolean): number {
  if (result === 0) return positive ? 0 : -Number.MIN_VALUE;
  return below(result);
}
