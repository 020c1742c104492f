import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryD, arbitraryInput } from '../../../src/arbitraries/index.js';
import {
  demonstration,
  formatResponse,
  parity,
  parseResponse,
  partialChain,
  rewardCot,
  rewardE2e,
  rewardNamed,
  type Sign,
  stepSigns,
} from '../../../src/task/index.js';
import { seeded } from '../../fixtures/seed.js';

describe('rewards', () => {
  const x = [-1, 1, -1, -1]; // c = (-1, -1, 1, -1)

  it.each([
    ['the valid chain', [-1, -1, 1, -1], true, true],
    ['the valid short answer', [-1], true, true],
    ['the wrong short answer', [1], false, false],
    ['a chain with two errors that cancel', [1, 1, -1, -1], true, false],
    ['a chain whose last step is wrong', [-1, -1, 1, 1], false, false],
    ['a right answer after too few tokens', [-1, -1], true, false],
    ['the empty response', [], false, false],
    ['a chain that goes on', [-1, -1, 1, -1, -1], true, false],
  ])('of %s', (_, tokens, e2e, cot) => {
    expect([rewardE2e(x, tokens), rewardCot(x, tokens)]).toEqual([e2e, cot]);
    expect([rewardNamed('e2e')(x, tokens), rewardNamed('cot')(x, tokens)]).toEqual([e2e, cot]);
  });

  it('take the chain of the leap alone, and the short answer under every leap', () => {
    for (const leap of [1, 2, 3]) {
      expect(rewardCot(x, partialChain(x, leap), leap)).toBe(true);
      expect(rewardCot(x, [parity(x)], leap)).toBe(true);
    }
    expect(rewardCot(x, partialChain(x, 2), 1)).toBe(false);
    expect(rewardCot(x, partialChain(x, 1), 2)).toBe(false);
    expect(rewardE2e(x, partialChain(x, 2))).toBe(true);
  });

  it('at d = 2: (c_1, c_2) is the chain, (-c_1, c_2) only ends well', () => {
    for (const bits of [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ]) {
      const answer = bits[0]! * bits[1]!;
      expect(rewardCot(bits, [bits[0]!, answer])).toBe(true);
      expect(rewardCot(bits, [-bits[0]!, answer])).toBe(false);
      expect(rewardE2e(bits, [-bits[0]!, answer])).toBe(true);
      expect(rewardE2e(bits, [bits[0]!, -answer])).toBe(false);
    }
  });

  it('agree with the step signs: r_cot iff all are +1, r_e2e iff their product is', () => {
    const pairs = arbitraryD({ min: 2, max: 12 }).chain((d) => fc.tuple(arbitraryInput(d), arbitraryInput(d)));
    fc.assert(
      fc.property(pairs, ([bits, tokens]) => {
        const signs = stepSigns(bits, tokens);
        expect(rewardCot(bits, tokens)).toBe(signs.every((sign) => sign === 1));
        expect(rewardE2e(bits, tokens)).toBe(signs.reduce<number>((product, sign) => product * sign, 1) === 1);
      }),
      seeded(300),
    );
  });

  it('are earned by every demonstration', () => {
    const cases = arbitraryD({ min: 2, max: 20 }).chain((d) =>
      fc.tuple(arbitraryInput(d), fc.boolean(), fc.integer({ min: 1, max: d })),
    );
    fc.assert(
      fc.property(cases, ([bits, long, leap]) => {
        const tokens = demonstration(bits, long, leap);
        expect(rewardCot(bits, tokens, leap) && rewardE2e(bits, tokens)).toBe(true);
      }),
      seeded(),
    );
  });
});

describe('the text of a response', () => {
  it('is its tokens and EOS', () => {
    expect(formatResponse([1, -1, 1])).toBe('+1 -1 +1 EOS');
    expect(formatResponse([])).toBe('EOS');
  });

  it('is read back as it was written, long or short', () => {
    const cases = arbitraryD({ min: 2, max: 15 }).chain((d) =>
      fc.tuple(arbitraryInput(d), fc.boolean(), fc.integer({ min: 1, max: d + 1 })),
    );
    fc.assert(
      fc.property(cases, ([x, long, leap]) => {
        const tokens = demonstration(x, long, leap);
        const kind = tokens.length === 1 ? 'short' : 'long';
        expect(parseResponse(formatResponse(tokens), x.length, leap)).toEqual({ kind, tokens });
      }),
      seeded(200),
    );
  });

  it('may write tokens in four more ways, and blanks as one likes', () => {
    const tokens: Sign[] = [1, -1, 1];
    expect(parseResponse('  1\t-   +1\n EOS ', 3)).toEqual({ kind: 'long', tokens });
    expect(parseResponse('+ -1 1 EOS', 3)).toEqual({ kind: 'long', tokens });
  });

  it('is short with one token, even where the chain has one token too', () => {
    expect(parseResponse('-1 EOS', 4, 4)).toEqual({ kind: 'short', tokens: [-1] });
  });

  it.each([
    ['+1 -1', 'it does not end with EOS'],
    ['', 'it does not end with EOS'],
    ['+1 EOS -1', 'it does not end with EOS'],
    ['+1 eos', 'it does not end with EOS'],
    ['EOS', 'it has 0 tokens before EOS; allowed: 1 or 3'],
    ['+1 -1 EOS', 'it has 2 tokens before EOS; allowed: 1 or 3'],
    ['+1 -1 +1 -1 EOS', 'it has 4 tokens before EOS; allowed: 1 or 3'],
    ['+1 0 +1 EOS', '"0" is not a token: +1, -1 or EOS'],
    ['+1 EOS +1 EOS', '"EOS" is not a token: +1, -1 or EOS'],
  ])('is malformed as %j: %s', (text, reason) => {
    expect(parseResponse(text, 3)).toEqual({ kind: 'malformed', reason });
  });

  it('names the length that the leap asks for', () => {
    const parsed = parseResponse('+1 -1 +1 EOS', 5, 3);
    expect(parsed).toEqual({ kind: 'malformed', reason: 'it has 3 tokens before EOS; allowed: 1 or 2' });
  });
});
