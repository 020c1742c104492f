import { UnsupportedOption } from '../engines/index.js';

/** Bad input: its message is one sentence for the user, and the exit code is 2. */
export class UsageError extends Error {}

/** Runs library code whose RangeErrors are about the user's options. */
export async function usage<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UnsupportedOption) {
      throw new UsageError(error.message.replace(error.option, `--${flagOf(error.option)}`), { cause: error });
    }
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** The flag of an option: `free-constant` of `freeConstant`. */
export function flagOf(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
