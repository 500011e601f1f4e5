import { inEnglish, known, type Sentence, type Told, told } from "../sentences.ts";
import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "audit"]);

/** In the store only: nobody sets it. */
const FOUND = "audit damage";

/** The nightly look at the audit's chain. What it found outlasts a restart. */
export class AuditCheck {
  readonly #store: Store;

  /** Looks at nothing yet. */
  constructor(store: Store) {
    this.#store = store;
  }

  /** What is wrong with the chain since the last look; none when all is well. In English where another version looked. */
  get broken(): (Sentence | string)[] {
    const found: (Told | string)[] = JSON.parse(this.#store.settings.get(FOUND) ?? "[]");
    return found.map((one) => typeof one === "string" ? one : known(one.coded) ?? one.detail);
  }

  /** Follows the whole chain, and removes the oldest events where there are too many. */
  async run(): Promise<void> {
    const { broken } = await this.#store.audit.verify();
    for (const what of broken) log.error("the audit is not whole: {what}", { what: inEnglish(what) });
    if (broken.length > 0) this.#store.settings.set(FOUND, JSON.stringify(broken.map(told)));
    else if (this.broken.length > 0) this.#store.settings.remove(FOUND);
    this.#store.audit.prune();
  }
}
