/**
 * The address of a file that the build makes beside the compiled modules. The tests run the sources, which have no such
 * neighbours; for them it is the one in dist.
 *
 * @param path from src/engines
 */
export function builtFile(path: string): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? `../../dist/src/engines/${path}` : path, import.meta.url);
}
