import { isKnown, say, told } from "../sentences.ts";
import { removeIfThere } from "../objects/files.ts";
import { getLogger } from "@logtape/logtape";
import { statfsSync } from "node:fs";
import { Download } from "./download.ts";
import { KNOWN } from "./known_chunks.ts";
import { downloadMissing } from "./partial_download.ts";
import { nameWhole, writeWhole } from "../objects/durable_file.ts";
import { versionsIn } from "./image_versions.ts";
import { askHost } from "./request.ts";
import {
  type Installing,
  LARGEST_BUNDLE,
  NoUpdateNow,
  type Updates,
  type UpdateState,
  type Versions,
} from "./updates.ts";

const log = getLogger(["sonodesk", "updates"]);

const STATES: readonly string[] = [
  ...["checking", "offered", "installing", "restarting", "trying", "refused", "works", "kept", "failed"],
];

/** So long after a bundle was laid there the installer has seen it, if there is one, milliseconds. */
const SEEN_WITHIN = 60_000;

/** Where the image looks, and where it says how it stands. */
export interface UpdatePlaces {
  /** The folder in which the installer looks for `bundle.raucb`. */
  folder: string;
  /** The file in which it says what became of it. */
  result: string;
  /** The folder in which requests are looked for. */
  requests: string;
  /** The folder in which the image says which versions there are. */
  host: string;
}

/**
 * Updates of the appliance's image. The program only lays the bundle into a folder: an installer with more rights
 * watches that, checks who signed the bundle, writes it and says what became of it.
 */
export class ImageUpdates implements Updates {
  readonly #places: UpdatePlaces;
  readonly #client: Deno.HttpClient | undefined;
  readonly #pause: number | undefined;
  #taking = false;
  /** When a bundle was laid there last, milliseconds since 1970; 0 for none. */
  #laidAt = 0;
  /** What is done with that one first. */
  #first: UpdateState["state"] = "checking";
  /** What became of a bundle that was to be fetched, while the installer has not seen it. */
  #fetched: UpdateState | undefined;
  readonly #stopping = new AbortController();
  #fetching: Promise<void> | undefined;

  /**
   * Takes nothing yet.
   *
   * @param client with which addresses are called
   * @param pause until a connection that broke is begun again, milliseconds
   */
  constructor(places: UpdatePlaces, client?: Deno.HttpClient, pause?: number) {
    this.#places = places;
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
      ? { state: this.#first, detail: "" }
      : undefined;
    try {
      if (waiting && Deno.statSync(this.#places.result).mtime!.getTime() < this.#laidAt) return waiting;
      const { state, detail, coded, offer } = JSON.parse(Deno.readTextFileSync(this.#places.result));
      if (!STATES.includes(state)) return none;
      return { state, detail: String(detail), ...(coded && isKnown(coded) && { coded }), ...(offer && { offer }) };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return waiting ?? none;
      throw error;
    }
  }

  /** As the image has said it last. */
  versions(): Versions {
    return versionsIn(this.#places.host);
  }

  /** Has the one that is offered installed. @throws NoUpdateNow when another is offered, or none */
  async agree(id: string): Promise<void> {
    if (this.#said().offer?.id !== id) throw new NoUpdateNow(say("update-not-offered"));
    await this.#ask({ do: "install", id }, "installing");
  }

  /** Throws away the one that is offered. @throws NoUpdateNow when none is */
  async discard(): Promise<void> {
    if (this.#said().offer === undefined) throw new NoUpdateNow(say("update-not-offered"));
    await askHost(this.#places.requests, "update", { do: "discard" });
  }

  /** Keeps the version that runs. @throws NoUpdateNow when nobody is asked to */
  async keep(by: string): Promise<void> {
    if (!this.versions().asks) throw new NoUpdateNow(say("update-kept-already"));
    await askHost(this.#places.requests, "update", { do: "keep", by: onOneLine(by) });
  }

  /** Restarts into the version before. @throws NoUpdateNow when there is none, or it means more than was agreed to */
  async goBack(loses: "nothing" | "store", by: string): Promise<void> {
    this.#ensureNone();
    if (this.versions().back !== loses) throw new NoUpdateNow(say("update-no-way-back"));
    await this.#ask({ do: "back", loses, by: onOneLine(by) }, "restarting");
  }

  async #ask(request: object, first: UpdateState["state"]): Promise<void> {
    [this.#laidAt, this.#first] = [Date.now(), first];
    await askHost(this.#places.requests, "update", request);
  }

  /** Begins to fetch an update; `state` says what comes of it. */
  fetch(from: string, how: Installing = {}): void {
    this.#ensureNone();
    this.#fetched = { state: "fetching", detail: from };
    this.#fetching = this.#fetch(from, how).then(() => this.#fetched = undefined, (error) => {
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

  async #fetch(from: string, how: Installing): Promise<void> {
    if (from.startsWith("/")) {
      // a link on the stick could lead anywhere on the box
      if (!Deno.lstatSync(from).isFile) throw new NoUpdateNow(say("update-no-file"));
      const file = await Deno.open(from, { read: true });
      const { size } = await file.stat();
      await this.#takeIn(file.readable, size, how);
      return;
    }
    const options = { signal: this.#stopping.signal, client: this.#client, pause: this.#pause };
    const { folder, requests } = this.#places;
    const look = () => askHost(requests, "update", { do: "known" });
    const known = await downloadMissing(from, { folder, look }, options);
    try {
      if (known) return await this.#lay(known.path, how);
      const download = await Download.begin(from, options);
      await this.#takeIn(ReadableStream.from(download.pieces()), download.size, how);
    } finally {
      await removeIfThere(`${folder}/${KNOWN}`);
    }
  }

  /**
   * Takes an update that is being sent.
   *
   * @throws NoUpdateNow when one is under way, there is no room, or it does not arrive whole
   */
  async take(bundle: ReadableStream<Uint8Array>, bytes: number, how: Installing = {}): Promise<void> {
    this.#ensureNone();
    this.#fetched = undefined;
    await this.#takeIn(bundle, bytes, how);
  }

  /** @throws NoUpdateNow when one is under way */
  #ensureNone(): void {
    const { state } = this.state();
    if (this.#taking || ["fetching", "checking", "installing", "restarting"].includes(state)) {
      throw new NoUpdateNow(say("update-under-way"));
    }
    if (state === "trying") {
      throw new NoUpdateNow(say("update-being-tried"));
    }
  }

  async #takeIn(bundle: ReadableStream<Uint8Array>, bytes: number, how: Installing): Promise<void> {
    if (bytes > LARGEST_BUNDLE) {
      await bundle.cancel();
      throw new NoUpdateNow(say("update-too-large"));
    }
    this.#taking = true;
    const { folder } = this.#places;
    const fetched = `${folder}/bundle.whole`;
    try {
      await Deno.mkdir(folder, { recursive: true });
      const { bavail, bsize } = statfsSync(folder);
      if (bytes > bavail * bsize) {
        throw new NoUpdateNow(
          say("update-without-room", { needed: megabytes(bytes), free: megabytes(bavail * bsize) }),
        );
      }
      await writeWhole(fetched, whole(bundle, bytes), { part: `${folder}/bundle.part` });
      await this.#lay(fetched, how);
    } finally {
      this.#taking = false;
      await removeIfThere(fetched);
    }
  }

  /** Where the installer looks, and how it is meant. */
  async #lay(whole: string, { atOnce = false, older = false }: Installing): Promise<void> {
    const { folder } = this.#places;
    // the installer refuses an older version without it
    for (const [flag, isSo] of [["older", older], ["at-once", atOnce]] as const) {
      if (isSo) await Deno.writeTextFile(`${folder}/${flag}`, "");
      else await removeIfThere(`${folder}/${flag}`);
    }
    [this.#laidAt, this.#first] = [Date.now(), atOnce ? "installing" : "checking"];
    await nameWhole(whole, `${folder}/bundle.raucb`);
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

/** A name, as a line of a request. */
function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ").slice(0, 100);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
