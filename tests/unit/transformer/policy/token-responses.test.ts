import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainLength, parity, partialChain, rewardCot, rewardE2e } from '../../../../src/task/index.js';
import { EOS, formatTokens, SEP, signToken, TokenResponses } from '../../../../src/transformer/index.js';
import { SEED } from '../../../fixtures/seed.js';

interface Given {
  readonly x: readonly number[];
  /** Up to EOS, if there is one. */
  readonly tokens: readonly number[];
}

const sign = fc.constantFrom(1, -1);
const task = fc
  .integer({ min: 2, max: 7 })
  .chain((d) => fc.record({ d: fc.constant(d), leap: fc.integer({ min: 1, max: d + 1 }) }));

/** Right answers, answers with one wrong token, any answers; each of them ended by EOS or cut. */
function responseTo(x: readonly number[], leap: number): fc.Arbitrary<number[]> {
  const longest = chainLength(x.length, leap) + 1;
  const right = fc.constantFrom(partialChain(x, leap), [parity(x)]).map((tokens) => tokens.map(signToken));
  const broken = fc
    .tuple(right, fc.nat(), fc.integer({ min: 0, max: SEP }))
    .map(([tokens, at, token]) => tokens.with(at % tokens.length, token));
  const any = fc.array(fc.integer({ min: 0, max: SEP }), { maxLength: longest - 1 });
  const ended = fc.oneof(right, broken, any).map((tokens) => [...tokens, EOS]);
  const full = fc.array(fc.integer({ min: 0, max: SEP }), { minLength: longest, maxLength: longest });
  const whole = fc.oneof({ weight: 4, arbitrary: ended }, { weight: 1, arbitrary: full });
  const cap = fc.oneof(fc.constant(longest), fc.integer({ min: 1, max: longest }));
  return fc.tuple(whole, cap).map(([tokens, tokensAtMost]) => tokens.slice(0, tokensAtMost));
}

const given = (d: number, leap: number): fc.Arbitrary<Given> =>
  fc
    .array(sign, { minLength: d, maxLength: d })
    .chain((x) => fc.record({ x: fc.constant(x), tokens: responseTo(x, leap) }));

/** A task and responses to it, more than one word of a mask has. */
const lists = task.chain(({ d, leap }) =>
  fc.record({ d: fc.constant(d), leap: fc.constant(leap), list: fc.array(given(d, leap), { maxLength: 80 }) }),
);

function packed(d: number, leap: number, list: readonly Given[]): TokenResponses {
  const responses = new TokenResponses({ d, leap }, 1);
  for (const { x, tokens } of list) responses.push(x, tokens);
  return responses;
}

const SIGNS = [1, -1, 0, Number.NaN];
const ended = ({ tokens }: Given) => tokens.at(-1) === EOS;
const signsOf = ({ tokens }: Given) => tokens.filter((token) => token !== EOS).map((token) => SIGNS[token]!);
const bits = (mask: Uint32Array, count: number) =>
  Array.from({ length: count }, (_, i) => ((mask[i >>> 5]! >>> (i & 31)) & 1) === 1);
const maskOf = (flags: readonly boolean[]) =>
  Uint32Array.from({ length: Math.ceil(flags.length / 32) }, (_, word) =>
    flags.slice(32 * word, 32 * word + 32).reduce((sum, flag, i) => sum + (flag ? 2 ** i : 0), 0),
  );

describe('responses as tokens', () => {
  it('earn what the rewards say of their signs, and nothing where they were cut', () => {
    fc.assert(
      fc.property(lists, ({ d, leap, list }) => {
        const responses = packed(d, leap, list);
        const masks = (holds: (one: Given) => boolean) => maskOf(list.map((one) => ended(one) && holds(one)));
        expect(responses.rewarded('cot')).toEqual(masks((one) => rewardCot(one.x, signsOf(one), leap)));
        expect(responses.rewarded('e2e')).toEqual(masks((one) => rewardE2e(one.x, signsOf(one))));
        expect(responses.accepted((x, tokens) => tokens.length === x[0]! + 2)).toEqual(
          masks((one) => signsOf(one).length === one.x[0]! + 2),
        );
        expect(responses.terminated()).toEqual(maskOf(list.map(ended)));
        const n = chainLength(d, leap);
        const long = list.map((one) => ended(one) && one.tokens.length === n + 1 && n > 1);
        expect(responses.long).toEqual(maskOf(long));
        expect(responses.longCount).toBe(long.filter(Boolean).length);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('have each token as a decision, and tell what they were made of', () => {
    fc.assert(
      fc.property(lists, ({ d, leap, list }) => {
        const responses = packed(d, leap, list);
        const lengths = list.map(({ tokens }) => tokens.length);
        expect(responses.count).toBe(list.length);
        expect(responses.promptLength).toBe(d + 1);
        expect([...responses.lengths()]).toEqual(lengths);
        expect([...responses.offsets()]).toEqual(
          [0, ...lengths].map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0)),
        );
        for (const [i, one] of list.entries()) {
          const { x, tokens, signs } = responses.at(i);
          expect([[...x], [...tokens], [...signs]]).toEqual([one.x, one.tokens, signsOf(one)]);
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('show a model the prompt, SEP and the response but its last token, to predict the response', () => {
    const responses = new TokenResponses({ d: 3, leap: 1 });
    responses.push([1, -1, -1], [0, 1, EOS]);
    const [tokens, targets] = [new Float32Array(7), new Float32Array(4)];
    responses.fillTokens(0, tokens);
    responses.fillTargets(0, targets);
    expect([...tokens]).toEqual([0, 1, 1, SEP, 0, 1, EOS]);
    expect([...targets]).toEqual([0, 1, EOS, EOS]);
  });

  it('have equal keys exactly if prompt and response are equal', () => {
    fc.assert(
      fc.property(lists, ({ d, leap, list }) => {
        const responses = packed(d, leap, list);
        const keys = list.map((_, i) => responses.key(i));
        const texts = list.map((one) => JSON.stringify([one.x, one.tokens]));
        expect(keys.map((key) => keys.indexOf(key))).toEqual(texts.map((text) => texts.indexOf(text)));
      }),
      { seed: SEED, numRuns: 200 },
    );
    // One that was cut where another one ends.
    const responses = packed(2, 1, [
      { x: [1, 1], tokens: [0, 0] },
      { x: [1, 1], tokens: [0, 0, EOS] },
    ]);
    expect(responses.key(0)).not.toBe(responses.key(1));
  });

  it('append those of others that are kept, in order', () => {
    fc.assert(
      fc.property(
        lists.chain(({ d, leap, list }) =>
          fc.record({
            d: fc.constant(d),
            leap: fc.constant(leap),
            first: fc.array(given(d, leap), { maxLength: 40 }),
            list: fc.constant(list),
            kept: fc.array(fc.boolean(), { minLength: list.length, maxLength: list.length }),
          }),
        ),
        ({ d, leap, first, list, kept }) => {
          const responses = packed(d, leap, first);
          responses.append(packed(d, leap, list), maskOf(kept));
          const expected = packed(d, leap, [...first, ...list.filter((_, i) => kept[i])]);
          const all = (of: TokenResponses) => Array.from({ length: of.count }, (_, i) => of.key(i));
          expect(all(responses)).toEqual(all(expected));
          expect(bits(responses.rewarded('cot'), responses.count)).toEqual(
            bits(expected.rewarded('cot'), expected.count),
          );
        },
      ),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('have no response beyond the last', () => {
    const responses = packed(2, 1, [{ x: [1, 1], tokens: [EOS] }]);
    expect(() => responses.at(1)).toThrow('i is 1; it must be an integer from 0 to 0');
  });

  it('are written as text, a broken token and a missing EOS as they are', () => {
    expect(formatTokens([0, 1, EOS])).toBe('+1 -1 EOS');
    expect(formatTokens([SEP, 0])).toBe('SEP +1');
  });
});
