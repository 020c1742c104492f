import fc from 'fast-check';
import { arbitraryLambda, arbitraryP } from '../src/arbitraries/index.js';
import {
  allInputs,
  type Claim,
  caseEvidence,
  close,
  enumerateIn,
  type Fraction,
  inside,
  largestOffSupport,
  logitLongPlus,
  noisyChain,
  parity,
  parseRational,
  propertyEvidence,
  rational,
  stepSigns,
  truth,
} from '../src/index.js';
import { compareScalars } from './lemma.scalars.js';
import {
  answerNoiseSeen,
  dTwo,
  identityWithoutFirstToken,
  noiseUnseen,
  stepsAsIfValid,
  withoutProducts,
} from './shared/falsifiers/index.js';
import { arbitraryNoise, noisyGrid } from './shared/noise.js';
import { bits } from './shared/states.js';

/** Newton leaves about 1e-16 / lambda in a weight; lambda >= 1e-3. */
const NEWTON = 1e-10;

/** Ten roundings of numbers below 1: four logistic functions, two products and two sums. */
const ROUNDED = 2e-15;

/** Masses of D(p; eta, nu) in exact rationals, by counting every input, every noisy chain and both short answers (d = 3). */
function countedMasses(p: Fraction, stepNoise: Fraction, answerNoise: Fraction) {
  const masses = { longPlus: rational(0), longMinus: rational(0), shortPlus: rational(0), shortMinus: rational(0) };
  const steps = [rational(0), rational(0), rational(0)];
  const inputs = allInputs(3);
  const one = rational(1);
  for (const x of inputs) {
    for (const signs of inputs) {
      const flips = Array.from(signs, (sign) => sign < 0);
      const weight = flips.reduce((product, flip) => product.mul(flip ? stepNoise : one.sub(stepNoise)), p);
      const mass = weight.div(inputs.length);
      const found = stepSigns(x, noisyChain(x, flips));
      const first = found[0] === 1 ? 'longPlus' : 'longMinus';
      masses[first] = masses[first].add(mass);
      for (const [l, sign] of found.entries()) if (sign === 1) steps[l] = steps[l]!.add(mass);
    }
    for (const [answer, share] of [
      [parity(x), one.sub(answerNoise)],
      [-parity(x), answerNoise],
    ] as const) {
      const side = answer === x[0] ? 'shortPlus' : 'shortMinus';
      masses[side] = masses[side].add(one.sub(p).mul(share).div(inputs.length));
    }
  }
  return { ...masses, steps };
}

const POINTS = ['1/7', '1/3', '2/5', '17/20'];

export const noiseOptimum: Claim = {
  id: 'noise.optimum',
  title: 'Noisy demonstrations keep the support of the optimum, and its scalars are those of four masses',
  source: 'this project (Lemma 8)',
  statement: String.raw`L_+ = p(1-\eta), \quad L_- = p\,\eta, \quad S_\pm = \tfrac{1-p}{2}, \quad \alpha = 1-\eta`,
  assumptions: [
    'd >= 3, lambda > 0; every step of a chain is wrong with probability eta, independently, and a short answer with probability nu',
    'either choice of the constant and of the loss',
  ],
  evidence: [
    caseEvidence('proof', {
      id: 'masses',
      description:
        'In exact rationals, counted over all x, all noisy chains and both short answers (d = 3), at four values of each of p, eta and nu. Both sides are polynomials of degree <= 1 in p and nu and <= 3 in eta, so agreement on this grid proves them for all. The log-odds of the state, in doubles, to 4 roundings.',
      falsifiers: [noiseUnseen, answerNoiseSeen],
      cases: () => POINTS.flatMap((p) => POINTS.flatMap((eta) => POINTS.map((nu) => ({ p, eta, nu }) as const))),
      check: (texts, world) => {
        const [p, eta, nu] = [texts.p, texts.eta, texts.nu].map((text) => parseRational(text)!) as [
          Fraction,
          Fraction,
          Fraction,
        ];
        const { longPlus, longMinus, shortPlus, shortMinus, steps } = countedMasses(p, eta, nu);
        const right = rational(1).sub(eta);
        const short = rational(1).sub(p).div(2);
        const state = world.theory.demonstrationState(p, { stepNoise: eta, answerNoise: nu });
        const odds = (what: string, found: number, a: Fraction, b: Fraction) => {
          const expected = Math.log(a.div(b).valueOf());
          return close(what, found, expected, 4 * Number.EPSILON * Math.max(1, Math.abs(expected)));
        };
        return [
          truth('L+ = p (1 - eta)', longPlus.equals(p.mul(right))),
          truth('L- = p eta', longMinus.equals(p.mul(eta))),
          truth('S+ = S- = (1 - p) / 2', shortPlus.equals(short) && shortMinus.equals(short)),
          truth(
            'every step is right with probability 1 - eta',
            steps.every((s) => s.equals(p.mul(right))),
          ),
          odds('log m+ / m-', state.logitPlus, longPlus.add(shortPlus), longMinus.add(shortMinus)),
          odds('log L+ / S+', logitLongPlus(state), longPlus, shortPlus),
          odds('log L- / S-', state.logitLongMinus, longMinus, shortMinus),
          odds('log alpha / (1 - alpha)', state.logitStep, right, eta),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'Newton on all features for D(p; eta, nu), d = 3..5, eta from .05 to 1: the largest weight off the support is 0, the others are those of the four scalar equations. Tolerance 1e-10, from a gradient of 1e-16 and curvature >= lambda.',
      falsifiers: [dTwo, withoutProducts, noiseUnseen, stepsAsIfValid, answerNoiseSeen],
      cases: (effort, world) =>
        noisyGrid(
          bits(world, effort === 'quick' ? 4 : 5),
          [0.2, 0.5, 0.9],
          [0.1, 1e-3],
          effort === 'quick' ? [0.3, 0.8] : [0.05, 0.3, 0.5, 0.8, 1],
          [0.3],
        ),
      check: async (setting, world, { signal }) => {
        const [round] = await enumerateIn(world, { ...setting, rounds: 0, reward: 'cot', signal });
        const state = world.theory.demonstrationState(setting.pCot, setting);
        const closed = world.theory.optimum(state, { ...world.choices, lambda: setting.lambda });
        return [
          inside('largest weight off the support', largestOffSupport(round!.model), -NEWTON, NEWTON),
          ...compareScalars(round!.model, closed),
        ];
      },
    }),
    propertyEvidence({
      id: 'calibration',
      description:
        'Length calibration at random p, eta, lambda: P - p is what the identity of Lemma 4 says, to the rounding of P and p, and at most lambda times the log-odds of the state (regularised constant): with 0 < eta < 1 the error is of order lambda, not lambda log(1/lambda).',
      falsifiers: [identityWithoutFirstToken, noiseUnseen],
      runs: { quick: 2000, standard: 20_000, thorough: 100_000 },
      arbitrary: () =>
        fc.record({
          pCot: arbitraryP().filter((p) => p > 1e-3 && p < 0.999),
          stepNoise: arbitraryNoise().filter((eta) => eta > 0 && eta < 1),
          lambda: arbitraryLambda(),
        }),
      check: ({ pCot, stepNoise, lambda }, world) => {
        const loss = { ...world.choices, freeConstant: false, lambda };
        const state = world.theory.demonstrationState(pCot, { stepNoise });
        const { pLong } = world.theory.behaviour(world.theory.optimum(state, loss), 3);
        const gap = world.theory.calibrationGap(state, loss);
        const [plus, minus] = [2 * pCot * (1 - stepNoise), 2 * pCot * stepNoise];
        const size = (long: number) => Math.abs(Math.log(long / (1 - pCot)));
        const first = Math.abs(Math.log((plus + 1 - pCot) / (minus + 1 - pCot)));
        const bound = lambda * ((size(plus) + size(minus)) / 2 + first);
        return [
          close('P - p', pLong - pCot, gap, ROUNDED),
          inside('P - p within its bound', gap, -bound - ROUNDED, bound + ROUNDED),
        ];
      },
    }),
  ],
};
