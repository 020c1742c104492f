#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { auditCommand } from './audit.js';
import { doctorCommand } from './doctor.js';
import { INTERRUPTED_EXIT, Interrupted, startInvocation } from './invocation.js';
import { plotCommand } from './plot.js';
import { runCommand } from './run.js';
import { runsCommand } from './runs.js';
import { theoryCommand } from './theory.js';
import { trainCommand } from './train.js';
import { UsageError } from './usage-error.js';
import { verifyCommand } from './verify.js';

const USAGE_EXIT = 2;

const invocation = startInvocation();
const { version, description } = createRequire(import.meta.url)('lengthwise/package.json') as Record<string, string>;

const program = new Command('lengthwise')
  .description(description!)
  .version(version!)
  .addCommand(verifyCommand(invocation))
  .addCommand(auditCommand(invocation))
  .addCommand(theoryCommand(invocation))
  .addCommand(trainCommand(invocation))
  .addCommand(runCommand(invocation))
  .addCommand(runsCommand(invocation))
  .addCommand(plotCommand())
  .addCommand(doctorCommand(invocation));
overrideExit(program);

try {
  await program.parseAsync();
  process.exitCode = invocation.exitCode;
} catch (error) {
  process.exitCode = report(error);
}

/** Lets Commander throw instead of ending the process. */
function overrideExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) overrideExit(child);
}

/** Says what went wrong in one sentence, and gives the exit code. */
function report(error: unknown): number {
  // Commander has already printed help, the version or its own sentence.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT;
  if (error instanceof Interrupted) {
    process.stderr.write('interrupted; nothing was stored, and the same command begins again\n');
    return INTERRUPTED_EXIT;
  }
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof UsageError ? USAGE_EXIT : 1;
}
