import { createRequire } from 'node:module';
import { type Backend, Device, type Handle, type Kernel, type Nested } from '../../../engines/index.js';
import { inputName, type Program, sizeOf } from '../../graph/index.js';
import type { Executor, ExecutorReport, LoadedProgram, Tensors } from '../executor.js';
import type { Step } from './lowering.js';
import { type Plan, planOf } from './plan.js';

/**
 * Runs programs as kernels of gpu.js, each program in one pipeline.
 *
 * @throws Error if gpu.js does not run there, with what is missing
 */
export async function openGpujs(backend: Backend): Promise<Executor> {
  const device = await Device.open(backend, true);
  const kernels = new Map<string, Kernel>();
  const loaded = new Map<Program, LoadedProgram>();
  return {
    report: reportOf(device),
    async load(program) {
      const known = loaded.get(program);
      if (known) return known;
      // Pipelines are known by their names, which programs may share.
      const ready = load(device, kernels, program, `${program.name}, number ${loaded.size + 1}`);
      loaded.set(program, ready);
      return ready;
    },
    close: () => device.close(),
  };
}

function reportOf(device: Device): ExecutorReport {
  const { version } = createRequire(import.meta.url)('gpu.js/package.json') as { readonly version: string };
  return {
    executor: 'gpujs',
    backend: device.backend,
    version,
    executorKind: device.executorKind,
    adapter: device.adapter?.description ?? null,
    threads: device.threads,
  };
}

/** Numbers that a kernel must compute for threads to gain more by sharing it than they lose by waiting for each other. */
const WORTH_THREADS = 2 ** 17;

/** Whether the kernels of a plan are worth it on average. */
function isLarge({ once, body, repetitions }: Plan): boolean {
  const workOf = (steps: readonly Step[]) => steps.reduce((sum, { kernel }) => sum + kernel.work, 0);
  const count = once.length + repetitions * body.length;
  return workOf(once) + repetitions * workOf(body) > WORTH_THREADS * count;
}

/**
 * @param kernels of all programs, by what they compute
 * @param name of its pipeline
 */
function load(device: Device, kernels: Map<string, Kernel>, program: Program, name: string): LoadedProgram {
  const plan = planOf(program, device.backend);
  const constants = plan.constants.map(({ numbers }) => ({ numbers, size: [numbers.length] as const }));
  return {
    async run(inputs) {
      const given = plan.inputs.map(({ node }) => {
        const numbers = givenNumbers(inputs, inputName(node), sizeOf(node.shape));
        return { numbers, size: [numbers.length] as const };
      });
      const record = () => recordingOf(device, kernels, plan);
      const results = await device.run(name, record, [...given, ...constants], isLarge(plan));
      return Object.fromEntries(Object.entries(results).map(([name, nested]) => [name, flat(nested)]));
    },
  };
}

function givenNumbers(inputs: Tensors, name: string, length: number): Float32Array {
  const numbers = inputs[name];
  if (numbers?.length === length) return numbers;
  throw new RangeError(`input ${name} has ${numbers?.length ?? 'no'} numbers; it must have ${length}`);
}

/** The function that is recorded: its arguments are the inputs of the plan, then its constants. */
function recordingOf(device: Device, kernels: Map<string, Kernel>, plan: Plan) {
  const arguments_ = [...plan.inputs, ...plan.constants].map(({ buffer }) => buffer);
  const record = (...values: Handle[]): Record<string, Handle> => {
    const handles = new Map(arguments_.map((buffer, i) => [buffer, values[i]!]));
    const run = ({ kernel: { source, output, buffers }, output: buffer }: Step) => {
      const key = `${output} ${source}`;
      const kernel = kernels.get(key) ?? device.kernel(source, output);
      kernels.set(key, kernel);
      handles.set(buffer, kernel(...buffers.map((from) => handles.get(from)!)));
    };
    for (const step of plan.once) run(step);
    for (const { current, initial } of plan.carried) handles.set(current, handles.get(initial)!);
    for (let i = 0; i < plan.repetitions; i++) {
      for (const step of plan.body) run(step);
      const next = plan.carried.map((one) => handles.get(one.next)!);
      for (const [j, { current }] of plan.carried.entries()) handles.set(current, next[j]!);
    }
    return Object.fromEntries(Object.entries(plan.outputs).map(([name, buffer]) => [name, handles.get(buffer)!]));
  };
  // gpu.js counts the parameters.
  return Object.defineProperty(record, 'length', { value: arguments_.length });
}

/** Rows of rows, one after the other. */
function flat(nested: Nested): Float32Array {
  if (nested instanceof Float32Array) return nested;
  const parts = nested.map(flat);
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
