/**
 * A group: predictors that are trained side by side, one in each lane of a vector. The host writes the fields up to
 * `edges`, in this order; the vectors after them are room to work in.
 *
 * In float32 the group of predictors 1 and 'stop' is folded: a position is one vector, whose lanes are the plain halves of
 * both and the product half of 'stop', since predictor 1 has none.
 */
@unmanaged
export class Group {
  /** [position][plain, product], v128: lambda v_t. */
  weights: usize;
  /** The same for the sum that becomes the average. */
  sums: usize;
  /** u16 [block][position]. */
  patterns: usize;
  patternStride: usize;
  /** i16 [step][lane + 1]: u_n of the lane's predictor, then its target. */
  signs: usize;
  signStride: usize;
  /** i16 [block][pair][lane]. */
  products: usize;
  productStride: usize;
  /** [step][SCHEDULE numbers]. */
  schedule: usize;
  /** Positions that every lane reads. */
  uniform: usize;
  /** [edge][plain, product], v128: which lanes read each of the last positions. */
  masks: usize;
  /** Positions that only some lanes read. */
  edges: usize;
}

/** Bytes from a group to the next. */
export const GROUP: usize = 512;
/** Offset of [plain, product][step of the block], v128: inner products with the weights before the block. */
// @ts-ignore: decorator
@inline export const DOTS: usize = 64;
/** Offset of the steps' changes e_k, then c_k e_k: [plain, product][step], v128. */
// @ts-ignore: decorator
@inline export const STEPS: usize = 192;
/** Offset of the same times h_k, for the average. */
// @ts-ignore: decorator
@inline export const AVERAGE_STEPS: usize = 320;
/** Offset of the second half in each of the three. */
// @ts-ignore: decorator
@inline export const PRODUCT: usize = 64;

/** Numbers a step in the schedule: log2(e) / (lambda (t - 1)), 1 or 0 for a step that is not taken, h_t. */
// @ts-ignore: decorator
@inline export const SCHEDULE: usize = 3;
