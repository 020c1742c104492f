/** Philox4x32-10 (Salmon et al., SC 2011), four calls side by side, one in each 32-bit lane. */
import { RANDOM } from './layout';

const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;

/** Writes the words to {@link RANDOM}: v128 number w holds word w of the four calls. */
export function philox4(c0: v128, c1: v128, c2: v128, c3: v128, key0: u32, key1: u32): void {
  const m0 = i32x4.splat(MULTIPLIER_0);
  const m1 = i32x4.splat(MULTIPLIER_1);
  let k0 = i32x4.splat(key0);
  let k1 = i32x4.splat(key1);
  for (let round = 0; round < 10; round++) {
    const low0 = i64x2.extmul_low_i32x4_u(c0, m0);
    const high0 = i64x2.extmul_high_i32x4_u(c0, m0);
    const low1 = i64x2.extmul_low_i32x4_u(c2, m1);
    const high1 = i64x2.extmul_high_i32x4_u(c2, m1);
    c0 = v128.xor(v128.xor(highHalves(low1, high1), c1), k0);
    c2 = v128.xor(v128.xor(highHalves(low0, high0), c3), k1);
    c1 = lowHalves(low1, high1);
    c3 = lowHalves(low0, high0);
    k0 = i32x4.add(k0, i32x4.splat(WEYL_0));
    k1 = i32x4.add(k1, i32x4.splat(WEYL_1));
  }
  v128.store(RANDOM, c0);
  v128.store(RANDOM, c1, 16);
  v128.store(RANDOM, c2, 32);
  v128.store(RANDOM, c3, 48);
}

/** The low 32 bits of four 64-bit products. */
// @ts-ignore: decorator
@inline
function lowHalves(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 2, 4, 6);
}

/** The high 32 bits of four 64-bit products. */
// @ts-ignore: decorator
@inline
function highHalves(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 1, 3, 5, 7);
}
