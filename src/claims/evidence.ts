import fc from 'fast-check';
import { Pacer } from '../progress/index.js';
import { clopperPearson, meanHalfWidth, OperatingCharacteristic, ThresholdDecision } from '../statistics/index.js';
import {
  type Effort,
  type Evidence,
  type EvidenceContext,
  type Falsifier,
  type Json,
  type Outcome,
  POWER,
  type Sensitivity,
} from './claim.js';
import { keyedSeed } from './seeds.js';
import type { World } from './world.js';

/** One compared quantity of a case. */
export interface Comparison {
  readonly what: string;
  /** |difference| as a share of the tolerance; the comparison fails above 1 and for NaN. */
  readonly ratio: number;
  /** Both sides, for people. */
  readonly shown: string;
}

/** actual = expected up to an absolute tolerance; equal infinities agree. */
export function close(what: string, actual: number, expected: number, tolerance: number): Comparison {
  const ratio = actual === expected ? 0 : Math.abs(actual - expected) / tolerance;
  return { what, ratio, shown: `${actual} against ${expected}, tolerance ${tolerance.toPrecision(2)}` };
}

/** low <= actual <= high; the ratio is the distance from the middle as a share of the half width. */
export function inside(what: string, actual: number, low: number, high: number): Comparison {
  const middle = (low + high) / 2;
  const ratio = actual >= low && actual <= high ? Math.abs(actual - middle) / ((high - low) / 2) || 0 : Infinity;
  return { what, ratio, shown: `${actual} in [${low}, ${high}]` };
}

/** A yes-or-no statement. */
export function truth(what: string, holds: boolean, shown = holds ? 'true' : 'false'): Comparison {
  return { what, ratio: holds ? 0 : Number.POSITIVE_INFINITY, shown };
}

/** Checks one case in a world. An exception is a defect of the check, not a refutation. */
export type CaseCheck<C extends Json> = (
  parameters: C,
  world: World,
  context: EvidenceContext,
) => readonly Comparison[] | Promise<readonly Comparison[]>;

interface EvidenceText {
  readonly id: string;
  readonly description: string;
  readonly falsifiers: readonly Falsifier[];
}

export interface CaseEvidenceOptions<C extends Json> extends EvidenceText {
  /** The cases, in order. */
  readonly cases: (effort: Effort, world: World) => readonly C[];
  readonly check: CaseCheck<C>;
}

/** Evidence over listed cases: enumeration against closed form ('exact'), or exact arithmetic for all parameters ('proof'). */
export function caseEvidence<C extends Json>(kind: 'exact' | 'proof', options: CaseEvidenceOptions<C>): Evidence {
  const { cases, check, ...text } = options;
  return {
    ...text,
    kind,
    async run(world, context) {
      const list = cases(context.effort, world);
      const tally = new Tally();
      const pacer = new Pacer(context);
      for (const [i, parameters] of list.entries()) {
        await pacer.checkpoint(i / list.length);
        const failed = tally.add(await check(parameters, world, context));
        if (failed) return refutation(failed, parameters);
      }
      return tally.outcome(`${list.length} cases`);
    },
    replay: (world, context, counterexample) => replayCase(check, world, context, counterexample),
  };
}

export interface PropertyEvidenceOptions<C extends Json> extends EvidenceText {
  readonly arbitrary: (world: World) => fc.Arbitrary<C>;
  /** Examples at each effort. */
  readonly runs: Readonly<Record<Effort, number>>;
  readonly check: CaseCheck<C>;
}

/** Evidence over random parameters, shrunk by fast-check on failure. */
export function propertyEvidence<C extends Json>(options: PropertyEvidenceOptions<C>): Evidence {
  const { arbitrary, runs, check, ...text } = options;
  return {
    ...text,
    kind: 'property',
    async run(world, context) {
      const tally = new Tally();
      const pacer = new Pacer(context);
      const numRuns = runs[context.effort];
      let crash: { readonly error: unknown } | null = null;
      let done = 0;
      const property = fc.asyncProperty(arbitrary(world), async (parameters) => {
        if (crash) return true;
        try {
          await pacer.checkpoint(Math.min(1, done++ / numRuns));
          return tally.add(await check(parameters, world, context)) === null;
        } catch (error) {
          crash = { error };
          return true;
        }
      });
      const seed = keyedSeed(context.seed, `property ${options.id}`, 0) & 0x7fffffff;
      const details = await fc.check(property, { seed, numRuns });
      if (crash) throw (crash as { error: unknown }).error;
      if (!details.failed) return tally.outcome(`${details.numRuns} examples`);
      const parameters = (details.counterexample as [C])[0];
      const failed = new Tally().add(await check(parameters, world, context));
      const path = details.counterexamplePath ?? '';
      return { ...refutation(failed ?? truth('the example fails', false), parameters), path };
    },
    replay: (world, context, counterexample) => replayCase(check, world, context, counterexample),
  };
}

export interface SampledEvidenceOptions<S> extends EvidenceText {
  /** What one success is, as a phrase: the evidence decides whether its probability exceeds the threshold. */
  readonly success: string;
  /** In (0, 1). */
  readonly threshold: number;
  /** Trials after which the evidence is inconclusive. */
  readonly trials: Readonly<Record<Effort, number>>;
  /** What all trials share, such as one trained model; the statement is then about it. Absent: nothing. */
  readonly setUp?: (seed: number, world: World, context: EvidenceContext) => Promise<S>;
  /** One trial, all of whose randomness is keyed by `seed`. */
  readonly trial: (seed: number, world: World, context: EvidenceContext, shared: S) => boolean | Promise<boolean>;
}

/**
 * Evidence by independent trials: the success probability is compared with a threshold by an anytime-valid test, which may
 * stop at any trial. Holds if above, refuted if below, inconclusive if the trials run out.
 */
export function sampledEvidence<S = undefined>(options: SampledEvidenceOptions<S>): Evidence {
  const { success, threshold, trials, setUp, trial, ...text } = options;
  return {
    ...text,
    kind: 'sampled',
    async run(world, context) {
      const decision = new ThresholdDecision({ threshold, alpha: context.alpha });
      const pacer = new Pacer(context);
      const limit = trials[context.effort];
      const shared = (await setUp?.(keyedSeed(context.seed, `set-up ${options.id}`, 0), world, context)) as S;
      let successes = 0;
      let count = 0;
      while (count < limit && decision.answer === 'undecided') {
        await pacer.checkpoint(count / limit);
        const seed = keyedSeed(context.seed, options.id, count);
        const good = await trial(seed, world, { ...context, onProgress: undefined }, shared);
        decision.observe(good);
        successes += good ? 1 : 0;
        count++;
      }
      const { bounds } = clopperPearson({ successes, trials: count, alpha: 0.05 });
      const found = `${successes} of ${count} trials`;
      const against = `threshold ${threshold}, anytime-valid at ${context.alpha.toExponential(1)}`;
      const margin = `${successes}/${count} in [${bounds.map((bound) => bound.toFixed(2)).join(', ')}]`;
      const detail = `${success}: ${found} (${against})`;
      if (decision.answer === 'above') return { verdict: 'holds', detail, margin };
      if (decision.answer === 'undecided') return { verdict: 'inconclusive', detail, margin };
      return { verdict: 'refuted', detail, margin, counterexample: { successes, trials: count } };
    },
    sensitivity: async (_, { alpha, effort }): Promise<Sensitivity> => {
      const characteristic = new OperatingCharacteristic({ threshold, alpha, trials: trials[effort] });
      const [below, above] = [characteristic.detectedBelow(POWER), characteristic.detectedAbove(POWER)];
      return {
        what: `probability above ${threshold}`,
        falseAlarm: characteristic.probabilities(threshold).below,
        refuted: below === null ? null : threshold - below,
        confirmed: above === null ? null : above - threshold,
      };
    },
  };
}

/** A mean of draws whose expectation is known. */
export interface MeanEstimate {
  readonly what: string;
  readonly found: number;
  readonly expected: number;
  /** Changing one of the draws changes the mean by at most range / draws. */
  readonly range: number;
  /** Independent draws. */
  readonly draws: number;
}

export interface MeanEvidenceOptions extends EvidenceText {
  /** Measures; all of its randomness is keyed by `seed`. */
  readonly measure: (seed: number, world: World, context: EvidenceContext) => Promise<readonly MeanEstimate[]>;
}

/**
 * Evidence by means against known expectations: refuted if one lies outside of the bounds that hold for all of them together
 * with probability 1 - alpha. It sees deviations beyond twice the half width, which the detail gives.
 */
export function meanEvidence({ measure, ...text }: MeanEvidenceOptions): Evidence {
  return {
    ...text,
    kind: 'sampled',
    async run(world, context) {
      const estimates = await measure(keyedSeed(context.seed, text.id, 0), world, context);
      const ratios = estimates.map(({ found, expected, range, draws }) => {
        const ratio = Math.abs(found - expected) / meanHalfWidth(range, draws, context.alpha / estimates.length);
        // A mean that was lost is the worst of all.
        return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
      });
      const worst = ratios.reduce((at, ratio, i) => (ratio > ratios[at]! ? i : at), 0);
      const { what, found, expected, range, draws } = estimates[worst]!;
      const halfWidth = meanHalfWidth(range, draws, context.alpha / estimates.length);
      const shown = `${what} is ${found.toPrecision(4)} against ${expected.toPrecision(4)} +- ${halfWidth.toPrecision(2)}`;
      const detail = `${estimates.length} means of ${draws} draws at ${context.alpha.toExponential(1)}; worst: ${shown}`;
      if (ratios[worst]! <= 1) return { verdict: 'holds', detail, margin: `${shortened(ratios[worst]!)} of tolerance` };
      return { verdict: 'refuted', detail, margin: 'outside', counterexample: { what, found, expected, halfWidth } };
    },
    // A mean further off than twice the half width is seen unless it is off by the half width itself.
    sensitivity: async (world, context): Promise<Sensitivity> => {
      const estimates = await measure(keyedSeed(context.seed, text.id, 0), world, context);
      const { alpha } = context;
      const widths = estimates.map(({ range, draws }) => meanHalfWidth(range, draws, alpha / estimates.length));
      const seen = estimates.map(({ range, draws }, i) => widths[i]! + meanHalfWidth(range, draws, 2 * (1 - POWER)));
      return {
        what: `${estimates.length} means as expected`,
        falseAlarm: alpha,
        refuted: Math.max(...seen),
        confirmed: 0,
      };
    },
  };
}

async function replayCase<C extends Json>(
  check: CaseCheck<C>,
  world: World,
  context: EvidenceContext,
  counterexample: Json,
): Promise<Outcome> {
  const tally = new Tally();
  const failed = tally.add(await check(counterexample as C, world, context));
  return failed ? refutation(failed, counterexample) : tally.outcome('the stored case');
}

/** Keeps the worst comparison. */
class Tally {
  #worst: Comparison | null = null;

  /** Returns the comparison that failed, or null. */
  add(comparisons: readonly Comparison[]): Comparison | null {
    for (const comparison of comparisons) {
      if (!(comparison.ratio <= 1)) return comparison;
      if (!this.#worst || comparison.ratio > this.#worst.ratio) this.#worst = comparison;
    }
    return null;
  }

  outcome(work: string): Outcome {
    const worst = this.#worst;
    if (!worst) return { verdict: 'inconclusive', detail: `${work}, but nothing was compared`, margin: '' };
    const exact = worst.ratio === 0;
    return {
      verdict: 'holds',
      detail: exact ? `${work}, all exact` : `${work}; closest: ${worst.what}, ${worst.shown}`,
      margin: exact ? 'exact' : `${shortened(worst.ratio)} of tolerance`,
    };
  }
}

function shortened(ratio: number): string {
  return ratio >= 0.01 ? ratio.toFixed(2) : ratio.toExponential(0);
}

function refutation(failed: Comparison, parameters: Json): Outcome {
  return {
    verdict: 'refuted',
    detail: `${failed.what}: ${failed.shown}, at ${JSON.stringify(parameters)}`,
    margin: 'counterexample',
    counterexample: parameters,
  };
}
