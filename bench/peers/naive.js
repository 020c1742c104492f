/**
 * SGD as one would first write it, with the feature vector in an array, in the form without decay: v_t = (t - 1) w_t, and
 * the mean of w_{t+1} over the second half of the steps.
 *
 * @param {{ d: number, contexts: Int8Array, long: Uint8Array }} task contexts is [T][2d]
 * @param {number} lambda
 * @returns {Float64Array[]} the averaged weights of predictors 1, 'stop', 2, ..., d
 */
export function naiveSgd({ d, contexts, long }, lambda) {
  const samples = long.length;
  const longCount = long.reduce((sum, one) => sum + one, 0);
  const make = (plain, products, steps) => ({
    plain,
    products,
    steps,
    t: 0,
    v: new Float64Array(plain + products),
    sum: new Float64Array(plain + products),
  });
  const first = make(d, 0, samples);
  const stop = make(d + 1, d + 1, samples);
  const next = Array.from({ length: d - 1 }, (_, i) => make(d + i + 1, d + i, longCount));
  const phi = new Float64Array(4 * d);
  for (let i = 0; i < samples; i++) {
    const at = 2 * d * i;
    step(first, contexts, at, contexts[at + d], lambda, phi);
    step(stop, contexts, at, long[i] ? 1 : -1, lambda, phi);
    if (!long[i]) continue;
    for (let l = 0; l < d - 1; l++) step(next[l], contexts, at, contexts[at + d + l + 1], lambda, phi);
  }
  return [first, stop, ...next].map(({ sum, steps }) => {
    const count = lambda * (steps - Math.floor(steps / 2));
    return sum.map((value) => value / count);
  });
}

function step(predictor, contexts, at, target, lambda, phi) {
  const { plain, products, steps, v, sum } = predictor;
  const t = ++predictor.t;
  const last = contexts[at + plain - 1];
  for (let j = 0; j < plain; j++) phi[j] = contexts[at + j];
  for (let j = 0; j < products; j++) phi[plain + j] = last * contexts[at + j];
  const size = plain + products;
  let form = 0;
  for (let j = 0; j < size; j++) form += v[j] * phi[j];
  const logit = t === 1 ? 0 : form / (lambda * (t - 1));
  const e = target / (1 + Math.exp(target * logit));
  if (t > Math.floor(steps / 2)) {
    const share = 1 / t;
    for (let j = 0; j < size; j++) {
      v[j] += e * phi[j];
      sum[j] += v[j] * share;
    }
  } else for (let j = 0; j < size; j++) v[j] += e * phi[j];
}
