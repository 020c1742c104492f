import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COLLAPSE_ALPHA,
  demonstrationState,
  fixedPoint,
  greedyThreshold,
  isCollapsed,
  largestSuccessfulD,
  limitLongFraction,
  limitRounds,
  logTwoK,
  optimum,
  parseRational,
  probabilitiesOf,
  rational,
  roundsBound,
  roundsToGreedyLong,
  type StarOptions,
  starFate,
  theoryRound,
  theoryRounds,
} from '../../../src/theory/index.js';
import { seeded } from '../../fixtures/seed.js';

describe('a round', () => {
  it.each(['cot', 'e2e'] as const)('accepts as often as a response earns the reward, %s', (reward) => {
    const state = demonstrationState(0.2, { stepNoise: 0.1 });
    const { accepted, behaviour } = theoryRound(state, { d: 6, lambda: 0.01, reward }, 0);
    expect(accepted).toBe(reward === 'cot' ? behaviour.accuracyCot : behaviour.accuracyE2e);
    expect(behaviour.accuracyE2e).toBeGreaterThan(behaviour.accuracyCot);
  });
});

describe('rounds in which masses leave the range of doubles', () => {
  it.each([
    // c / T below -709: wrong steps, sampled at a low temperature. Almost all is short and wrong at first.
    [4, 1e-3, 'cot', 0.001, '1/2', '99999/100000'],
    [10, 1e-300, 'cot', 0.001, '0.999', '99999/100000'],
    // The first token is certain.
    [5, 1e-3, 'e2e', 0.001, '3/5', '1/10'],
    // A long mass of 1e-310.
    [3, 1e-200, 'cot', 1, '1e-300', '99999/100000'],
  ] as const)('d = %d, lambda = %d, %s, T = %d, p = %s, eta = %s', (d, lambda, reward, temperature, p, eta) => {
    const initial = demonstrationState(parseRational(p)!, { stepNoise: parseRational(eta)! });
    for (const freeConstant of [false, true]) {
      for (const { round, state, optimum, behaviour } of theoryRounds(initial, {
        ...{ d, lambda, reward, temperature, freeConstant },
      })) {
        const { sPlusSplit: _, ...logits } = optimum;
        const { greedy: __, ...shares } = behaviour;
        for (const [name, value] of Object.entries({ ...logits, ...shares, ...probabilitiesOf(state) })) {
          expect(Number.isFinite(value), `${name} in round ${round} is ${value}`).toBe(true);
        }
        if (round === 5) break;
      }
    }
  });

  it('with a free constant give both logits of a vanishing long mass as log q, w apart', () => {
    // m+ = m- = 1/2 and r- = 0 but for 1e-300: w = 2 m+ m- r+ / lambda = p / lambda.
    const { sPlus, sMinus, weight } = optimum(demonstrationState(parseRational('1e-300')!), {
      lambda: 1e-290,
      freeConstant: true,
    });
    expect(weight / 1e-10).toBeCloseTo(1, 8);
    expect(sPlus).toBeCloseTo(Math.log(1e-300), 8);
    expect(sMinus).toBeCloseTo(Math.log(1e-300), 8);
  });
});

describe('the rounds to greedy long as lambda -> 0', () => {
  it('are one more at each boundary p = 1 / (1 + 2^(k+1)), and at what lies just below it', () => {
    for (let k = 0; k <= 60; k++) {
      const denominator = 1n + 2n ** BigInt(k + 1);
      expect(limitRounds(rational(1n, denominator))).toBe(k + 1);
      // Just above the boundary round k is long; just below it is still short, and k + 1 is long.
      const scale = 10n ** 40n;
      expect(limitRounds(rational(scale + 1n, denominator * scale))).toBe(k);
      expect(limitRounds(rational(scale - 1n, denominator * scale))).toBe(k + 1);
    }
  });

  it('are the smallest n with 2^n 2p > 1 - p', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 30n }), (a, b) => {
        const [n, d] = [a, a + b];
        let rounds = 0;
        let twice = 2n * n;
        while (twice <= d - n) {
          twice *= 2n;
          rounds++;
        }
        expect(limitRounds(rational(n, d))).toBe(rounds);
      }),
      seeded(300),
    );
  });

  it('follow p_n = 2 p_{n-1} / (1 + p_{n-1}) in exact arithmetic', () => {
    for (const text of ['1/7', '1/1000000', '1/3', '0.9']) {
      let p = parseRational(text)!;
      for (let n = 0; n <= 30; n++) {
        expect(limitLongFraction(parseRational(text)!, n).equals(p)).toBe(true);
        p = p.mul(2).div(p.add(1));
      }
    }
    expect(limitLongFraction(0.2, 2).toFraction()).toBe('1/2');
  });

  it('are refused for p = 0 and p = 1', () => {
    for (const p of [0, 1, Number.NaN]) {
      expect(() => limitRounds(p)).toThrow(`p is ${p}; it must lie strictly between 0 and 1`);
      expect(() => limitLongFraction(p, 1)).toThrow(RangeError);
    }
  });
});

describe('the rounds from noisy demonstrations as lambda -> 0', () => {
  const noisy = (d: number, stepNoise: string) => ({ d, stepNoise: parseRational(stepNoise)! });

  it('are the smallest n >= 1 with 2^n (1 - eta)^d 2p > 1 - p below the threshold, and 0 above it', () => {
    for (const p of ['1/4', '7/20', '2/5', '3/5', '9/10']) {
      for (const eta of ['1/50', '1/4', '2/5', '1/2', '4/5']) {
        for (const d of [3, 17, 60]) {
          const [a, b] = p.split('/').map(BigInt) as [bigint, bigint];
          const [wrong, parts] = eta.split('/').map(BigInt) as [bigint, bigint];
          const right = parts - wrong;
          const likelier = right > wrong ? right : wrong;
          let n = 2n * likelier * a > parts * (b - a) ? 0 : 1;
          if (n > 0) while (2n ** BigInt(n) * right ** BigInt(d) * 2n * a <= parts ** BigInt(d) * (b - a)) n++;
          expect(limitRounds(parseRational(p)!, noisy(d, eta)), `${p}, ${eta}, ${d}`).toBe(n);
        }
      }
    }
  });

  it('are those without noise at eta = 0, none at eta = 1, and counted as far as is quick', () => {
    for (const p of [1e-6, 0.2, 1 / 3, 0.9]) expect(limitRounds(p, noisy(1e15, '0'))).toBe(limitRounds(p));
    expect(limitRounds(0.3, noisy(5, '1'))).toBe(Number.POSITIVE_INFINITY);
    expect(limitRounds(0.35, noisy(5, '1'))).toBe(0);
    // 2^n (1/2)^2 (2/5) > 4/5.
    expect(limitRounds(0.2, noisy(2, '1/2'))).toBe(4);
    // d log2(1 / .9) and a little more.
    expect(limitRounds(0.2, noisy(100_000, '1/10'))).toBe(Math.ceil(1 + 100_000 * Math.log2(1 / 0.9)));
    expect(() => limitRounds(0.2, noisy(1e15, '1/10'))).toThrow(
      'd is 1000000000000000; with this step noise the rounds as lambda -> 0 are counted up to d = 1048576',
    );
  });

  it('have odds 2^n (1 - eta)^d p / (1 - p)', () => {
    const odds = (n: number) => {
      const q = limitLongFraction(parseRational('1/5')!, n, noisy(3, '1/10'));
      return q.div(rational(1).sub(q)).toFraction();
    };
    expect([0, 1, 3].map(odds)).toEqual(['1/4', '729/2000', '729/500']);
  });

  it('are short in a round of equality, as the map is at a small lambda', () => {
    // p such that 2^n (1 - eta)^d 2p = 1 - p. The logarithms of R_n are of order lambda log(1/lambda), 1e-8, far above rounding.
    for (const [d, eta] of [
      [3, '1/10'],
      [3, '1/4'],
      [5, '1/20'],
      [10, '1/4'],
    ] as const) {
      const right = rational(1).sub(parseRational(eta)!);
      for (const n of [1n, 2n, 3n]) {
        const odds = right.pow(d)!.mul(rational(2n ** (n + 1n)));
        const p = rational(1).div(odds.add(1));
        const limit = limitRounds(p, noisy(d, eta));
        // Above the threshold greedy decoding is long at once.
        if (limit > 0) expect(limit).toBe(Number(n) + 1);
        expect(roundsToGreedyLong(p, { ...noisy(d, eta), lambda: 1e-9, reward: 'cot' }, 9)).toBe(limit);
      }
    }
  });

  it('refuse d and rounds that are none, and digits that take too long', () => {
    for (const d of [1, 2.5, -3, Number.NaN]) {
      expect(() => limitRounds(0.2, noisy(d, '1/10'))).toThrow(`d is ${d}; it must be an integer of at least 2`);
    }
    for (const round of [-1, 1.5, Number.NaN]) {
      expect(() => limitLongFraction(0.2, round)).toThrow(`round is ${round}; it must be an integer >= 0`);
    }
    expect(() => limitLongFraction(0.2, 1, noisy(100_000, '1/10'))).toThrow('are counted up to d = 16384');
  });

  it('refuse noise out of range', () => {
    for (const stepNoise of [-0.1, 1.1, Number.NaN]) {
      const message = `stepNoise is ${stepNoise}; it must lie in [0, 1]`;
      expect(() => limitRounds(0.2, { d: 3, stepNoise })).toThrow(message);
      expect(() => demonstrationState(0.2, { stepNoise })).toThrow(message);
      expect(() => greedyThreshold({ lambda: 0.1, stepNoise })).toThrow(message);
      expect(() => demonstrationState(0.2, { answerNoise: stepNoise })).toThrow(`answerNoise is ${stepNoise};`);
    }
  });
});

describe('the bound on the rounds from noisy demonstrations', () => {
  it('is that of valid ones at eta = 0, and needs eta < 1/2 and p <= 1 / (3 - 2 eta)', () => {
    for (const p of [0.01, 0.2, parseRational('1/3')!]) {
      expect(roundsBound(10, p, 1e-3, { stepNoise: 0 })).toBe(roundsBound(10, p, 1e-3));
    }
    expect(roundsBound(5, 0.2, 1e-3, { stepNoise: 0.5 })).toBeNull();
    expect(roundsBound(5, parseRational('5/14')!, 1e-3, { stepNoise: 0.1 })).toBe(1);
    expect(roundsBound(20, parseRational('5/14')!, 1e-3, { stepNoise: 0.1 })).toBe(4);
    expect(roundsBound(5, 0.358, 1e-3, { stepNoise: 0.1 })).toBeNull();
  });

  it.each([
    [10, 0.1, 3, 3],
    [20, 0.1, 5, 4],
    [20, 0.3, 9, 11],
    [50, 0.1, 11, 9],
  ])('d = %d, eta = %d at p = .25, lambda = .001: %d rounds, %d in the limit', (d, stepNoise, rounds, limit) => {
    expect(roundsToGreedyLong(0.25, { d, lambda: 1e-3, reward: 'cot', stepNoise }, 100)).toBe(rounds);
    expect(limitRounds(0.25, { d, stepNoise })).toBe(limit);
    expect(roundsBound(d, 0.25, 1e-3, { stepNoise })).toBeGreaterThanOrEqual(rounds);
  });
});

describe('the bound on the rounds', () => {
  it('is one where its quotient is an integer but for rounding', () => {
    // At these p the odds of round k are 1 but for lambda, and round k + 1 is the first long one: the quotient is just above k.
    for (const [d, eta] of [
      [3, '0'],
      [20, '1/10'],
    ] as const) {
      const valid = rational(1).sub(parseRational(eta)!).pow(d)!;
      for (let k = 3; k <= 40; k++) {
        const p = rational(1).div(valid.mul(rational(2n ** BigInt(k + 1))).add(1));
        const noise = { stepNoise: parseRational(eta)! };
        expect(roundsBound(d, p, 1e-40, noise), `${eta}, ${k}`).toBe(k + 1);
      }
    }
  });
});

describe('the fate of STaR with r_cot', () => {
  it.each([
    [0.1, 4],
    [0.01, 21],
    [1e-3, 132],
    [1e-4, 959],
  ])('at lambda = %d is success up to d = %d', (lambda, d) => {
    expect(largestSuccessfulD(lambda)).toBe(d);
    expect([starFate(d, lambda), starFate(d + 1, lambda)]).toEqual(['becomes long', 'becomes short']);
    expect([Math.sign(logTwoK(d, lambda)), Math.sign(logTwoK(d + 1, lambda))]).toEqual([1, -1]);
  });

  it('is refused for d = 2 and other d where the closed forms do not hold', () => {
    for (const d of [2, 3.5, Number.NaN])
      expect(() => starFate(d, 0.1)).toThrow('the closed forms need an integer d >= 3');
  });
});

describe('worked rounds', () => {
  const cot = (d: number, lambda: number): StarOptions => ({ d, lambda, reward: 'cot' });

  it.each([
    [1e-2, 5],
    [1e-3, 7],
    [1e-4, 10],
    [1e-6, 16],
    [1e-8, 19],
  ])('d = 3, p = 1e-6, lambda = %d: %d, against 19 in the limit', (lambda, rounds) => {
    expect(roundsToGreedyLong(1e-6, cot(3, lambda), 100)).toBe(rounds);
    expect(limitRounds(1e-6)).toBe(19);
    expect(roundsBound(3, 1e-6, lambda)).toBeGreaterThanOrEqual(rounds);
  });

  it.each([
    [50, 0.01, 1e-3, 9, 6],
    [20, 0.1, 0.01, 22, 3],
  ])('d = %d, p = %d, lambda = %d: %d, against %d in the limit', (d, p, lambda, rounds, limit) => {
    expect(roundsToGreedyLong(p, cot(d, lambda), 100)).toBe(rounds);
    expect(limitRounds(p)).toBe(limit);
    expect(roundsBound(d, p, lambda)).toBeGreaterThanOrEqual(rounds);
  });

  it('give up at the limit, and where K < 1/2', () => {
    expect(roundsToGreedyLong(0.1, cot(20, 0.01), 21)).toBeNull();
    expect(roundsToGreedyLong(0.1, cot(20, 0.01), 22)).toBe(22);
    expect(roundsToGreedyLong(0.3, cot(22, 0.01), 1000)).toBeNull();
  });

  it('have a bound only under its hypotheses: K > 1/2 and p <= 1/3', () => {
    expect(roundsBound(22, 0.1, 0.01)).toBeNull();
    expect(roundsBound(3, 0.34, 0.01)).toBeNull();
    expect(roundsBound(3, parseRational('1/3')!, 0.01)).toBe(1);
  });

  it('let length fall from p above the fixed point: q .99, .975, .967 at d = 3, lambda = .01', () => {
    const fractions: string[] = [];
    for (const { round, state } of theoryRounds(demonstrationState(0.99), cot(3, 0.01))) {
      fractions.push(probabilitiesOf(state).longFraction.toFixed(3));
      if (round === 2) break;
    }
    expect(fractions).toEqual(['0.990', '0.975', '0.967']);
  });
});

describe('fixed points', () => {
  it.each([
    [0.1, '0.3435'],
    [0.01, '0.04068'],
    [1e-3, '0.005947'],
    [1e-4, '0.0008480'],
  ])('of r_cot at d = 3, lambda = %d: 1 - q* = %s from every p', (lambda, text) => {
    for (const p of [0.01, 0.3, 0.99]) {
      const { round } = fixedPoint(demonstrationState(p), { d: 3, lambda, reward: 'cot' })!;
      expect((1 - probabilitiesOf(round.state).longFraction).toPrecision(4)).toBe(text);
    }
  });

  it.each([
    [62, 1e-3, false],
    [63, 1e-3, true],
    [432, 1e-4, false],
    [433, 1e-4, true],
    [3, 0.1, true],
  ])('of r_e2e from p = .5 at d = %d, lambda = %d: collapsed is %s', (d, lambda, collapsed) => {
    const { round } = fixedPoint(demonstrationState(0.5), { d, lambda, reward: 'e2e' })!;
    expect(isCollapsed(round.state)).toBe(collapsed);
    if (collapsed) {
      expect(round.behaviour.accuracyE2e).toBeCloseTo(0.5, 6);
      expect(round.behaviour.pLong).toBeCloseTo(0.5, 6);
    } else expect(probabilitiesOf(round.state).alpha).toBeGreaterThan(COLLAPSE_ALPHA + 0.3);
  });

  it('is null where the orbit has not settled', () => {
    expect(fixedPoint(demonstrationState(0.5), { d: 63, lambda: 1e-3, reward: 'e2e' }, 100)).toBeNull();
    const question = [demonstrationState(0.2), { d: 3, lambda: 0.1, reward: 'cot' }] as const;
    const { rounds } = fixedPoint(...question)!;
    expect(rounds).toBeGreaterThan(1);
    expect(fixedPoint(...question, rounds)?.rounds).toBe(rounds);
    expect(fixedPoint(...question, rounds - 1)).toBeNull();
  });
});
