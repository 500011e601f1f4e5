import { isFile } from "../objects/files.ts";
import { syncFile } from "../objects/durable_file.ts";
import { Snapshot, takeSnapshot } from "../store/snapshot.ts";
import { VERSION } from "../version.ts";
import { otherFiles } from "./backup.ts";
import { counted, fileChunks } from "./chunks.ts";
import { FORMAT, FORMAT_VERSION, type KeptFile, type Manifest } from "./format.ts";

/** Below the data folder: the copy of the store that another box reads. Left from a run that broke off it is replaced. */
const COPY = ".replacement.sqlite";

/**
 * A box's data folder as a backup of this moment, for another box to read: one snapshot, with the received files as
 * `archive/<path>` in place of their hashes. Works beside the running box, and on its own.
 */
export class BoxView {
  readonly #data: string;
  #count = 0;
  #name = "";
  #manifest: Manifest | undefined;

  /** Shows nothing before `refresh`. @param data the box's data folder */
  constructor(data: string) {
    this.#data = data;
  }

  /** Copies the store as it is now, which is what is shown from now on. @returns the snapshot's name */
  async refresh(): Promise<string> {
    const data = this.#data;
    const copy = `${data}/${COPY}`;
    this.#manifest = undefined;
    await this.close();
    await takeSnapshot(`${data}/sonodesk.sqlite`, copy);
    await syncFile(copy);
    const time = new Date();
    const files: KeptFile[] = [];
    for (const path of otherFiles(data)) {
      try {
        files.push({ path, ...await hashOf(`${data}/${path}`) });
      } catch (error) {
        // taken back, or given its name, meanwhile
        if (!(error instanceof Deno.errors.NotFound) || isFile(`${data}/${path}`)) throw error;
      }
    }
    using snapshot = new Snapshot(copy);
    this.#name = `${String(++this.#count).padStart(6, "0")}-${time.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
    this.#manifest = {
      ...{ format: FORMAT, formatVersion: FORMAT_VERSION, version: VERSION, schema: snapshot.schema },
      ...{ time: time.toISOString(), encrypted: false, store: await hashOf(copy), files },
      objects: snapshot.totals(),
      missing: [],
    };
    return this.#name;
  }

  /** The paths of what is shown, below a folder of it; the received files are not listed. */
  list(below: string): string[] {
    return this.#manifest === undefined || below !== "snapshots" ? [] : [`snapshots/${this.#name}/manifest.json`];
  }

  /** A file's bytes. @throws Deno.errors.NotFound where there is none of this path */
  async read(path: string): Promise<ReadableStream<Uint8Array>> {
    const within = `snapshots/${this.#name}/`;
    const manifest = this.#manifest;
    if (path.split("/").some((part) => part === ".." || part === "")) throw new Deno.errors.NotFound(path);
    if (manifest !== undefined && path.startsWith(within)) {
      const name = path.slice(within.length);
      if (name === "manifest.json") return new Response(JSON.stringify(manifest)).body!;
      if (name === "store.sqlite") return await open(`${this.#data}/${COPY}`);
      const own = manifest.files.find((file) => `files/${file.path}` === name);
      if (own !== undefined) return await open(`${this.#data}/${own.path}`);
    }
    if (path.startsWith("archive/studies/")) return await open(`${this.#data}/${path}`);
    throw new Deno.errors.NotFound(path);
  }

  /** Removes the copy. */
  async close(): Promise<void> {
    for (const path of [COPY, `${COPY}-wal`, `${COPY}-shm`, `${COPY}-journal`]) {
      if (isFile(`${this.#data}/${path}`)) await Deno.remove(`${this.#data}/${path}`);
    }
  }
}

/** What a path in the archive is called in a view. */
export function pathInView({ path }: { path: string }): string {
  return `archive/${path}`;
}

async function open(path: string): Promise<ReadableStream<Uint8Array>> {
  return fileChunks(await Deno.open(path, { read: true }));
}

async function hashOf(path: string): Promise<Omit<KeptFile, "path">> {
  const source = counted(await open(path));
  for await (const _ of source.bytes);
  return source.result();
}
