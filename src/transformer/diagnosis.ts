import { part, type Watch } from '../progress/index.js';
import { KeyedRandom } from '../random/index.js';
import {
  EXECUTOR_BACKENDS,
  EXECUTORS,
  type Executor,
  type ExecutorBackend,
  type ExecutorName,
  type ExecutorReport,
  openExecutor,
  type Tensors,
} from './executors/index.js';
import { interpret, type Program } from './graph/index.js';
import { ARCHITECTURES, initialParameters, modelShape, type Parameters, parametersOf } from './models/index.js';
import { ADAMW, type BatchShape, sequenceLength, trainingProgram } from './programs/index.js';

/** How an executor fares on this machine. */
export interface ExecutorDiagnosis {
  readonly asked: { readonly executor: ExecutorName; readonly backend: ExecutorBackend };
  /** What ran; null if nothing did. */
  readonly ran: ExecutorReport | null;
  /** Why nothing ran, and what would help. */
  readonly problem: string | null;
  /** Largest relative difference of a loss from float64, over the steps of both architectures, and the most that rounding explains. */
  readonly distance: number | null;
  readonly allowed: number;
  /** Milliseconds of a step of training: GPT-2, 2 blocks of width 64, 64 sequences of 10 bits; null where that would take long. */
  readonly milliseconds: number | null;
}

/** Losses are compared over several steps: a provider with a wrong gradient computes the first one rightly. */
const STEPS = 3;
const LEARNING_RATE = 0.01;

/**
 * A step has about a hundred operations one after the other, each of which rounds by 2^-24 of its result, and cancellation loses a few
 * more bits: eightfold.
 */
const ALLOWED = 8 * 100 * 2 ** -24;

/** Milliseconds of a step of a probe from which on larger ones are not timed: an imitated graphics card takes minutes. */
const SLOW = 200;

/** Runs that let compilers settle, and runs that are timed. */
const [WARM_UPS, TIMED] = [3, 5];

/** Trains tiny transformers with each executor and back end: is it right, and how fast is it? Takes some seconds for each. */
export async function diagnoseExecutors(
  onDiagnosis: (diagnosis: ExecutorDiagnosis) => void,
  watch: Watch,
): Promise<void> {
  const candidates = EXECUTORS.flatMap((executor) =>
    EXECUTOR_BACKENDS[executor].map((backend) => ({ executor, backend })),
  );
  const probes = ARCHITECTURES.map((architecture) => probeOf(architecture));
  for (const [i, asked] of candidates.entries()) {
    watch.signal?.throwIfAborted();
    onDiagnosis(await diagnose(asked, probes, part(watch, i, candidates.length)));
  }
}

async function diagnose(
  asked: ExecutorDiagnosis['asked'],
  probes: readonly Probe[],
  { signal, onProgress }: Watch,
): Promise<ExecutorDiagnosis> {
  const none = { asked, ran: null, problem: null, distance: null, allowed: ALLOWED, milliseconds: null };
  let executor: Executor | null = null;
  try {
    executor = await openExecutor(asked, probes[0]!.program);
    const found: Found[] = [];
    for (const probe of probes) {
      signal?.throwIfAborted();
      found.push(await trainProbe(executor, probe));
    }
    onProgress?.(0.5);
    const distance = Math.max(...found.map((probe) => probe.distance));
    const slow = found.some((probe) => probe.milliseconds > SLOW);
    return { ...none, ran: executor.report, distance, milliseconds: slow ? null : await stepTime(executor, signal) };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...none, problem: error instanceof Error ? error.message : String(error) };
  } finally {
    await executor?.close();
  }
}

/** A program of training, what its first step is given, and the losses before each step in float64. */
interface Probe {
  readonly program: Program;
  readonly inputs: Tensors;
  readonly losses: readonly number[];
}

function probeOf(architecture: (typeof ARCHITECTURES)[number]): Probe {
  const batch = { sequences: 4, prompt: 4, response: 4 };
  const keyValueHeads = architecture === 'gpt2' ? 4 : 2;
  const shape = modelShape({ architecture, depth: 1, width: 32, keyValueHeads, context: sequenceLength(batch) });
  const model = parametersOf(shape);
  const program = trainingProgram(model, batch, ADAMW);
  const inputs = inputsOf(model, batch);
  const losses: number[] = [];
  let state: Record<string, Float64Array> = Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [name, Float64Array.from(values)]),
  );
  for (let step = 1; step <= STEPS; step++) {
    const found = interpret(program, { ...state, ...correctionsOf(step, Float64Array) });
    losses.push(found.loss![0]!);
    state = { ...state, ...found };
  }
  return { program, inputs, losses };
}

/** What an executor made of a probe: how far its losses are off, and the time of the last step. */
interface Found {
  readonly distance: number;
  readonly milliseconds: number;
}

async function trainProbe(executor: Executor, { program, inputs, losses }: Probe): Promise<Found> {
  const loaded = await executor.load(program);
  let state: Tensors = inputs;
  let [distance, milliseconds] = [0, 0];
  for (const [i, expected] of losses.entries()) {
    const start = performance.now();
    const found = await loaded.run({ ...state, ...correctionsOf(i + 1, Float32Array) });
    milliseconds = performance.now() - start;
    const off = Math.abs(found.loss![0]! - expected) / Math.abs(expected);
    // A loss that is not a number is as wrong as can be.
    distance = Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(distance, off);
    const { parameters, firstMoment, secondMoment } = found;
    state = { ...inputs, parameters: parameters!, firstMoment: firstMoment!, secondMoment: secondMoment! };
  }
  return { distance, milliseconds };
}

/** Median milliseconds of a step. */
async function stepTime(executor: Executor, signal: AbortSignal | undefined): Promise<number> {
  const batch = { sequences: 64, prompt: 11, response: 11 };
  const model = parametersOf(modelShape({ context: sequenceLength(batch) }));
  const loaded = await executor.load(trainingProgram(model, batch, ADAMW));
  const inputs = { ...inputsOf(model, batch), ...correctionsOf(1, Float32Array) };
  const times: number[] = [];
  for (let i = 0; i < WARM_UPS + TIMED; i++) {
    signal?.throwIfAborted();
    const start = performance.now();
    await loaded.run(inputs);
    if (i >= WARM_UPS) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(TIMED / 2)]!;
}

/** A model at its beginning, and keyed tokens that mean nothing. */
function inputsOf(model: Parameters, batch: BatchShape): Tensors {
  const random = new KeyedRandom(1, 0);
  const tokens = (count: number, step: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.floor(model.shape.vocabulary * random.uniform(step, i)));
  const responses = batch.sequences * batch.response;
  return {
    parameters: initialParameters(model, 1),
    firstMoment: new Float32Array(model.size),
    secondMoment: new Float32Array(model.size),
    tokens: tokens(batch.sequences * sequenceLength(batch), 0),
    targets: tokens(responses, 1),
    weights: new Float32Array(responses).fill(1 / responses),
    inverseTemperature: Float32Array.of(1),
    learningRate: Float32Array.of(LEARNING_RATE),
  };
}

function correctionsOf<A extends Float32Array | Float64Array>(step: number, array: { of(value: number): A }) {
  const { beta1, beta2 } = ADAMW;
  return { firstCorrection: array.of(1 / (1 - beta1 ** step)), secondCorrection: array.of(1 / (1 - beta2 ** step)) };
}
