import { SingleBar } from 'cli-progress';

/** Nothing is shown before this: most commands end sooner. */
const QUIET_MS = 1000;
/** Between plain lines where standard error is not a terminal. */
const LINE_MS = 5000;

/** Progress on standard error: a bar on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #start = performance.now();
  #lastLine = this.#start;
  #bar: SingleBar | null = null;

  /** @param done fraction in [0, 1] */
  update(done: number, label: string): void {
    const now = performance.now();
    if (now - this.#start < QUIET_MS) return;
    if (process.stderr.isTTY) this.#drawBar(done, label);
    else if (now - this.#lastLine >= LINE_MS) this.#writeLine(now, done, label);
  }

  /** Clears the bar. To be called before anything else is printed. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  #drawBar(done: number, label: string): void {
    if (!this.#bar) {
      const format = '{bar} {percentage}%  {label}';
      this.#bar = new SingleBar({
        format,
        stream: process.stderr,
        clearOnComplete: true,
        hideCursor: true,
        barsize: 24,
      });
      this.#bar.start(100, 0, { label });
    }
    this.#bar.update(Math.floor(100 * done), { label });
  }

  #writeLine(now: number, done: number, label: string): void {
    this.#lastLine = now;
    const seconds = ((now - this.#start) / 1000).toFixed(0);
    process.stderr.write(`${String(Math.floor(100 * done)).padStart(3)}%  ${seconds} s  ${label}\n`);
  }
}
