import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTokenGradient, nextTokenHessian, nextTokenLoss, type WeightedContexts } from '../../../src/chain/index.js';
import { KeyedRandom, streamOf } from '../../../src/random/index.js';
import { seeded } from '../../fixtures/seed.js';

interface Problem {
  readonly contexts: WeightedContexts;
  readonly weights: Float64Array;
  readonly penalty: Float64Array;
}

/** Five contexts of four features in [-1, 1], both targets with random probabilities, dense weights, a free last weight. */
function problem(seed: number, scale: number): Problem {
  const random = new KeyedRandom(seed, streamOf('cases'));
  const [count, width] = [5, 4];
  const uniform = (length: number, step: number) => Float64Array.from({ length }, (_, i) => random.uniform(step, i));
  const [plus, minus] = [uniform(count, 1), uniform(count, 2)];
  const total = [...plus, ...minus].reduce((sum, value) => sum + value, 0);
  return {
    contexts: {
      width,
      rows: uniform(count * width, 0).map((value) => 2 * value - 1),
      plus: plus.map((value) => value / total),
      minus: minus.map((value) => value / total),
    },
    weights: uniform(width, 3).map((value) => scale * (2 * value - 1)),
    penalty: Float64Array.of(0.1, 0.02, 0.003, 0),
  };
}

const problems = fc.tuple(fc.nat(), fc.constantFrom(0.01, 1, 5)).map(([seed, scale]) => problem(seed, scale));

const H = 1e-4;

/**
 * Error of a central difference over 2h: h^2 / 6 times the third derivative, which is at most .1 for the loss (and .125
 * for the gradient) when the probabilities sum to 1 and the features lie in [-1, 1]; and the rounding of two values of at most 25
 * after ten terms, 10 eps 25 / h.
 */
const TOLERANCE = (0.125 * H ** 2) / 6 + (250 * Number.EPSILON) / H;

/** (f(w + h e_j) - f(w - h e_j)) / 2h. */
function difference<T>(weights: Float64Array, j: number, f: (weights: Float64Array) => T): [T, T] {
  const [up, down] = [weights.slice(), weights.slice()];
  up[j]! += H;
  down[j]! -= H;
  return [f(up), f(down)];
}

function gradientError({ contexts, weights, penalty }: Problem, gradient: Float64Array): number {
  let worst = 0;
  for (let j = 0; j < weights.length; j++) {
    const [up, down] = difference(weights, j, (w) => nextTokenLoss(contexts, w, penalty));
    worst = Math.max(worst, Math.abs((up - down) / (2 * H) - gradient[j]!));
  }
  return worst;
}

describe('the next-token loss', () => {
  it('is E log(1 + exp(-t z)) plus half the penalty, by hand', () => {
    const contexts: WeightedContexts = {
      width: 2,
      rows: Float64Array.of(1, 1, 1, -1),
      plus: Float64Array.of(0.5, 0),
      minus: Float64Array.of(0.25, 0.25),
    };
    const [weights, penalty] = [Float64Array.of(1, 2), Float64Array.of(0.1, 0.2)];
    const expected =
      0.5 * Math.log(1 + Math.exp(-3)) +
      0.25 * Math.log(1 + Math.exp(3)) +
      0.25 * Math.log(1 + Math.exp(-1)) +
      (0.1 * 1 + 0.2 * 4) / 2;
    // A handful of roundings of numbers below 2.
    expect(Math.abs(nextTokenLoss(contexts, weights, penalty) - expected)).toBeLessThan(1e-15);
  });

  it('has the gradient of its central differences, at dense random points', () => {
    fc.assert(
      fc.property(problems, (point) => {
        const { contexts, weights, penalty } = point;
        expect(gradientError(point, nextTokenGradient(contexts, weights, penalty))).toBeLessThan(TOLERANCE);
      }),
      seeded(200),
    );
  });

  it('and an error of a thousandth in the penalty would be seen', () => {
    const point = problem(1, 5);
    const wrong = point.penalty.map((lambda) => lambda * 1.001);
    expect(gradientError(point, nextTokenGradient(point.contexts, point.weights, wrong))).toBeGreaterThan(TOLERANCE);
  });

  it('has the Hessian of its gradient differences: symmetric, and positive where it is penalised', () => {
    fc.assert(
      fc.property(problems, ({ contexts, weights, penalty }) => {
        const hessian = nextTokenHessian(contexts, weights, penalty);
        const width = weights.length;
        for (let j = 0; j < width; j++) {
          const [up, down] = difference(weights, j, (w) => nextTokenGradient(contexts, w, penalty));
          for (let k = 0; k < width; k++) {
            expect(Math.abs((up[k]! - down[k]!) / (2 * H) - hessian[j * width + k]!)).toBeLessThan(TOLERANCE);
            expect(hessian[j * width + k]).toBe(hessian[k * width + j]);
          }
          expect(hessian[j * width + j]).toBeGreaterThan(penalty[j]!);
        }
      }),
      seeded(200),
    );
  });

  it('stays finite and exact to the last digits at logits of a thousand', () => {
    const contexts = { width: 1, rows: Float64Array.of(1), plus: Float64Array.of(1), minus: Float64Array.of(0) };
    const free = Float64Array.of(0);
    expect(nextTokenLoss(contexts, Float64Array.of(-1000), free)).toBe(1000);
    expect(nextTokenLoss(contexts, Float64Array.of(700), free)).toBe(Math.exp(-700));
    expect(nextTokenGradient(contexts, Float64Array.of(700), free)[0]).toBe(-Math.exp(-700));
  });
});
