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

/** Signals so close together are one wish: `timeout` and npm send theirs to the process and then to its group. */
const SAME_WISH_MS = 500;

export function startInvocation(): Invocation {
  const controller = new AbortController();
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        first = performance.now();
        controller.abort(new Interrupted());
      } else if (performance.now() - first > SAME_WISH_MS) process.exit(INTERRUPTED_EXIT);
    });
  }
  // A reader that goes away (`| head`) is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return { signal: controller.signal, exitCode: 0 };
}
