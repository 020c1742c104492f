import type { Axis, Text } from './figure.js';

/** A place on an axis and what is written there. */
export interface Tick {
  readonly value: number;
  readonly text: Text;
}

/** About as many ticks as are made where none are given. */
const COUNT = 5;
/** A logarithmic axis from here on, in decades, has powers of ten only. */
const WIDE = 1.5;

export function ticksOf(axis: Axis): Tick[] {
  const values = axis.ticks ?? (axis.scale === 'log' ? logTicks(axis.domain) : linearTicks(axis.domain));
  const powers = axis.scale === 'log' && isWide(axis.domain) && values.every(isPowerOfTen);
  return values.map((value, i) => ({
    value,
    text: axis.tickText?.[i] ?? (powers ? powerText(value) : numberText(value)),
  }));
}

/** Places between the ticks of a logarithmic axis, 2 to 9 times a power of ten; none where they would be crowded. */
export function minorTicks(axis: Axis): number[] {
  const [low, high] = axis.domain;
  const decades = Math.log10(high / low);
  if (axis.scale === 'linear' || axis.ticks || decades > COUNT) return [];
  const major = new Set(ticksOf(axis).map(({ value }) => value));
  return multiples(axis.domain, [1, 2, 3, 4, 5, 6, 7, 8, 9]).filter((value) => !major.has(value));
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks([low, high]: readonly [number, number]): number[] {
  const rough = (high - low) / COUNT;
  const power = Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((f) => f * 10 ** power >= rough * 0.8) ?? 10;
  const [first, last] = [low, high].map((end) => end / factor / 10 ** power) as [number, number];
  const ticks: number[] = [];
  // 3e-1 as typed is the double of that decimal; 3 * 0.1 is not.
  for (let i = Math.ceil(first - 1e-9); i <= last + 1e-9; i++) ticks.push(Number(`${i * factor}e${power}`));
  return ticks;
}

function logTicks(domain: readonly [number, number]): number[] {
  if (!isWide(domain)) return multiples(domain, [1, 2, 5]);
  const powers = multiples(domain, [1]);
  const step = Math.ceil(powers.length / (COUNT + 2));
  return powers.filter((value) => Math.round(Math.log10(value)) % step === 0);
}

function multiples([low, high]: readonly [number, number], factors: readonly number[]): number[] {
  const exponents: number[] = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.ceil(Math.log10(high)); k++) exponents.push(k);
  return exponents
    .flatMap((k) => factors.map((factor) => Number(`${factor}e${k}`)))
    .filter((value) => value >= low && value <= high);
}

const isWide = ([low, high]: readonly [number, number]): boolean => Math.log10(high / low) >= WIDE;

const isPowerOfTen = (value: number): boolean => /^1(0*|e[+-]\d+)$|^0\.0*1$/.test(String(value));

const powerText = (value: number): Text => `$10^{${Math.round(Math.log10(value))}}$`;

/** The shortest decimal that names the number; in powers of ten if it is very large or small. */
function numberText(value: number): Text {
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) {
    const factor = digits === '1' ? '' : `${digits} \\times `;
    return `$${factor}10^{${Number(exponent)}}$`;
  }
  return value < 0 ? `$${value}$` : String(value);
}
