import { describe, expect, it } from 'vitest';
import {
  actualWorld,
  asExpected,
  type Choices,
  type Claim,
  type ClaimResult,
  type Evidence,
  type EvidenceContext,
  excludedChoice,
  type Falsifier,
  type Outcome,
  type RunOptions,
  runClaims,
  type Verdict,
  type World,
} from '../../../src/claims/index.js';
import { SEED } from '../../fixtures/seed.js';

const choices: Choices = { freeConstant: false, jointLoss: false, average: 'tail' };

function options(more: Partial<RunOptions> = {}): RunOptions {
  return { effort: 'quick', seed: SEED, choices, falsify: false, falseAlarmBudget: 1e-6, ...more };
}

interface Stub {
  readonly verdict?: Verdict;
  readonly kind?: Evidence['kind'];
  readonly falsifiers?: readonly Falsifier[];
  readonly thoroughOnly?: boolean;
  readonly run?: (world: World, context: EvidenceContext) => Promise<Outcome>;
}

function evidence(
  id: string,
  { verdict = 'holds', kind = 'exact', falsifiers = [], run, ...more }: Stub = {},
): Evidence {
  const outcome: Outcome = { verdict, detail: id, margin: '' };
  return { id, kind, description: id, falsifiers, run: run ?? (async () => outcome), ...more };
}

function claim(id: string, pieces: readonly Evidence[], more: Partial<Claim> = {}): Claim {
  return { id, title: id, source: 'a test', statement: '0 = 0', assumptions: [], evidence: pieces, ...more };
}

async function verdictOf(...verdicts: Verdict[]): Promise<Verdict> {
  const pieces = verdicts.map((verdict, i) => evidence(`e${i}`, { verdict }));
  return (await runClaims([claim('c', pieces)], options()))[0]!.verdict;
}

describe('the verdict of a claim', () => {
  it.each<[Verdict[], Verdict]>([
    [['holds', 'holds'], 'holds'],
    [['holds', 'refuted'], 'refuted'],
    [['inconclusive', 'refuted', 'not checked'], 'refuted'],
    [['holds', 'inconclusive'], 'inconclusive'],
    [['inconclusive', 'not checked'], 'inconclusive'],
    [['holds', 'not checked'], 'holds'],
    [['not checked'], 'not checked'],
    [[], 'not checked'],
  ])('of %j is %s', async (verdicts, expected) => {
    expect(await verdictOf(...verdicts)).toBe(expected);
    expect(await verdictOf(...[...verdicts].reverse())).toBe(expected);
  });

  it('is as expected where it is the expected one, or not checked', () => {
    const result = (verdict: Verdict, expected: Verdict): ClaimResult => ({
      claim: claim('c', []),
      verdict,
      expected,
      evidence: [],
    });
    const verdicts: Verdict[] = ['holds', 'refuted', 'inconclusive', 'not checked'];
    const fine = (expected: Verdict) => verdicts.filter((verdict) => asExpected(result(verdict, expected)));
    expect(fine('holds')).toEqual(['holds', 'not checked']);
    expect(fine('refuted')).toEqual(['refuted', 'not checked']);
  });

  it('is expected to hold unless the claim says otherwise', async () => {
    const results = await runClaims([claim('a', []), claim('b', [], { expected: 'refuted' })], options());
    expect(results.map(({ expected }) => expected)).toEqual(['holds', 'refuted']);
  });
});

describe('a claim stated for other choices', () => {
  const strict = claim('c', [evidence('e', { verdict: 'refuted' })], { assumes: { freeConstant: false } });

  it('is not checked, with the reason, and its evidence is not run', async () => {
    const [result] = await runClaims([strict], options({ choices: { ...choices, freeConstant: true } }));
    expect(result!.verdict).toBe('not checked');
    expect(result!.evidence[0]!.outcome.detail).toBe('the claim is stated for freeConstant = false');
    expect(asExpected(result!)).toBe(true);
  });

  it('is checked under its own choices, whatever the others', async () => {
    const [result] = await runClaims([strict], options({ choices: { ...choices, jointLoss: true } }));
    expect(result!.verdict).toBe('refuted');
    expect(excludedChoice(strict, choices)).toBeNull();
    expect(excludedChoice(claim('free', []), { ...choices, average: 'all' })).toBeNull();
  });
});

describe('evidence for thorough effort only', () => {
  const falsifier: Falsifier = { id: 'f', description: 'nothing', plant: (world) => world };
  const costly = evidence('costly', { verdict: 'refuted', thoroughOnly: true, falsifiers: [falsifier] });
  const both = claim('c', [evidence('cheap'), costly]);

  it.each(['quick', 'standard'] as const)(
    'is not checked at %s effort, nor falsified, and changes no verdict',
    async (effort) => {
      const [result] = await runClaims([both], options({ effort, falsify: true }));
      expect(result!.verdict).toBe('holds');
      expect(result!.evidence[1]).toMatchObject({
        outcome: { verdict: 'not checked', detail: 'thorough only' },
        falsifiers: [],
      });
    },
  );

  it('is run at thorough effort', async () => {
    const [result] = await runClaims([both], options({ effort: 'thorough', falsify: true }));
    expect(result!.verdict).toBe('refuted');
    expect(result!.evidence[1]!.falsifiers).toHaveLength(1);
  });
});

it('what evidence could not check is not falsified', async () => {
  const falsifier: Falsifier = { id: 'f', description: 'nothing', plant: (world) => world };
  const absent = evidence('e', { verdict: 'not checked', falsifiers: [falsifier] });
  const [result] = await runClaims([claim('c', [absent])], options({ falsify: true }));
  expect(result!.evidence[0]!.falsifiers).toEqual([]);
});

it('the actual world observes what was recorded', () => {
  const rows = [{ seed: 1 }];
  expect(actualWorld(choices).observed('any', rows)).toBe(rows);
});

describe('evidence that throws', () => {
  it('is inconclusive with the message: it neither bears the claim out nor refutes it', async () => {
    const broken = evidence('e', {
      run: async () => {
        throw new TypeError('x is not a function');
      },
    });
    const [result] = await runClaims([claim('c', [broken, evidence('f')])], options());
    expect(result!.verdict).toBe('inconclusive');
    expect(result!.evidence[0]!.outcome.detail).toBe('the check failed to run: x is not a function');
    expect(result!.evidence[1]!.outcome.verdict).toBe('holds');
  });

  it('does not count as a falsifier refuted', async () => {
    const falsifier: Falsifier = {
      id: 'f',
      description: 'nothing works',
      plant: (world) => ({ ...world, choices: { ...world.choices, average: 'all' } }),
    };
    const sensitive = evidence('e', {
      falsifiers: [falsifier],
      run: async (world) => {
        if (world.choices.average === 'all') throw new Error('planted');
        return { verdict: 'holds', detail: '', margin: '' };
      },
    });
    const [result] = await runClaims([claim('c', [sensitive])], options({ falsify: true }));
    expect(result!.verdict).toBe('holds');
    expect(result!.evidence[0]!.falsifiers[0]).toMatchObject({ refuted: false, outcome: { verdict: 'inconclusive' } });
  });
});

describe('falsifiers', () => {
  const planted: Falsifier = {
    id: 'f',
    description: 'd = 2 is allowed',
    plant: (world) => ({ ...world, hypotheses: { ...world.hypotheses, smallestD: 2 } }),
  };
  const needsThree = evidence('e', {
    falsifiers: [planted, { ...planted, id: 'harmless', plant: (world) => world }],
    run: async ({ hypotheses }) => ({
      verdict: hypotheses.smallestD >= 3 ? 'holds' : 'refuted',
      detail: '',
      margin: '',
    }),
  });

  it('are run in their own worlds when asked, and do not touch the verdict', async () => {
    const [result] = await runClaims([claim('c', [needsThree])], options({ falsify: true }));
    expect(result!.verdict).toBe('holds');
    expect(result!.evidence[0]!.falsifiers.map(({ falsifier, refuted }) => [falsifier.id, refuted])).toEqual([
      ['f', true],
      ['harmless', false],
    ]);
  });

  it('are left alone otherwise', async () => {
    const [result] = await runClaims([claim('c', [needsThree])], options());
    expect(result!.evidence[0]!.falsifiers).toEqual([]);
  });
});

describe('the false-alarm budget', () => {
  it('is split equally over the sampled evidence of all claims, and the rest gets none', async () => {
    const seen = new Map<string, number>();
    const noting = (id: string, kind: Evidence['kind']) =>
      evidence(id, {
        kind,
        run: async (_, { alpha }) => {
          seen.set(id, alpha);
          return { verdict: 'holds', detail: '', margin: '' };
        },
      });
    const claims = [
      claim('a', [noting('a1', 'sampled'), noting('a2', 'exact')]),
      claim('b', [noting('b1', 'sampled'), noting('b2', 'sampled'), noting('b3', 'property')]),
    ];
    const results = await runClaims(claims, options({ falseAlarmBudget: 3e-6 }));
    for (const id of ['a1', 'b1', 'b2']) expect(seen.get(id)!).toBeCloseTo(1e-6, 20);
    for (const id of ['a2', 'b3']) expect(seen.get(id)).toBe(0);
    const reported = results.flatMap((result) => result.evidence.map(({ alpha }) => alpha));
    expect(reported.reduce((sum, alpha) => sum + alpha, 0)).toBeCloseTo(3e-6, 20);
  });

  it('is not spent on what is not run', async () => {
    const sampled = (id: string, thoroughOnly = false) => evidence(id, { kind: 'sampled', thoroughOnly });
    const claims = [
      claim('a', [sampled('a1'), sampled('a2', true)]),
      claim('b', [sampled('b1')], { assumes: { freeConstant: true } }),
    ];
    const alphas = async (more: Partial<RunOptions>) =>
      (await runClaims(claims, options({ falseAlarmBudget: 4e-6, ...more }))).flatMap((result) =>
        result.evidence.map(({ alpha }) => alpha),
      );
    expect(await alphas({})).toEqual([4e-6, 0, 0]);
    expect(await alphas({ effort: 'thorough' })).toEqual([2e-6, 2e-6, 0]);
  });

  it('needs no sampled evidence', async () => {
    expect((await runClaims([claim('c', [evidence('e')])], options()))[0]!.verdict).toBe('holds');
  });

  it('refuses two pieces of sampled evidence with one name', async () => {
    const twice = claim('c', [evidence('e', { kind: 'sampled' }), evidence('e', { kind: 'sampled' })]);
    await expect(runClaims([twice], options())).rejects.toThrow("checks names 'c/e' twice");
  });
});

describe('a run', () => {
  it('announces each piece of evidence with its position, and each finished claim', async () => {
    const log: string[] = [];
    const claims = [claim('a', [evidence('a1'), evidence('a2')]), claim('b', [evidence('b1')])];
    await runClaims(
      claims,
      options({
        onEvidence: ({ id }, piece, index, count) => log.push(`${id}/${piece.id} ${index} of ${count}`),
        onClaim: ({ claim: { id }, verdict }) => log.push(`${id} ${verdict}`),
      }),
    );
    expect(log).toEqual(['a/a1 0 of 3', 'a/a2 1 of 3', 'a holds', 'b/b1 2 of 3', 'b holds']);
  });

  it('aborted inside a piece of evidence throws the reason, after reporting the claims that were finished', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const finished: string[] = [];
    const aborting = evidence('e', {
      run: async (_, { signal }) => {
        controller.abort(reason);
        signal!.throwIfAborted();
        return { verdict: 'holds', detail: '', margin: '' };
      },
    });
    const run = runClaims(
      [claim('a', [evidence('e')]), claim('b', [aborting]), claim('c', [evidence('e')])],
      options({ signal: controller.signal, onClaim: ({ claim: { id } }) => finished.push(id) }),
    );
    await expect(run).rejects.toBe(reason);
    expect(finished).toEqual(['a']);
  });
});
