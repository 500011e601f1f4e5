import { createHash, randomBytes } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import type { ReplacementState } from "../backup/box_target.ts";
import { BoxView } from "../backup/box_view.ts";
import { syncFolderAtOnce, writeWhole } from "../objects/durable_file.ts";
import { isFile } from "../objects/files.ts";
import { isSameProof, newReplacementCode, proofOf } from "./replacement_code.ts";

const log = getLogger(["sonodesk", "replacement"]);

/** In the data folder of a box that another one replaces. */
const NOTE = ".replacement.json";
/** How long a code may be used, milliseconds. */
const CODE_LASTS = 30 * 60_000;
/** Wrong codes after which a new one must be made. */
const MOST_TRIES = 10;

/** What is kept of it: `token` is the SHA-256, hex, of what the new box shows. */
interface Note extends ReplacementState {
  token: string;
  /** When the code was given, ISO 8601. */
  since: string;
  /** The address of the new box. */
  by: string;
}

/** How it stands, for the settings page. Times are ISO 8601. */
export interface ReplacementStatus {
  /** null where no other box has come. */
  state: ReplacementState["state"] | null;
  /** The address of the new box; "" for none. */
  by: string;
  /** When it last asked for something; null for never since this start. */
  heardAt: string | null;
  /** Until when the code may be used; null where there is none. */
  codeUntil: string | null;
}

/**
 * A box that another one in the LAN is to replace. While that copies, this one serves as always. Then it hands over:
 * it serves nobody, until the new one has all and says so; from then on it is replaced, for good. If the new one falls
 * silent before, this one serves again. So there is never more than one that serves, and nothing is in neither.
 */
export class Replacement {
  readonly #data: string;
  readonly #view: BoxView;
  #note: Note | undefined;
  #code: { text: string; until: number; tries: number } | undefined;
  #heard: number | undefined;
  /** Times that the store is being copied. */
  #busy = 0;
  #refreshing: Promise<unknown> = Promise.resolve();

  /** Reads what was noted. @param data the box's data folder */
  constructor(data: string) {
    this.#data = data;
    this.#view = new BoxView(data);
    this.#note = noteIn(data);
  }

  /** How it stands; undefined where no other box has come. */
  get state(): ReplacementState["state"] | undefined {
    return this.#note?.state;
  }

  /** When the new box last asked for something, or read on, milliseconds of `performance.now`. */
  get heard(): number | undefined {
    if (this.#busy > 0) this.#heard = performance.now(); // it waits for this one
    return this.#heard;
  }

  /** For the settings page. */
  get status(): ReplacementStatus {
    const code = this.#code !== undefined && this.#code.until > Date.now() ? this.#code : undefined;
    return {
      state: this.#note?.state ?? null,
      by: this.#note?.by ?? "",
      heardAt: this.#heard === undefined
        ? null
        : new Date(Date.now() - (performance.now() - this.#heard)).toISOString(),
      codeUntil: code === undefined ? null : new Date(code.until).toISOString(),
    };
  }

  /** A new code; the one before holds no longer. */
  makeCode(): string {
    this.#code = { text: newReplacementCode(), until: Date.now() + CODE_LASTS, tries: 0 };
    return this.#code.text;
  }

  /** No other box replaces this one any more: its token and the code are forgotten. */
  async cancel(): Promise<void> {
    this.#code = undefined;
    this.#note = undefined;
    forget(this.#data);
    await this.#view.close();
  }

  /**
   * A box comes with the code.
   *
   * @param proof its own, see `proofOf`
   * @param authority this box's own, DER; empty where it speaks HTTP alone
   * @returns the token for it, and this box's proof; undefined where the code is another
   */
  async pair(proof: string, authority: Uint8Array, by: string): Promise<{ token: string; proof: string } | undefined> {
    const code = this.#code;
    if (code === undefined || code.until < Date.now() || ++code.tries > MOST_TRIES) return undefined;
    if (!isSameProof(proof, await proofOf(code.text, "new box", authority))) return undefined;
    if (this.#code !== code) return undefined; // used, or another made, meanwhile
    this.#code = undefined;
    const token = randomBytes(32).toString("base64url");
    await this.#keep({ state: "copying", token: hashOf(token), since: new Date().toISOString(), by });
    return { token, proof: await proofOf(code.text, "old box", authority) };
  }

  /** Whether this is the token of the box that replaces this one. */
  admits(token: string | undefined): boolean {
    if (token === undefined || this.#note === undefined || !isSameProof(this.#note.token, hashOf(token))) return false;
    this.#heard = performance.now();
    return true;
  }

  /** Shows this box as it is now. */
  async refresh(): Promise<void> {
    const turn = this.#refreshing.then(() => this.#view.refresh()).finally(() => this.#busy -= 1);
    this.#busy += 1;
    this.#refreshing = turn.catch(() => undefined); // whoever asked hears of it
    await turn;
  }

  /** Paths of what is shown, below a folder of it. */
  list(below: string): string[] {
    return this.#view.list(below);
  }

  /** A file of what is shown. @throws Deno.errors.NotFound */
  async read(path: string): Promise<ReadableStream<Uint8Array>> {
    const bytes = await this.#view.read(path);
    return bytes.pipeThrough(
      new TransformStream(
        {
          transform: (chunk, controller) => {
            this.#heard = performance.now();
            controller.enqueue(chunk);
          },
        },
        { highWaterMark: 1 },
        { highWaterMark: 0 },
      ),
    );
  }

  /** From now on this box serves nobody, or, where the new one has fallen silent, as always again. */
  async become(state: "handing over" | "copying"): Promise<void> {
    if (this.#note === undefined || this.#note.state === "replaced") return;
    await this.#keep({ ...this.#note, state });
  }

  /** The new box has all: this one never serves again by itself. @returns whether that is so, also when it was before */
  async taken(): Promise<boolean> {
    const note = this.#note;
    if (note === undefined || note.state === "copying") return false;
    if (note.state === "replaced") return true;
    const replaced: Note = { ...note, state: "replaced" };
    this.#note = replaced; // before anybody else can look
    try {
      await this.#keep(replaced);
    } catch (error) {
      this.#note = note;
      throw error;
    }
    await this.#view.close();
    log.warn("this box has been replaced by the one at {by} and serves nobody any more", { by: note.by });
    return true;
  }

  async #keep(note: Note): Promise<void> {
    await writeWhole(`${this.#data}/${NOTE}`, JSON.stringify(note));
    this.#note = note;
  }
}

/**
 * Whether this box was replaced by another one. Where it was only handing over when it ended, it serves: the new one
 * has not taken over, and asks before it does.
 */
export function wasReplaced(data: string): { by: string } | undefined {
  const note = noteIn(data);
  return note?.state === "replaced" ? { by: note.by } : undefined;
}

/** It serves again, because a person says so. */
export function forget(data: string): void {
  if (!isFile(`${data}/${NOTE}`)) return;
  Deno.removeSync(`${data}/${NOTE}`);
  syncFolderAtOnce(data);
}

function noteIn(data: string): Note | undefined {
  return isFile(`${data}/${NOTE}`) ? JSON.parse(Deno.readTextFileSync(`${data}/${NOTE}`)) : undefined;
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
