/** The library; loaded when it is needed first, for it is large. */
export type Library = typeof import('onnxruntime-node');

/** @throws Error if it is not installed, or has no binary for this platform */
export async function loadLibrary(): Promise<Library> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    const advice = 'npm install --onnxruntime-node-install=skip onnxruntime-node installs it where it exists';
    throw new Error(`ONNX Runtime cannot be loaded on ${process.platform} ${process.arch}: ${reason}; ${advice}`);
  }
}
