import { beforeAll, describe, expect, it } from 'vitest';
import { boundWithoutBits } from '../../../proofs-checks/shared/falsifiers/index.js';
import { growthEvidence, type Place, SHARE, type Sweep } from '../../../proofs-checks/shared/sample-growth.js';
import { starBound } from '../../../proofs-checks/theorem-2.polynomial-samples.js';
import {
  actualWorld,
  demonstrationState,
  type Kernels,
  KeyedRandom,
  type OpenEngine,
  openEngine,
  type TrainedChain,
  type World,
  zeroChain,
} from '../../../src/index.js';
import { SEED } from '../../fixtures/seed.js';

const CHOICES = { freeConstant: false, jointLoss: false, average: 'tail' } as const;
const CONTEXT = { effort: 'thorough', seed: SEED, alpha: 1e-7 } as const;

const SWEEP: Sweep = {
  goal: 'greedy answers are long and right',
  stage: 'pre-training',
  along: 'd',
  places: [4, 8, 16].map((d) => ({ d, pCot: 0.5 })),
  lambda: 0.01,
  predictors: ['first', 'stop', 'later'],
};

let engine: OpenEngine;
beforeAll(async () => {
  engine = await openEngine('wasm', { precision: 'f64' });
});

/** A chain that answers long and right, or short. */
function chainOf(d: number, right: boolean): TrainedChain {
  const model = zeroChain(d);
  model.first[0] = 1;
  model.stop[model.stop.length - 1] = right ? 1 : -1;
  // The product of the last token with the bit that comes next: features are all n entries, then u_n times each of them.
  for (let l = 2; l <= d; l++) model.next[l]![d + l - 1 + (l - 1)] = 1;
  return { model, steps: 1, longSteps: 1 };
}

/** Chains that are right from `least` samples on, more or less, whatever they are trained on. */
function worldNeeding(least: (place: Place) => number): World {
  const kernels: Kernels = {
    decode: (requests, watch) => engine.decode(requests, watch),
    train: async (tasks) =>
      tasks.map(({ data }) => {
        if (!('pCot' in data)) throw new Error('responses are not expected');
        const { d, pCot, seed, samples } = data;
        const jitter = 0.8 + 0.4 * new KeyedRandom(seed, 1).uniform(0, 0);
        return chainOf(d, samples >= jitter * least({ d, pCot }));
      }),
  };
  return actualWorld(CHOICES, kernels);
}

async function outcomeIn(world: World, bound = 1e9) {
  return growthEvidence(SWEEP, { id: 'growth', boundOf: () => bound, falsifiers: [] }).run(world, CONTEXT);
}

describe('growthEvidence', () => {
  it('holds where the exponent is below the degree, and finds it', async () => {
    const { verdict, detail } = await outcomeIn(worldNeeding(({ d }) => 100 * d));
    expect(verdict).toBe('holds');
    const [, low, high] = /from (-?[\d.]+) to ([\d.]+) against degree 3\.0/.exec(detail)!.map(Number);
    // Jitter of .8 to 1.2 and one step of the grid, over two doublings of d.
    expect(low).toBeGreaterThan(0.2);
    expect(high).toBeLessThan(1.8);
  });

  it('is refuted where samples grow faster than the degree, though all are below the bound', async () => {
    const { verdict, counterexample } = await outcomeIn(worldNeeding(({ d }) => d ** 5));
    expect(verdict).toBe('refuted');
    expect(counterexample).toMatchObject({ exponent: [expect.any(Number), expect.any(Number)] });
  });

  it('is refuted where more samples are needed than the bound', async () => {
    const { verdict } = await outcomeIn(
      worldNeeding(({ d }) => 100 * d),
      300,
    );
    expect(verdict).toBe('refuted');
  });

  it('is inconclusive where no number of samples is enough, and where the bounds straddle the degree', async () => {
    const never = await outcomeIn(worldNeeding(() => Number.POSITIVE_INFINITY));
    expect([never.verdict, never.margin]).toEqual(['inconclusive', 'not reached']);
    expect((await outcomeIn(worldNeeding(({ d }) => 2 * d ** 3))).verdict).toBe('inconclusive');
  });

  it('does not take the first T of the grid for a lower bound', async () => {
    const { detail } = await outcomeIn(worldNeeding(() => 1));
    // lambda = .01 and d / (32 lambda), rounded.
    expect(detail).toContain('T at d = 4: 1 to 13, d = 8: 1 to 25, d = 16: 1 to 50;');
  });

  it('is refuted in a world whose bound does not depend on d', async () => {
    const { verdict } = await outcomeIn(boundWithoutBits.plant(worldNeeding(({ d }) => 100 * d)));
    expect(verdict).toBe('refuted');
  });

  it('trains again for other choices, and only once for the same', async () => {
    const world = worldNeeding(({ d }) => 100 * d);
    let trained = 0;
    const kernels: Kernels = {
      ...world.kernels,
      train: (...call) => {
        trained++;
        return world.kernels.train(...call);
      },
    };
    const evidence = growthEvidence(SWEEP, { id: 'growth', boundOf: () => 1e9, falsifiers: [] });
    const tail = { ...world, kernels };
    await evidence.run(tail, CONTEXT);
    const once = trained;
    await evidence.run({ ...tail }, CONTEXT);
    expect(trained).toBe(once);
    await evidence.run({ ...tail, choices: { ...CHOICES, average: 'all' } }, CONTEXT);
    expect(trained).toBe(2 * once);
  });
});

describe('starBound', () => {
  it('is that of the last round, which trains on what is accepted, and not on what is sampled', () => {
    const { theory } = actualWorld(CHOICES);
    const [d, p, lambda] = [1000, 0.3, 1e-6];
    // As lambda -> 0, (1 + p) / 2 is accepted and D(2p / (1 + p)) is trained on. Later predictors need the most samples, in
    // proportion to 1 / q, with q = .46 of what is accepted against p = .3 of what is sampled.
    const q = (2 * p) / (1 + p);
    const model = theory.optimum(demonstrationState(q), { lambda });
    const options = { d, lambda, delta: 1 - SHARE, longFraction: q };
    const limit = (2 / ((1 + p) / 2)) * theory.signSampleBound(model, ['first', 'stop', 'later'], options);
    // 1 - K is about lambda c (d - 1) = .012, and it moves q by no more, and 1 / s^2, of which 5% comes, by 5%.
    expect(Math.abs(starBound(actualWorld(CHOICES), { d, pCot: p }, lambda) / limit - 1)).toBeLessThan(0.05);
  });
});
