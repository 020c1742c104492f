import { GELU_CUBE, GELU_SLOPE } from '../../graph/index.js';
import type { Scalar } from './expression.js';

/** Declares local variables of a kernel, all of them at its beginning, and collects its statements. */
export interface Locals {
  integer(): string;
  real(): string;
  write(statement: string): void;
}

/** A number as gpu.js reads it: with a point it is real, and beyond 32 bits it is not taken for an integer. */
export function literal(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`a constant of a kernel is ${value}`);
  const size = Math.abs(value);
  if (size >= 2 ** 30) return `(${literal(value / 2 ** 30)} * ${literal(2 ** 29)} * 2.0)`;
  const text = Number.isInteger(size) ? `${size}.0` : `${size}`;
  return value < 0 ? `(-${text})` : text;
}

/** log 2 in two parts, the first with so few bits that its multiples up to 127 are exact in float32. */
const LOG2_HIGH = 0.693359375;
const LOG2_LOW = Math.LN2 - LOG2_HIGH;

/** Beyond the first e^x is taken for e^88, below the second for 0: the powers of 2 between them are normal numbers of float32. */
export const MAX_EXPONENT = 88;
export const MIN_EXPONENT = -87;

/**
 * out = e^x, relatively exact to 4 * 2^-24: |x| = power log 2 + rest with |rest| < .35, where Taylor's series to the
 * seventh degree is exact to 6e-9. `Math.exp` would leave WebAssembly for each number.
 */
function expStatement(locals: Locals, out: string, x: string): string {
  const [power, size, rest, scale] = [locals.integer(), locals.real(), locals.real(), locals.real()];
  let series = literal(1 / 5040);
  for (const factorial of [720, 120, 24, 6, 2, 1, 1]) series = `(${literal(1 / factorial)} + ${rest} * ${series})`;
  locals.write(`${size} = Math.min(${literal(MAX_EXPONENT)}, Math.abs(${x}));`);
  locals.write(`${power} = Math.floor(${size} * ${Math.LOG2E} + 0.5) >> 0;`);
  locals.write(`${rest} = (${size} - ${power} * ${LOG2_HIGH}) - ${power} * (${LOG2_LOW});`);
  locals.write(`if (${x} < 0.0) { ${rest} = 0.0 - ${rest}; }`);
  // 2^power from its bits, the highest first.
  locals.write(`${scale} = 1.0 + ((${power} >> 6) & 1);`);
  for (const bit of [5, 4, 3, 2, 1, 0])
    locals.write(`${scale} = ${scale} * ${scale} * (1.0 + ((${power} >> ${bit}) & 1));`);
  locals.write(`if (${x} < 0.0) { ${scale} = 1.0 / ${scale}; }`);
  locals.write(`${out} = ${scale} * ${series};`);
  return `if (${x} < ${literal(MIN_EXPONENT)}) { ${out} = 0.0; }`;
}

/** out = 1 / (1 + e^-x), without the difference of near numbers. */
function sigmoidStatement(locals: Locals, out: string, x: string): string {
  const [power, size] = [locals.real(), locals.real()];
  locals.write(`${size} = 0.0 - Math.abs(${x});`);
  locals.write(expStatement(locals, power, size));
  locals.write(`${out} = 1.0 / (1.0 + ${power});`);
  return `if (${x} < 0.0) { ${out} = ${power} * ${out}; }`;
}

/** Writes out = scalar(inputs) for the names of local variables. */
export function writeScalar(locals: Locals, scalar: Scalar, out: string, inputs: readonly string[]): void {
  locals.write(lastStatement(locals, scalar, out, inputs));
}

const OPERATORS = { add: '+', subtract: '-', multiply: '*', divide: '/' } as const;

/** The statement that sets `out`, after writing those that it needs. */
function lastStatement(locals: Locals, scalar: Scalar, out: string, inputs: readonly string[]): string {
  const [a, b, c] = inputs as [string, string, string];
  switch (scalar) {
    case 'negate':
      return `${out} = 0.0 - ${a};`;
    case 'exp':
      return expStatement(locals, out, a);
    case 'log':
      return `${out} = Math.log(${a});`;
    case 'sqrt':
      return `${out} = Math.sqrt(${a});`;
    case 'sigmoid':
      return sigmoidStatement(locals, out, a);
    case 'silu':
      locals.write(sigmoidStatement(locals, out, a));
      return `${out} = ${a} * ${out};`;
    case 'gelu': {
      const twice = locals.real();
      locals.write(`${twice} = ${a} * (${2 * GELU_SLOPE} + ${2 * GELU_SLOPE * GELU_CUBE} * (${a} * ${a}));`);
      locals.write(sigmoidStatement(locals, out, twice));
      return `${out} = ${a} * ${out};`;
    }
    case 'positive':
      return `${out} = 0.0; if (${a} > 0.0) { ${out} = 1.0; }`;
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
      return `${out} = ${a} ${OPERATORS[scalar]} ${b};`;
    case 'maximum':
      return `${out} = Math.max(${a}, ${b});`;
    case 'equal':
      return `${out} = 0.0; if (Math.abs(${a} - ${b}) < 0.5) { ${out} = 1.0; }`;
    case 'choose':
      return `${out} = ${c}; if (${a} > 0.0) { ${out} = ${b}; }`;
  }
}
