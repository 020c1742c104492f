import fc from 'fast-check';
import { arbitraryLambda, arbitraryP, arbitraryReal } from '../src/arbitraries/index.js';
import {
  type Claim,
  type Comparison,
  caseEvidence,
  close,
  demonstrationState,
  enumerateIn,
  type Interval,
  intervals,
  type LinearChain,
  type Optimum,
  optimumEnclosure,
  type ParameterBox,
  pointBox,
  propertyEvidence,
  ridgeLogitEnclosure,
  supportWeights,
  truth,
} from '../src/index.js';
import { arbitraryEnumerable } from './shared/draws.js';
import { dTwo, rootToSixDigits, stopPenaltyDoubled, withoutProducts } from './shared/falsifiers/index.js';
import {
  arbitraryCotMasses,
  arbitraryE2eMasses,
  bits,
  enumerateMasses,
  grid,
  massesOf,
  stateOf,
} from './shared/states.js';

/** Newton leaves about 1e-16 / lambda in a weight; lambda >= 1e-4. */
const NEWTON = 1e-9;

/** The weights of a fitted chain against the scalars of the closed form. */
export function compareScalars(model: LinearChain, { c1, bias, weight, c }: Optimum): Comparison[] {
  const fitted = supportWeights(model);
  return [
    close('c_1', fitted.c1, c1, NEWTON),
    close('b', fitted.bias, bias, NEWTON),
    close('w', fitted.weight, weight, NEWTON),
    ...fitted.c.map((value, i) => close(`c_${i + 2}`, value, c, NEWTON)),
  ];
}

/** p and lambda with a relative margin on either side; p exactly, as a decimal, with its neighbours at least. */
function boxAround(pCot: number, lambda: number, margin: number): ParameterBox {
  const point = pointBox(pCot, lambda);
  const p = intervals.between(point.p.low * (1 - margin), Math.min(point.p.high * (1 + margin), 1 - 2 ** -53));
  return { p, lambda: intervals.between(lambda * (1 - margin), lambda * (1 + margin)) };
}

/** How far a double lies outside of an enclosure; 12 ulps of its size are allowed. */
function within(what: string, found: number, { low, high }: Interval): Comparison {
  const outside = Math.max(low - found, found - high, 0);
  return close(`${what} = ${found} outside of [${low}, ${high}]`, outside, 0, 12 * Number.EPSILON * Math.abs(found));
}

export const scalars: Claim = {
  id: 'lemma.scalars',
  title: 'Four scalar equations give the optimum',
  source: 'Lemma 2',
  statement: String.raw`m_+ - \sigma(c_1) = \lambda c_1, \quad 2 m_+ (\sigma(s) - r_+) + \lambda s = 0, \quad 2 m_- (\sigma(t) - r_-) + \lambda t = 0, \quad \alpha - \sigma(c) = \lambda c`,
  assumptions: [
    'd >= 3, lambda > 0; any masses, steps right with probability alpha',
    'free constant and joint loss by their own equations, with the flags of this run',
  ],
  evidence: [
    caseEvidence('exact', {
      id: 'pre-training',
      description:
        'Newton on all features for D(p), d = 3..5, against the closed form. Tolerance 1e-9: a gradient of 1e-16 over curvature >= lambda = 1e-4, times the sqrt of the number of weights, with room.',
      falsifiers: [dTwo, stopPenaltyDoubled, withoutProducts],
      cases: (effort, world) =>
        grid(bits(world, effort === 'quick' ? 4 : 5), [0.01, 0.25, 1 / 3, 0.8], [0.1, 0.01, 1e-3, 1e-4]),
      check: async (setting, world, { signal }) => {
        const [round] = await enumerateIn(world, { ...setting, rounds: 0, reward: 'cot', signal });
        const closed = world.theory.optimum(demonstrationState(setting.pCot), {
          ...world.choices,
          lambda: setting.lambda,
        });
        return compareScalars(round!.model, closed);
      },
    }),
    propertyEvidence({
      id: 'any-state',
      description: 'The same for random masses (valid chains, or all four masses with noisy steps), d = 3 and 4.',
      falsifiers: [stopPenaltyDoubled],
      runs: { quick: 30, standard: 300, thorough: 1500 },
      arbitrary: () => arbitraryEnumerable(fc.oneof(arbitraryCotMasses(), arbitraryE2eMasses())),
      check: async ({ d, lambda, masses }, world, context) => {
        const exact = massesOf(masses);
        const { model } = await enumerateMasses(world, d, lambda, exact, 'cot', context);
        return compareScalars(model, world.theory.optimum(stateOf(exact), { ...world.choices, lambda }));
      },
    }),
    propertyEvidence({
      id: 'certificates',
      description:
        'Each root of sigma(mu) - sigma(c) = kappa c is certified: equal or adjacent doubles between which the equation, written in a second way (both sides as logarithms), changes sign up to 4 units in the last place of the logarithm. kappa down to 1e-300.',
      falsifiers: [rootToSixDigits],
      runs: { quick: 2000, standard: 20_000, thorough: 200_000 },
      arbitrary: () => fc.record({ kappa: arbitraryLambda({ min: 1e-300, max: 1e3 }) }),
      check: ({ kappa }, world) => {
        const { root, low, high } = world.theory.ridgeLogitCertified(Number.POSITIVE_INFINITY, kappa);
        // sigma(-c) = kappa c, as logarithms: log1p(e^c) + log(kappa c) = 0.
        const residual = (c: number) => c + Math.log1p(Math.exp(-c)) + Math.log(kappa) + Math.log(c);
        const rounding = 4 * Number.EPSILON * (Math.abs(Math.log(kappa)) + Math.abs(root) + 2);
        return [
          truth('adjacent doubles', high - low <= Number.EPSILON * high, `${low} and ${high}`),
          close('log residual', residual(root), 0, rounding * (1 + 1 / Math.max(root, 1e-3))),
        ];
      },
    }),
    propertyEvidence({
      id: 'certified',
      description:
        'The closed forms in doubles lie in enclosures of the four roots by interval arithmetic, over random boxes of p and lambda around them, down to points; single roots too, at random log-odds. The equations are proved to change sign at the ends, with our own bounds on exp and log. Allowance 12 ulps, for the roundings of the closed form: 7 of a root (tests/unit/theory/ridge-logit), 1 of its log-odds and 4 of its penalty, of which neither moves the root by more, relative to it.',
      falsifiers: [stopPenaltyDoubled, rootToSixDigits],
      runs: { quick: 2000, standard: 20_000, thorough: 200_000 },
      arbitrary: () =>
        fc.record({
          pCot: arbitraryP(),
          lambda: arbitraryLambda({ min: 1e-299 }),
          digits: fc.integer({ min: 1, max: 20 }),
          logOdds: arbitraryReal(-12, 2),
        }),
      check: ({ pCot, lambda, digits, logOdds }, world) => {
        const box = boxAround(pCot, lambda, 10 ** -digits);
        const enclosed = optimumEnclosure(box);
        const closed = world.theory.optimum(demonstrationState(pCot), { lambda });
        const mu = 10 ** logOdds;
        const root = ridgeLogitEnclosure(intervals.exactly(mu), intervals.exactly(lambda));
        return [
          within('c_1', closed.c1, enclosed.c1),
          within('s', closed.sPlus, enclosed.sPlus),
          within('t', closed.sMinus, enclosed.sMinus),
          within('c', closed.c, enclosed.c),
          within('a root', world.theory.ridgeLogitCertified(mu, lambda).root, root),
        ];
      },
    }),
  ],
};
