import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Configuration } from './configuration.js';
import { Environment } from './environment.js';
import type { Column } from './experiment.js';
import { RunFolderError, replaceJson } from './storage.js';

const SCHEMA = 'lengthwise/run@1';

/** An engine or executor and back end that ran. */
export const Ran = z.object({
  name: z.string(),
  backend: z.string(),
  executorKind: z.string().nullable(),
  precision: z.string(),
  adapter: z.string().nullable(),
});
export type Ran = z.infer<typeof Ran>;

/** run.json: what was run, and on what. It holds no time, so that equal runs on one machine have equal files. */
export const Manifest = z.object({
  schema: z.literal(SCHEMA),
  ...Configuration.shape,
  columns: z.array(z.object({ name: z.string(), role: z.enum(['key', 'step', 'value']), meaning: z.string() })),
  /** The engines and back ends that ran; none where nothing was trained. */
  ran: z.array(Ran),
  /** Where the run began, and each other place where it went on, with the rows that there were. */
  environments: z.array(z.object({ fromRow: z.number().int(), ...Environment.shape })),
});
export type Manifest = z.infer<typeof Manifest>;

const PATH = 'run.json';

export function hasManifest(directory: string): boolean {
  return existsSync(join(directory, PATH));
}

/** @throws RunFolderError if there is none, or it is damaged */
export function readManifest(directory: string): Manifest {
  const path = join(directory, PATH);
  if (!existsSync(path)) throw new RunFolderError(`${directory} holds no run: it has no ${PATH}`);
  try {
    return Manifest.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new RunFolderError(`${path} is damaged: it is not the description of a run`, { cause: error });
  }
}

export function configurationOf({ experiment, size, seeds, settings, engine }: Manifest): Configuration {
  return { experiment, size, seeds, settings, engine };
}

/** A manifest in its folder, which grows when the run goes on elsewhere or uses another engine. */
export class ManifestFile {
  #manifest: Manifest;

  /** Opens what is there, or writes a new one. */
  constructor(
    readonly directory: string,
    configuration: Configuration,
    columns: readonly Column[],
  ) {
    const described = columns.map((column) => ({ ...column }));
    this.#manifest = hasManifest(directory)
      ? readManifest(directory)
      : { schema: SCHEMA, ...configuration, columns: described, ran: [], environments: [] };
    if (!hasManifest(directory)) this.#write({});
  }

  /** @param fromRow rows that there are */
  continueIn(environment: Environment, fromRow: number): void {
    const { environments } = this.#manifest;
    const { fromRow: _, ...last } = environments.at(-1) ?? { fromRow: 0 };
    if (JSON.stringify(last) === JSON.stringify(environment)) return;
    this.#write({ environments: [...environments, { fromRow, ...environment }] });
  }

  /** What has run so far. */
  get ran(): readonly Ran[] {
    return this.#manifest.ran;
  }

  engineRan({ name, backend, executorKind, precision, adapter }: Ran): void {
    const found = { name, backend, executorKind, precision, adapter };
    const known = this.#manifest.ran.some((other) => JSON.stringify(other) === JSON.stringify(found));
    if (!known) this.#write({ ran: [...this.#manifest.ran, found] });
  }

  #write(change: Partial<Manifest>): void {
    this.#manifest = { ...this.#manifest, ...change };
    replaceJson(join(this.directory, PATH), this.#manifest);
  }
}
