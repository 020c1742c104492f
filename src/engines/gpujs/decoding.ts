import { logit } from '../../numerics/index.js';
import { Pacer, part, type Watch } from '../../progress/index.js';
import { KeyedRandom } from '../../random/index.js';
import { type DecodingRequest, PackedResponses } from '../../training/index.js';
import type { Device, Values } from './device.js';
import { groupsOf } from './groups.js';
import { packHalves, wordOf } from './halves.js';
import type { Rows } from './library.js';
import { decodingPipeline, responsesOfCall } from './pipelines.js';
import { CHUNK } from './samples.js';
import { chainLayout, rowLength, weightsLength, writeWeights } from './track.js';

/** Bytes of the largest array that a call takes, its thresholds. */
const MAX_BYTES = 2 ** 26;

/** Below every logit; a kernel need not know infinities. */
const LOWEST = -3e38;

/**
 * Answers requests as `decode` of src/training does, with the same inputs and uniform numbers. Logits are sums in float32: a
 * decision may be another one where the logit, less the threshold of sampling, is within (n + 5) 2^-24 of the sum of the
 * absolute weights and the threshold, n being the entries read.
 */
export async function decode(
  device: Device,
  requests: readonly DecodingRequest[],
  watch: Watch,
): Promise<PackedResponses[]> {
  const keyOf = ({ model, decoding }: DecodingRequest) => (decoding === null ? -model.d : model.d);
  const groups = groupsOf(requests, keyOf, (key) => {
    return Math.max(1, Math.floor(MAX_BYTES / (4 * responsesOfCall(device) * (Math.abs(key) + 1))));
  });
  const all: PackedResponses[] = [];
  for (const [i, group] of groups.entries()) {
    const members = group.map((index) => requests[index]!);
    const responses = await decodeTogether(device, members, new Pacer(part(watch, i, groups.length)));
    for (const [j, index] of group.entries()) all[index] = responses[j]!;
  }
  return all;
}

/** Answers requests to chains of the same d, all greedily or all by sampling. */
async function decodeTogether(
  device: Device,
  requests: readonly DecodingRequest[],
  pacer: Pacer,
): Promise<PackedResponses[]> {
  const { d } = requests[0]!.model;
  const sampled = requests[0]!.decoding !== null;
  const responses = requests.map(({ count }) => new PackedResponses(d, count));
  const most = Math.max(...requests.map(({ count }) => count));
  const size = responsesOfCall(device);
  const weights = weightsFor(requests, d);
  const step: Values = { numbers: new Float32Array(4), size: [4, 1, 1] };
  for (let done = 0; done < most; done += size) {
    const pause = () => pacer.checkpoint(done / most);
    await pause();
    const parts = requests.map(({ first, count }) => ({
      first: first + done,
      count: Math.min(size, Math.max(0, count - done)),
    }));
    const values = [inputsFor(requests, parts, d, size), weights, step];
    if (sampled) values.push(await thresholdsFor(requests, parts, d, size, pause));
    const name = `decoding d=${d} requests=${requests.length}${sampled ? ' sampled' : ''}`;
    const halves = await device.run(name, () => decodingPipeline(device, d, requests.length, sampled), values);
    for (const [g, { count }] of parts.entries()) store(halves, g, responses[g]!, done, count);
  }
  for (const [g, { count }] of requests.entries()) responses[g]!.written(count);
  return responses;
}

/** Which of a request's inputs a call answers. */
interface Part {
  readonly first: number;
  readonly count: number;
}

function weightsFor(requests: readonly DecodingRequest[], d: number): Values {
  const layout = chainLayout(d);
  const length = weightsLength(layout);
  const numbers = new Float32Array(requests.length * length);
  for (const [g, { model }] of requests.entries()) {
    writeWeights(layout, model, 1, numbers.subarray(g * length, (g + 1) * length));
  }
  const row = rowLength(layout);
  return { numbers, size: [row, length / row, requests.length] };
}

function inputsFor(requests: readonly DecodingRequest[], parts: readonly Part[], d: number, size: number): Values {
  const randoms = requests.map(({ seed, inputs }) => new KeyedRandom(seed, inputs));
  const blocks = parts.map(({ count }) => Math.ceil(count / CHUNK));
  return packHalves(d, size, blocks, (g, block, j) => {
    return randoms[g]!.words(j >>> 2, parts[g]!.first / CHUNK + block)[j & 3]!;
  });
}

/** u < sigma(z / temperature) means z > temperature log(u / (1 - u)): for each uniform number that threshold, [g][p][s]. */
async function thresholdsFor(
  requests: readonly DecodingRequest[],
  parts: readonly Part[],
  d: number,
  size: number,
  pause: () => Promise<void>,
): Promise<Values> {
  const numbers = new Float32Array(requests.length * (d + 1) * size);
  for (const [g, { seed, decoding, temperature }] of requests.entries()) {
    await pause();
    const random = new KeyedRandom(seed, decoding!);
    const { first, count } = parts[g]!;
    for (let i = 0; i < count; i++) {
      for (let step = 0; step <= d; step++) {
        // Step 0 is that of 'stop', which is predictor number 1, and step 1 that of predictor 1.
        const predictor = step < 2 ? 1 - step : step;
        const threshold = temperature * logit(random.uniform(step, first + i));
        numbers[(g * (d + 1) + predictor) * size + i] = Math.max(LOWEST, threshold);
      }
    }
  }
  return { numbers, size: [size, d + 1, requests.length] };
}

/** Copies a call's responses behind the first `done` ones. Short responses end with their first token. */
function store(halves: Rows, g: number, { d, stride, words }: PackedResponses, done: number, count: number): void {
  for (let block = 0; block < Math.ceil(count / CHUNK); block++) {
    const left = count - block * CHUNK;
    const present = left < CHUNK ? (1 << left) - 1 : -1;
    const long = wordOf(halves, g, block, 2 * d) & present;
    const at = (done / CHUNK + block) * stride;
    for (let j = 0; j <= 2 * d; j++) words[at + j] = wordOf(halves, g, block, j) & (j <= d ? present : long);
  }
}
