import { beforeAll, describe, expect, it } from 'vitest';
import { boundWithoutBits } from '../../../proofs-checks/shared/falsifiers.js';
import { growthEvidence, type Place, type Sweep } from '../../../proofs-checks/shared/sample-growth.js';
import {
  actualWorld,
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

  it('is refuted in a world whose bound does not depend on d', async () => {
    const { verdict } = await outcomeIn(boundWithoutBits.plant(worldNeeding(({ d }) => 100 * d)));
    expect(verdict).toBe('refuted');
  });
});
