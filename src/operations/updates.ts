import { statfsSync } from "node:fs";
import { NoUpdateNow, type Updates, type UpdateState } from "../web/updates.ts";

const STATES: readonly string[] = ["installing", "restarting", "trying", "refused", "kept", "failed"];

/**
 * Updates of the appliance's image. The program only lays the bundle into a folder: an installer with more rights
 * watches that, checks who signed the bundle, writes it and says what became of it.
 */
export class ImageUpdates implements Updates {
  readonly #folder: string;
  readonly #result: string;
  #taking = false;

  /**
   * @param folder in which the installer looks for `bundle.raucb`
   * @param result the file in which it says what became of it: `{"state", "detail"}`
   */
  constructor(folder: string, result: string) {
    this.#folder = folder;
    this.#result = result;
  }

  state(): UpdateState {
    const none: UpdateState = { state: "none", detail: "" };
    try {
      const { state, detail } = JSON.parse(Deno.readTextFileSync(this.#result));
      return STATES.includes(state) ? { state, detail: String(detail) } : none;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return none;
      throw error;
    }
  }

  async take(bundle: ReadableStream<Uint8Array>, bytes: number): Promise<void> {
    const { state } = this.state();
    if (this.#taking || ["installing", "restarting"].includes(state)) {
      throw new NoUpdateNow("Cannot take this update: another is under way, wait until the box has restarted");
    }
    if (state === "trying") {
      throw new NoUpdateNow("Cannot take this update: the one before it is still being tried, wait a few minutes");
    }
    this.#taking = true;
    const part = `${this.#folder}/bundle.part`;
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
      const { bavail, bsize } = statfsSync(this.#folder);
      if (bytes > bavail * bsize) {
        throw new NoUpdateNow(
          `Cannot take this update: it needs ${megabytes(bytes)} and ${
            megabytes(bavail * bsize)
          } are free, free some space`,
        );
      }
      await writeDurably(part, bundle, bytes);
      await Deno.rename(part, `${this.#folder}/bundle.raucb`);
    } finally {
      this.#taking = false;
      await removeIfThere(part);
    }
  }
}

async function writeDurably(path: string, stream: ReadableStream<Uint8Array>, bytes: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  let written = 0;
  for await (const chunk of stream) {
    written += chunk.length;
    if (written > bytes) break;
    for (let rest = chunk; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  }
  if (written !== bytes) {
    throw new NoUpdateNow("Cannot take this update: it did not arrive whole, send it again");
  }
  await file.sync();
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
