/** What every command is run under. */
export interface Invocation {
  /** Aborted by the first Ctrl-C; the second ends the process at once. */
  readonly signal: AbortSignal;
  /** What the process will exit with unless an error says otherwise. */
  exitCode: number;
}

/** The reason of an abort by the user. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

/** Exit code after Ctrl-C, as shells give it: 128 + SIGINT. */
export const INTERRUPTED_EXIT = 130;

export function startInvocation(): Invocation {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED_EXIT);
      controller.abort(new Interrupted());
    });
  }
  // A reader that goes away (`| head`) is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return { signal: controller.signal, exitCode: 0 };
}
