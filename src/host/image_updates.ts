import { say, told } from "../sentences.ts";
import { removeIfThere } from "../objects/files.ts";
import { getLogger } from "@logtape/logtape";
import { statfsSync } from "node:fs";
import { Download } from "./download.ts";
import { nameWhole, writeWhole } from "../objects/durable_file.ts";
import { LARGEST_BUNDLE, NoUpdateNow, type Updates, type UpdateState } from "./updates.ts";

const log = getLogger(["sonodesk", "updates"]);

const STATES: readonly string[] = ["installing", "restarting", "trying", "refused", "kept", "failed"];

/** So long after a bundle was laid there the installer has seen it, if there is one, milliseconds. */
const SEEN_WITHIN = 60_000;

/**
 * Updates of the appliance's image. The program only lays the bundle into a folder: an installer with more rights
 * watches that, checks who signed the bundle, writes it and says what became of it.
 */
export class ImageUpdates implements Updates {
  readonly #folder: string;
  readonly #result: string;
  readonly #client: Deno.HttpClient | undefined;
  readonly #pause: number | undefined;
  #taking = false;
  /** When a bundle was laid there last, milliseconds since 1970; 0 for none. */
  #laidAt = 0;
  /** What became of a bundle that was to be fetched, while the installer has not seen it. */
  #fetched: UpdateState | undefined;
  readonly #stopping = new AbortController();
  #fetching: Promise<void> | undefined;

  /**
   * Takes nothing yet.
   *
   * @param folder in which the installer looks for `bundle.raucb`
   * @param result the file in which it says what became of it: `{"state", "detail"}`
   * @param client with which addresses are called
   * @param pause until a connection that broke is begun again, milliseconds
   */
  constructor(folder: string, result: string, client?: Deno.HttpClient, pause?: number) {
    this.#folder = folder;
    this.#result = result;
    this.#client = client;
    this.#pause = pause;
  }

  /** How the latest update stands. */
  state(): UpdateState {
    return this.#fetched ?? this.#said();
  }

  #said(): UpdateState {
    const none: UpdateState = { state: "none", detail: "" };
    // what was said before is about another one
    const waiting: UpdateState | undefined = Date.now() - this.#laidAt < SEEN_WITHIN
      ? { state: "installing", detail: "" }
      : undefined;
    try {
      if (waiting && Deno.statSync(this.#result).mtime!.getTime() < this.#laidAt) return waiting;
      const { state, detail } = JSON.parse(Deno.readTextFileSync(this.#result));
      return STATES.includes(state) ? { state, detail: String(detail) } : none;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return waiting ?? none;
      throw error;
    }
  }

  /**
   * Begins to fetch an update; `state` says what comes of it.
   *
   * @param older whether a version before this one is meant
   */
  fetch(from: string, older = false): void {
    this.#ensureNone();
    this.#fetched = { state: "fetching", detail: from };
    this.#fetching = this.#fetch(from, older).then(() => this.#fetched = undefined, (error) => {
      const why = error instanceof Error ? error.message : String(error);
      const sentence = error instanceof NoUpdateNow ? error.told : say("update-not-fetched", { why });
      const { detail, coded } = told(sentence);
      this.#fetched = { state: "refused", detail, coded };
      log.warn("an update was not fetched: {detail}", { detail });
    }).then(() => {});
  }

  /** Ends what is being fetched. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#fetching;
  }

  async #fetch(from: string, older: boolean): Promise<void> {
    if (from.startsWith("/")) {
      // a link on the stick could lead anywhere on the box
      if (!Deno.lstatSync(from).isFile) throw new NoUpdateNow(say("update-no-file"));
      const file = await Deno.open(from, { read: true });
      const { size } = await file.stat();
      await this.#takeIn(file.readable, size, older);
      return;
    }
    const { signal } = this.#stopping;
    const download = await Download.begin(from, { signal, client: this.#client, pause: this.#pause });
    await this.#takeIn(ReadableStream.from(download.pieces()), download.size, older);
  }

  /**
   * Takes an update that is being sent.
   *
   * @throws NoUpdateNow when one is under way, there is no room, or it does not arrive whole
   */
  async take(bundle: ReadableStream<Uint8Array>, bytes: number, older = false): Promise<void> {
    this.#ensureNone();
    this.#fetched = undefined;
    await this.#takeIn(bundle, bytes, older);
  }

  /** @throws NoUpdateNow when one is under way */
  #ensureNone(): void {
    const { state } = this.state();
    if (this.#taking || ["fetching", "installing", "restarting"].includes(state)) {
      throw new NoUpdateNow(say("update-under-way"));
    }
    if (state === "trying") {
      throw new NoUpdateNow(say("update-being-tried"));
    }
  }

  async #takeIn(bundle: ReadableStream<Uint8Array>, bytes: number, older: boolean): Promise<void> {
    if (bytes > LARGEST_BUNDLE) {
      await bundle.cancel();
      throw new NoUpdateNow(say("update-too-large"));
    }
    this.#taking = true;
    const fetched = `${this.#folder}/bundle.whole`;
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
      const { bavail, bsize } = statfsSync(this.#folder);
      if (bytes > bavail * bsize) {
        throw new NoUpdateNow(
          say("update-without-room", { needed: megabytes(bytes), free: megabytes(bavail * bsize) }),
        );
      }
      await writeWhole(fetched, whole(bundle, bytes), { part: `${this.#folder}/bundle.part` });
      // the installer refuses an older version without it
      if (older) await Deno.writeTextFile(`${this.#folder}/older`, "");
      else await removeIfThere(`${this.#folder}/older`);
      this.#laidAt = Date.now();
      await nameWhole(fetched, `${this.#folder}/bundle.raucb`);
    } finally {
      this.#taking = false;
      await removeIfThere(fetched);
    }
  }
}

/** The bytes of a bundle. @throws NoUpdateNow when they are not as many as were announced */
async function* whole(bundle: ReadableStream<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let come = 0;
  for await (const chunk of bundle) {
    come += chunk.length;
    if (come > bytes) break;
    yield chunk;
  }
  if (come !== bytes) throw new NoUpdateNow(say("update-not-whole"));
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
