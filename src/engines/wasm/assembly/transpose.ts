/** Turns a square of bits: bit r of word j at `from`, 32 words each, becomes bit j of word r at `to`. */
export function transposeBits(from: usize, to: usize): void {
  for (let half: usize = 0; half < 2; half++) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    // Byte 0 of the 16 words, then byte 1, and so on.
    const ab = v128.shuffle<u8>(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
    const cd = v128.shuffle<u8>(c, d, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
    const abHigh = v128.shuffle<u8>(a, b, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
    const cdHigh = v128.shuffle<u8>(c, d, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
    const column = to + 2 * half;
    storeColumns(column, v128.shuffle<u64>(ab, cd, 0, 2));
    storeColumns(column + 32, v128.shuffle<u64>(ab, cd, 1, 3));
    storeColumns(column + 64, v128.shuffle<u64>(abHigh, cdHigh, 0, 2));
    storeColumns(column + 96, v128.shuffle<u64>(abHigh, cdHigh, 1, 3));
    from += 64;
  }
}

/** The 8 columns of 16 bytes, 16 bits each, to every other u16. */
// @ts-ignore: decorator
@inline
function storeColumns(to: usize, bytes: v128): void {
  for (let bit: usize = 8; bit > 0; bit--) {
    store<u16>(to + (bit - 1) * 4, i8x16.bitmask(bytes));
    bytes = i8x16.add(bytes, bytes);
  }
}
