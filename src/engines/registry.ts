import {
  ENGINES,
  type Engine,
  type EngineName,
  type OpenEngine,
  type OpenOptions,
  UnsupportedOption,
} from './engine.js';
import { gpujs } from './gpujs/engine.js';
import { plain } from './plain.js';
import { wasm } from './wasm/engine.js';

const engines: Readonly<Record<EngineName, Engine>> = { plain, wasm, gpujs };

/** @throws RangeError if there is none of that name */
export function engineNamed(name: EngineName): Engine {
  if (!Object.hasOwn(engines, name)) {
    throw new RangeError(`engine is ${name}; it must be one of ${ENGINES.join(', ')}`);
  }
  return engines[name];
}

/**
 * @throws UnsupportedOption if the engine has no such precision
 * @throws Error if the back end that was asked for cannot run here
 */
export async function openEngine(name: EngineName, options: OpenOptions): Promise<OpenEngine> {
  const engine = engineNamed(name);
  if (!engine.precisions.includes(options.precision)) {
    const rule = `computes in ${engine.precisions.join(' or ')}`;
    throw new UnsupportedOption(name, 'precision', options.precision, rule);
  }
  if (options.backend !== undefined && name !== 'gpujs') {
    throw new UnsupportedOption(name, 'backend', options.backend, 'has no back ends; they belong to gpujs');
  }
  return engine.open(options);
}
