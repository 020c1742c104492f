/** A process of its own for `findAdapter`: prints what WebGPU says of its adapter as JSON, null if there is none. */
import { webGpu } from './adapter.js';

const adapter = await (await webGpu()).requestAdapter();
// The members of a GPUAdapterInfo are those of its class, which JSON does not see.
const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {};
process.stdout.write(JSON.stringify(adapter && { vendor, architecture, device, description, isFallbackAdapter }));
