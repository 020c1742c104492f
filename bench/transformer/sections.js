import { median, printTable, quartiles, ratios, threeDigits } from '../measure.js';
import { compare, sizeText } from './comparison.js';
import { GPUJS, ONNX } from './implementations.js';
import { PRODUCT_OPERATIONS, PRODUCT_SIZE, productOperations, SAMPLED, shapesOf } from './task.js';

const SIZES = [
  { d: 10, width: 64, depth: 2, batch: 64 },
  { d: 25, width: 128, depth: 2, batch: 128 },
  { d: 50, width: 128, depth: 2, batch: 128 },
  { d: 50, width: 256, depth: 4, batch: 64 },
];

/** Four sizes; gpu.js, which is slow on a processor, at the smallest one. */
export async function mainSection(torch, own, { rounds, quick, folder }) {
  console.log(
    `
Wall time. A ratio is the time of PyTorch over that of the row in the same round: median (quartiles); more than 1 is faster.
A step is forward, backward, clipping and AdamW on B sequences of 2d + 1 tokens, all numbers float32. Our last block computes
what positions of the response need and nothing else; PyTorch computes all positions, and in the row "trimmed" what we do.
Responses are d + 1 tokens to each of ${SAMPLED} prompts, with kept keys and values and noise that is drawn before; nothing stops early.
Memory is the peak of a process that trains and samples, with its runtime.`.trimEnd(),
  );
  const results = [];
  for (const [i, size] of (quick ? SIZES.slice(0, 1) : SIZES).entries()) {
    const implementations = [...torch, ...own.filter((one) => one !== GPUJS || i === 0)];
    results.push({ size, implementations, ...(await compare(implementations, size, { rounds, folder })) });
  }
  const head = ['model', 'parameters', 'implementation'];
  printTable(
    '### Training',
    [...head, 'ms a step', 'tokens/s', 'PyTorch = 1', 'PyTorch, trimmed = 1', 'peak MB'],
    rowsOf(results, 'training', torch, ({ d, batch }) => batch * (2 * d + 1), true),
  );
  printTable(
    '### Sampling',
    [...head, 'ms a batch', 'tokens/s', 'PyTorch = 1'],
    rowsOf(results, 'sampling', torch.slice(0, 1), ({ d }) => SAMPLED * (d + 1), false),
  );
  if (torch.length > 0 && own.includes(ONNX)) printLeastTimes(results, torch[0]);
}

/** What a step would take if its products of matrices ran as fast as a large one, and nothing else took time. */
function printLeastTimes(results, eager) {
  const rows = results.map(({ size, implementations, training, product }) => {
    const least = product.map((seconds) => (seconds * productOperations(size)) / PRODUCT_OPERATIONS);
    const [theirs, ours] = [eager, ONNX].map((one) => training[implementations.indexOf(one)]);
    return [
      sizeText(size),
      threeDigits(productOperations(size) / 1e9),
      threeDigits(PRODUCT_OPERATIONS / median(product) / 1e9),
      threeDigits(1e3 * median(least)),
      quartiles(ratios(least, theirs)),
      quartiles(ratios(ours, theirs)),
    ];
  });
  printTable(
    `### Least time of a step: its products alone, as fast as one of ${PRODUCT_SIZE} x ${PRODUCT_SIZE} by ${ONNX.name}`,
    ['model', 'GFLOP a step', 'GFLOP/s', 'least ms', 'of the time of PyTorch', `${ONNX.name}, of the time of PyTorch`],
    rows,
  );
}

function rowsOf(results, what, yardsticks, tokensOf, withMemory) {
  return results.flatMap(({ size, implementations, megabytes, ...times }) =>
    implementations.flatMap(({ name }, i) => {
      const seconds = times[what][i];
      if (seconds.length === 0) return [];
      const to = (yardstick) =>
        yardstick ? quartiles(ratios(times[what][implementations.indexOf(yardstick)], seconds)) : '-';
      return [
        [
          sizeText(size),
          shapesOf(size).model.size,
          name,
          threeDigits(1e3 * median(seconds)),
          threeDigits(tokensOf(size) / median(seconds)),
          to(yardsticks[0]),
          ...(withMemory ? [to(yardsticks[1]), Math.round(megabytes[i])] : []),
        ],
      ];
    }),
  );
}

const BASE = { d: 20, width: 64, depth: 2, batch: 64 };
const GROWTH = { d: [10, 20, 50], width: [64, 128, 256], depth: [1, 2, 4, 8], batch: [16, 64, 256] };

/** How time grows, one size after the other, by ONNX Runtime. */
export async function growthSection(torch, own, { rounds, quick, folder }) {
  if (!own.includes(ONNX)) return;
  const rows = [];
  const implementations = [...torch.slice(0, 1), ONNX];
  for (const [name, values] of Object.entries(quick ? { depth: [1, 2] } : GROWTH)) {
    for (const value of values) {
      const size = { ...BASE, [name]: value };
      const { training, sampling } = await compare(implementations, size, { rounds, folder });
      rows.push([sizeText(size), ...[training, sampling].flatMap(columns)]);
    }
  }
  const kinds = ['step', 'batch of responses'].flatMap((what) => [`ms a ${what}`, 'PyTorch', 'PyTorch = 1']);
  printTable(`### Growth, ${ONNX.name}, ${rounds} rounds`, ['model', ...kinds], rows);
}

function columns(times) {
  const own = times.at(-1);
  const milliseconds = (seconds) => threeDigits(1e3 * median(seconds));
  if (times.length === 1) return [milliseconds(own), '-', '-'];
  return [milliseconds(own), milliseconds(times[0]), quartiles(ratios(times[0], own))];
}
