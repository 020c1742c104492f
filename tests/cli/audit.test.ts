import { describe, expect, it } from 'vitest';
import { cli, cliJson } from './run-cli.js';

describe('lengthwise audit', () => {
  it('counts falsehoods and false alarms, and says what sampled checks can see', async () => {
    const { code, stdout } = await cli(['audit', 'theorem-2.perfect', '--seeds', '1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kind +planted +caught +left out +missed$/m);
    expect(stdout).toMatch(/^theorem-2\.perfect-accuracy\/star +probability above 0\.9 .* 1\/0\/0 +0$/m);
    expect(stdout).toContain('0 false alarms in 2 verdicts of 1 seeds from 2: at most');
    expect(stdout).toMatch(/^7 of 7 falsehoods caught; quick effort, seed 1/m);
  });

  it('gives one document, and no table where nothing is sampled', async () => {
    const { code, document } = await cliJson(['audit', 'lemma.calibration-bounds']);
    expect(code).toBe(0);
    expect(document).toMatchObject({ schema: 'lengthwise/audit@1', seeds: 20, sampled: [] });
    for (const { planted, caught } of document.falsifiers) expect(caught).toBe(planted);
  });

  it.each([
    [['audit', 'nope'], 'no claim is called or begins with "nope"'],
    [['audit', 'other-tasks'], 'nothing to audit: no claim asked for has evidence that is checked at quick effort'],
    [['audit', '--seeds', '0'], '--seeds is "0"'],
    [['audit', '--effort', 'huge'], '--effort is "huge"'],
    [
      ['audit', '--seed', '9007199254740990', '--seeds', '2'],
      '--seed is 9007199254740990; with --seeds 2 it must be at most 9007199254740989',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await cli(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
