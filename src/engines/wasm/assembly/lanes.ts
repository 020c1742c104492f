/** Vectors of 2 float64 or 4 float32, by the type argument F. */

/** Lanes of a vector. */
// @ts-ignore: decorator
@inline
export function lanes<F>(): usize {
  return 16 / sizeof<F>();
}

// @ts-ignore: decorator
@inline
export function add<F>(a: v128, b: v128): v128 {
  return v128.add<F>(a, b);
}

// @ts-ignore: decorator
@inline
export function sub<F>(a: v128, b: v128): v128 {
  return v128.sub<F>(a, b);
}

// @ts-ignore: decorator
@inline
export function mul<F>(a: v128, b: v128): v128 {
  return v128.mul<F>(a, b);
}

/** One number in every lane. */
// @ts-ignore: decorator
@inline
export function spread<F>(at: usize): v128 {
  return v128.load_splat<F>(at);
}

/** Consecutive i16 as numbers. */
// @ts-ignore: decorator
@inline
export function integers<F>(at: usize): v128 {
  if (sizeof<F>() == 4) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at));
  return f64x2.convert_low_i32x4_s(i32x4.extend_low_i16x8_s(v128.load32_zero(at)));
}
