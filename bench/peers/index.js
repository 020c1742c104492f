import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const FOLDER = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const GCC = ['-O3', '-march=native'];
const PYTHONS = ['python3', '/usr/bin/python3'];

/** Chains that peers/tables.c trains together. */
const TABLE_CHAINS = 8;
/** For NumPy and PyTorch, whose calls cost less the more chains share them, until these leave the cache. */
const arrayChains = (d) => (d <= 20 ? 128 : 32);
const CUDA_CHAINS = 256;

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {'f32' | 'f64'} precision
 * @property {string} command
 * @property {string[]} args before the task's file
 * @property {(d: number) => number} chains that it trains side by side
 * @property {boolean} inPython
 * @property {'cpu' | 'wall'} clock
 * @property {'best C' | 'PyTorch'} [yardstick] that other rows are compared with
 */

/**
 * The peers in other languages that this machine can run. The others are named on stdout.
 *
 * @param {string} folder for programs
 * @returns {Peer[]}
 */
export function findPeers(folder) {
  const naive = (precision, real) => {
    const flags = [...GCC, '-ffast-math'];
    const program = compile(folder, `naive-${precision}`, 'naive.c', [...flags, `-DREAL=${real}`]);
    const name = `C naive, ${precision} (gcc ${flags.join(' ')})`;
    return peerOf(name, program, { precision, args: [], chains: () => 1 });
  };
  const tableFlags = [...GCC, '-mavx2', '-mfma'];
  const tables = compile(folder, 'tables', 'tables.c', tableFlags);
  const table = (mode, what, yardstick) => {
    const name = `C tables AVX2, f32, ${what} (gcc ${tableFlags.join(' ')})`;
    return peerOf(name, tables, { args: [mode], chains: () => TABLE_CHAINS, yardstick });
  };
  return [
    ...naive('f64', 'double'),
    ...naive('f32', 'float'),
    ...table('packing', 'packing counted', 'best C'),
    ...table('packed', 'packed before'),
    ...array('numpy', 'step', 'NumPy, a step at a time, f32'),
    ...array('numpy', 'blocked', 'NumPy, blocks of 8 steps, f32'),
    ...array('torch', 'step', 'PyTorch, a step at a time, f32'),
    ...array('torch', 'blocked', 'PyTorch, blocks of 8 steps (32 for predictors 1 and stop), f32', {
      yardstick: 'PyTorch',
    }),
    ...array('cuda', 'cuda', 'PyTorch CUDA, blocks of 8 steps, f32, wall time'),
    ...array('cuda', 'cuda-graph', 'PyTorch CUDA graphs, blocks of 8 steps, f32, wall time'),
  ];
}

/** The Python that has PyTorch, or why there is none, and the script to give it. */
export function findTorch() {
  return { ...findPython('torch'), script: join(FOLDER, 'torch_sgd.py') };
}

function peerOf(name, program, settings) {
  if (program.missing) {
    console.log(`skipped: ${name}: ${program.missing}`);
    return [];
  }
  const usual = { precision: 'f32', command: program.command, inPython: false, clock: 'cpu' };
  return [{ ...usual, ...settings, name }];
}

function compile(folder, program, source, flags) {
  const command = join(folder, program);
  const { error, status, stderr } = spawnSync('gcc', ['-o', command, ...flags, join(FOLDER, source), '-lm']);
  if (error) return { missing: `gcc: ${error.message}` };
  if (status !== 0) return { missing: String(stderr).trim() };
  // Without a task a program ends with status 1, if the processor can run it.
  return spawnSync(command).status === 1 ? { command } : { missing: 'this processor cannot run it' };
}

function array(module, mode, name, settings = {}) {
  const python = findPython(module);
  const script = join(FOLDER, module === 'numpy' ? 'numpy_sgd.py' : 'torch_sgd.py');
  const cuda = module === 'cuda' ? { clock: 'wall', chains: () => CUDA_CHAINS } : {};
  const usual = { args: [script, mode], inPython: true, chains: arrayChains };
  return peerOf(`${name} (${python.version ?? module})`, python, { ...usual, ...cuda, ...settings });
}

/** What prints the version of a module, or fails. */
const PROBES = {
  numpy: 'import numpy; print("numpy", numpy.__version__)',
  torch: 'import numpy, torch; print("torch", torch.__version__)',
  cuda: 'import numpy, torch; assert torch.cuda.is_available(); print("torch", torch.__version__)',
};

const pythons = new Map();

function findPython(module) {
  if (!pythons.has(module)) pythons.set(module, probePythons(module));
  return pythons.get(module);
}

function probePythons(module) {
  for (const command of PYTHONS) {
    const { status, stdout } = spawnSync(command, ['-c', PROBES[module]]);
    if (status === 0) return { command, version: String(stdout).trim() };
  }
  const what = module === 'cuda' ? 'torch.cuda.is_available()' : `the module ${module}`;
  return { missing: `neither of ${PYTHONS.join(', ')} has ${what}` };
}
