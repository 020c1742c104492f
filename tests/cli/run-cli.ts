import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The executable as package.json names it. */
export const BIN: string = JSON.parse(readFileSync('package.json', 'utf8')).bin.lengthwise;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line. `interruptAfter` sends SIGINT after that many milliseconds. */
export function cli(args: readonly string[], options: { interruptAfter?: number } = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args], { env: { ...process.env, NO_COLOR: '1' } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    if (options.interruptAfter !== undefined) setTimeout(() => child.kill('SIGINT'), options.interruptAfter);
  });
}

/** Runs with --json and parses what is on standard output, which must be one document. */
export async function cliJson(args: readonly string[]): Promise<{ code: number | null; document: any }> {
  const { code, stdout, stderr } = await cli([...args, '--json']);
  if (stdout === '') throw new Error(`nothing on standard output; standard error: ${stderr}`);
  return { code, document: JSON.parse(stdout) };
}
