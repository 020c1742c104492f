/**
 * The scratch areas in the first page of memory; everything from 64 KiB on is laid out by the host. The three tables that
 * the inner loop reads and writes lie at different offsets modulo 4096, so that no store is mistaken for the source of a
 * load from another table.
 */

/** Sign products of the six pairs of steps of a block, [16 patterns][8 i16], 32 bytes apart. */
// @ts-ignore: decorator
@inline export const PAIR_SIGNS: usize = 1024;
/** The weight change of a whole block for each pattern: [16 patterns][plain, product], v128. */
// @ts-ignore: decorator
@inline export const CHANGES: usize = 4096;
/** The same for the average. */
// @ts-ignore: decorator
@inline export const AVERAGE_CHANGES: usize = 9216;
/** Sums of the weights by pattern: [16 patterns][plain, product], v128; zero between passes. */
// @ts-ignore: decorator
@inline export const BUCKETS: usize = 14336;
/** Words of four calls of the generator, [4 words][4 calls]. */
// @ts-ignore: decorator
@inline export const RANDOM: usize = 16384;
/** What each pattern of 8 positions adds to a logit's halves: [4 octets][256 patterns], v128 of [plain, product]. */
// @ts-ignore: decorator
@inline export const DECODING_TABLES: usize = 20480;
/** Bytes of an octet's table. */
// @ts-ignore: decorator
@inline export const OCTET_TABLE: usize = 4096;

/** Steps in a block: one pattern holds the signs of one context position in 4 consecutive steps. */
// @ts-ignore: decorator
@inline export const BLOCK: usize = 4;
/** Bytes from one pattern's table entry to the next; patterns are stored multiplied by it. */
// @ts-ignore: decorator
@inline export const ENTRY: usize = 32;
/** Steps in a chunk: one bit each of a word. */
// @ts-ignore: decorator
@inline export const CHUNK: usize = 32;
