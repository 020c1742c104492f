import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { builtFile } from '../built.js';

/** A way to a graphics processor. */
export interface Adapter {
  /** Vendor, architecture, device and driver, as far as they are told. */
  readonly description: string;
  /** A processor's imitation of a graphics processor. */
  readonly software: boolean;
}

interface WebGpu {
  requestAdapter(): Promise<{ readonly info: AdapterInfo } | null>;
}

interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

/** Names of software adapters, some of which do not call themselves a fallback. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** A driver answers much sooner. */
const PATIENCE_MS = 20_000;

/**
 * The adapter that WebGPU offers here; null if there is none. It is looked for by another process: a driver that is missing or
 * broken writes to standard error, or ends the process that asked.
 */
export async function findAdapter(): Promise<Adapter | null> {
  try {
    const probe = fileURLToPath(builtFile('gpujs/adapter-probe.js'));
    const { stdout } = await promisify(execFile)(process.execPath, [probe], { timeout: PATIENCE_MS });
    return describe(JSON.parse(stdout));
  } catch {
    // No binary for this platform, or a driver that fails.
    return null;
  }
}

/** A Dawn of its own for each caller: it is freed with the last reference. */
export async function webGpu(): Promise<WebGpu> {
  const { create } = await import('webgpu');
  return create([]) as WebGpu;
}

function describe(info: AdapterInfo | null): Adapter | null {
  if (info === null) return null;
  const { vendor, architecture, device, description, isFallbackAdapter = false } = info;
  const text = [vendor, architecture, device, description].filter((part) => part !== '').join(' ');
  return { description: text, software: isFallbackAdapter || SOFTWARE.test(text) };
}

let users = 0;
let hide = () => {};

/**
 * Shows `navigator.gpu` to gpu.js, which looks for it where browsers have it; Node.js has no `navigator` before version 21.
 * To be taken back as often as it is called, by `hideWebGpu`.
 */
export async function showWebGpu(): Promise<void> {
  const gpu = await webGpu();
  if (users++ > 0) return;
  const scope = globalThis as object as { readonly navigator?: object };
  const [owner, name, value] = scope.navigator ? [scope.navigator, 'gpu', gpu] : [scope, 'navigator', { gpu }];
  Object.defineProperty(owner, name, { value, configurable: true });
  hide = () => Reflect.deleteProperty(owner, name);
}

/** @returns whether nobody else needs it */
export function hideWebGpu(): boolean {
  if (--users > 0) return false;
  hide();
  return true;
}
