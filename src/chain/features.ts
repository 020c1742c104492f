/**
 * The feature maps of the chain. Every predictor l = 1..d reads the context u = (x_1, ..., x_d, z_1, ..., z_{l-1}), which
 * is a prefix of one array: context[0..d) holds x and context[d..) the tokens.
 *
 * Features of predictor l >= 2, n = d + l - 1: (u_1, ..., u_n, u_n u_1, ..., u_n u_{n-1}), the plain half and the product
 * half. The stop predictor reads (phi_2, 1): since u_n u_n = 1, its product half simply has n entries. Predictor 1 has no
 * product half.
 */
export interface FeatureShape {
  /** n, the context entries read. */
  readonly plain: number;
  /** Entries of the product half. */
  readonly products: number;
}

/** Which predictor: 1..d for tokens, 'stop' for the decision after the first token. */
export type Predictor = number | 'stop';

/** @throws RangeError unless the predictor is 'stop' or an integer in 1..d */
export function featureShape(predictor: Predictor, d: number): FeatureShape {
  if (predictor === 'stop') return { plain: d + 1, products: d + 1 };
  if (!Number.isInteger(predictor) || predictor < 1 || predictor > d) {
    throw new RangeError(`predictor is ${predictor}; it must be 'stop' or an integer from 1 to d = ${d}`);
  }
  return predictor === 1 ? { plain: d, products: 0 } : { plain: d + predictor - 1, products: d + predictor - 2 };
}

/** Length of phi: d for predictor 1, 2n - 1 for l >= 2, 2(d + 1) for the stop predictor. */
export function featureCount(predictor: Predictor, d: number): number {
  const { plain, products } = featureShape(predictor, d);
  return plain + products;
}

/** phi of a context. A map of this type can be planted in the enumeration to see a check fail. */
export type FeatureMap = (predictor: Predictor, context: ArrayLike<number>, d: number) => Float64Array;

/** phi_l(x, z), or (phi_2, 1) for the stop predictor: [featureCount(predictor, d)]. */
export const features: FeatureMap = (predictor, context, d) => {
  const { plain, products } = featureShape(predictor, d);
  const phi = new Float64Array(plain + products);
  const last = context[plain - 1]!;
  for (let j = 0; j < plain; j++) phi[j] = context[j]!;
  for (let j = 0; j < products; j++) phi[plain + j] = last * context[j]!;
  return phi;
};

/** <weights, phi(context)> without building phi. */
export function linearForm(weights: Float64Array, context: ArrayLike<number>, shape: FeatureShape): number {
  const { plain, products } = shape;
  let sum = 0;
  let product = 0;
  for (let j = 0; j < products; j++) {
    sum += weights[j]! * context[j]!;
    product += weights[plain + j]! * context[j]!;
  }
  for (let j = products; j < plain; j++) sum += weights[j]! * context[j]!;
  return sum + context[plain - 1]! * product;
}

/** Index in phi of the product u_n u_j, j = 1..n-1 counted from 1 (j = n is the stop predictor's constant). */
export function productIndex(predictor: Predictor, j: number, d: number): number {
  return featureShape(predictor, d).plain + j - 1;
}
