/** Before so much of the work is done, an estimate would be a guess. */
const ENOUGH = 0.02;

/** Estimates the time left from the time spent, in words. */
export class TimeLeft {
  #begin: { readonly at: number; readonly done: number } | null = null;

  /** @param done fraction in [0, 1]; work done before the first call took no time of this command */
  after(done: number): string {
    const now = performance.now();
    this.#begin ??= { at: now, done };
    const progress = done - this.#begin.done;
    if (progress < ENOUGH) return '';
    return `, ${duration(((now - this.#begin.at) / 1000) * ((1 - done) / progress))} left`;
  }
}

/** Seconds for people. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
