import { add, mul } from './lanes';

/**
 * 2^y, for f64 to 2e-16 relative and for f32 to 2e-7: y = n + x with |x| <= 1/2, a polynomial in x, and n added to the
 * exponent. y is held in the range of normal numbers, [-1000, 1000] or [-125, 125].
 */
// @ts-ignore: decorator
@inline
export function exp2<F>(y: v128): v128 {
  if (sizeof<F>() == 4) {
    y = f32x4.pmax(f32x4.splat(-125), f32x4.pmin(f32x4.splat(125), y));
    // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
    const rounder = f32x4.splat(12582912);
    const shifted = f32x4.add(y, rounder);
    const x = f32x4.sub(y, f32x4.sub(shifted, rounder));
    let p = f32x4.splat(0.0013398874);
    p = horner<f32>(p, x, 0.0096181291);
    p = horner<f32>(p, x, 0.0555033);
    p = horner<f32>(p, x, 0.2402265);
    p = horner<f32>(p, x, 0.69314718);
    p = horner<f32>(p, x, 1);
    return i32x4.add(p, i32x4.shl(shifted, 23));
  }
  y = f64x2.pmax(f64x2.splat(-1000), f64x2.pmin(f64x2.splat(1000), y));
  const rounder = f64x2.splat(6755399441055744);
  const shifted = f64x2.add(y, rounder);
  const x = f64x2.sub(y, f64x2.sub(shifted, rounder));
  // (log 2)^k / k!, k = 13..0: the first term left out is below 1e-17 at |x| = 1/2.
  let p = f64x2.splat(1.3691488853904124e-12);
  p = horner<f64>(p, x, 2.5678435993488206e-11);
  p = horner<f64>(p, x, 4.445538271870812e-10);
  p = horner<f64>(p, x, 7.054911620801123e-9);
  p = horner<f64>(p, x, 1.0178086009239701e-7);
  p = horner<f64>(p, x, 1.3215486790144307e-6);
  p = horner<f64>(p, x, 1.5252733804059838e-5);
  p = horner<f64>(p, x, 1.5403530393381608e-4);
  p = horner<f64>(p, x, 1.3333558146428441e-3);
  p = horner<f64>(p, x, 9.618129107628477e-3);
  p = horner<f64>(p, x, 5.550410866482158e-2);
  p = horner<f64>(p, x, 2.402265069591007e-1);
  p = horner<f64>(p, x, 6.931471805599453e-1);
  p = horner<f64>(p, x, 1);
  return i64x2.add(p, i64x2.shl(shifted, 52));
}

// @ts-ignore: decorator
@inline
function horner<F>(p: v128, x: v128, coefficient: F): v128 {
  return add<F>(mul<F>(p, x), v128.splat<F>(coefficient));
}
