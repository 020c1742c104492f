/** Placeholder until the engine is merged. */
export async function findAdapter(): Promise<{ description: string; software: boolean } | null> {
  return null;
}
