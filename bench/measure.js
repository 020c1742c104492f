/** @typedef {{ cpu: number, wall: number }} Seconds cpu: of all threads of a process together */

/**
 * Seconds of this process.
 *
 * @param {() => unknown} work
 * @returns {Promise<Seconds>}
 */
export async function timed(work) {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1e3 };
}

/**
 * Runs all of them in each round, one after the other, so that a busy machine slows all of them. A round before the first
 * lets the compilers settle.
 *
 * @param {{ name: string, run: () => Promise<Seconds> }[]} runs
 * @param {number} rounds
 * @param {string} title for the progress
 * @returns {Promise<Seconds[][]>} [runs][rounds]
 */
export async function interleave(runs, rounds, title) {
  const seconds = runs.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { name, run }] of runs.entries()) {
      const took = await run();
      if (round > 0) seconds[i].push(took);
      if (round === rounds) tell(`${title}: ${name}: ${took.wall.toPrecision(3)} s in the last of ${rounds} rounds`);
    }
  }
  return seconds;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

/** The median and, in brackets, the least and the greatest. */
export function spread(values) {
  const digits = (value) => value.toPrecision(3);
  return `**${digits(median(values))}** (${digits(Math.min(...values))}-${digits(Math.max(...values))})`;
}

/** Three digits, without an exponent. */
export function threeDigits(value) {
  return String(Number(value.toPrecision(3)));
}

/** The median and, in brackets, the quartiles, which lie between measured values. */
export function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return threeDigits(below + (place % 1) * (above - below));
  };
  return `**${at(0.5)}** (${at(0.25)}-${at(0.75)})`;
}

/** a[i] / b[i], which were measured in the same round. */
export function ratios(a, b) {
  return a.map((value, i) => value / b[i]);
}

/**
 * Prints a Markdown table, aligned.
 *
 * @param {string} title
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
export function printTable(title, head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => String(row[i]).length)));
  const line = (cells) => `| ${cells.map((cell, i) => String(cell).padEnd(widths[i])).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  console.log(`\n${title}\n\n${[head, rule, ...rows].map(line).join('\n')}`);
}

/** Progress, which is no result. */
export function tell(text) {
  process.stderr.write(`${text}\n`);
}
