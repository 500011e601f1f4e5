import { fetchFrame } from "../shared/api.ts";

/** Frames asked for at once: enough to keep the box busy, few enough to leave it to others. */
const AT_ONCE = 3;
/** Frames kept as the box sent them; of a longer clip those that come next. */
const MOST_KEPT = 600;
/** Frames kept ready to be drawn. */
const MOST_READY = 16;

/** The frames of a clip: loaded from the one shown onwards, made ready a few ahead. Frames count from 1. */
export class Frames {
  readonly #uid: string;
  readonly #count: number;
  readonly #changed: () => void;
  #current = 1;
  readonly #loaded = new Map<number, Blob>();
  readonly #loading = new Set<number>();
  readonly #ready = new Map<number, ImageBitmap>();
  readonly #decoding = new Set<number>();
  /** why a frame cannot be shown, "" where the browser cannot read it */
  readonly #failed = new Map<number, string>();
  #stopped = false;
  /** Why there is nothing to show, once that is known; "" where the box did not say. */
  failure: string | undefined = undefined;

  /** @param changed called when more is there */
  constructor(uid: string, count: number, changed: () => void) {
    this.#uid = uid;
    this.#count = count;
    this.#changed = changed;
    for (let n = 0; n < AT_ONCE; n++) this.#load();
  }

  /** How many are here, or are known not to come. */
  get loaded() {
    return this.#loaded.size + this.#failed.size;
  }

  /** How many will be loaded in all. */
  get wanted() {
    return Math.min(this.#count, MOST_KEPT);
  }

  /** The frame shown from now on: what follows it is loaded and made ready first. */
  seek(n: number) {
    this.#current = n;
    for (let ahead = 0; ahead < Math.min(MOST_READY / 2, this.#count); ahead++) this.#decode(this.#after(n, ahead));
    this.#load();
  }

  /** The frame as it can be drawn, where it is ready. */
  ready(n: number) {
    return this.#ready.get(n);
  }

  /** Why a frame cannot be shown; undefined while it can, or is not known yet. */
  problemOf(n: number) {
    return this.#failed.get(n);
  }

  stop() {
    this.#stopped = true;
    for (const bitmap of this.#ready.values()) bitmap.close();
    this.#ready.clear();
    this.#loaded.clear();
  }

  #after(n: number, steps: number) {
    return (n - 1 + steps) % this.#count + 1;
  }

  #distance(n: number) {
    return (n - this.#current + this.#count) % this.#count;
  }

  #next() {
    for (let ahead = 0; ahead < this.wanted; ahead++) {
      const n = this.#after(this.#current, ahead);
      if (!this.#loaded.has(n) && !this.#loading.has(n) && !this.#failed.has(n)) return n;
    }
    return undefined;
  }

  async #load() {
    while (!this.#stopped && this.failure === undefined && this.#loading.size < AT_ONCE) {
      const n = this.#next();
      if (n === undefined) return;
      this.#loading.add(n);
      const { blob, problem } = await fetchFrame(this.#uid, n);
      this.#loading.delete(n);
      if (this.#stopped) return;
      if (blob) this.#keep(n, blob);
      else if (problem) this.#failed.set(n, problem);
      if (!blob && this.#loaded.size === 0 && this.#failed.size + 1 >= Math.min(AT_ONCE, this.#count)) {
        this.failure = problem;
      }
      this.#changed();
      if (!blob && !problem) return; // out of reach: asked for again when it is to be shown
    }
  }

  #keep(n: number, blob: Blob) {
    this.#loaded.set(n, blob);
    while (this.#loaded.size > MOST_KEPT) this.#loaded.delete(this.#furthest(this.#loaded));
    if (this.#distance(n) < MOST_READY / 2) this.#decode(n);
  }

  async #decode(n: number) {
    const blob = this.#loaded.get(n);
    if (blob === undefined || this.#ready.has(n) || this.#decoding.has(n)) return;
    this.#decoding.add(n);
    try {
      const bitmap = await createImageBitmap(blob);
      if (this.#stopped) return bitmap.close();
      this.#ready.set(n, bitmap);
      while (this.#ready.size > MOST_READY) {
        const furthest = this.#furthest(this.#ready);
        this.#ready.get(furthest)?.close();
        this.#ready.delete(furthest);
      }
    } catch {
      this.#loaded.delete(n);
      this.#failed.set(n, "");
    } finally {
      this.#decoding.delete(n);
    }
    this.#changed();
  }

  #furthest(kept: Map<number, unknown>) {
    let furthest = this.#current;
    for (const n of kept.keys()) if (this.#distance(n) > this.#distance(furthest)) furthest = n;
    return furthest;
  }
}
