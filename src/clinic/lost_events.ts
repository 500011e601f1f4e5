import { getLogger } from "@logtape/logtape";
import { say } from "../sentences.ts";
import type { Store } from "../store/store.ts";
import { othersTurn } from "../timing/turns.ts";
import { json } from "./event_rows.ts";
import { ClinicFailure } from "./failure.ts";
import type { ClinicSession, Sql } from "./session.ts";

const log = getLogger(["sonodesk", "clinic", "lost events"]);

/** The setting that says which database was told, and what another one was told before. */
const TOLD = "clinic.told";
/** So many of the events that were delivered last must be there: what is lost is lost from the end. */
const LOOKED_FOR = 20;
/** Events that are looked for with one question. */
const AT_ONCE = 2000;
const LOOK_WITHIN = 30_000;

/** `database` is host:port/name; events up to the place `from` in the outbox were told to another one. */
interface Told {
  database: string;
  from: number;
}

/** The clinic's database has lost what it was told: nothing new is told before that. */
export class WentBack extends ClinicFailure {
  override name = "WentBack";

  constructor() {
    super("busy", say("clinic-went-back"));
  }
}

/**
 * Recognises a clinic's database that was brought back from a backup or failed over to an older copy, by the events that
 * the box has delivered and that are not there, and lets them be delivered again. One that never heard of this box, at an
 * address that is new, is another database: what the former was told is not for it, unless a person says so.
 */
export class LostEvents {
  readonly #store: Store;
  readonly #boxId: string;
  readonly #database: string;
  readonly #onRecovered: (events: number) => void;
  #recovering: Promise<void> | undefined;

  /**
   * @param database where it is: host:port/name
   * @param onRecovered told how many events wait again
   */
  constructor(store: Store, boxId: string, database: string, onRecovered: (events: number) => void) {
    this.#store = store;
    this.#boxId = boxId;
    this.#database = database;
    this.#onRecovered = onRecovered;
  }

  /** Part of a transaction that is to tell something new, or only looks. @throws WentBack */
  async ensureNone(sql: Sql): Promise<void> {
    if (this.#recovering !== undefined) throw new WentBack();
    const told = this.#told;
    const last = this.#store.outbox.lastDelivered(told.from, LOOKED_FOR);
    if (last.length > 0) {
      const [row] = await sql<{ there: number }[]>`
        SELECT count(*)::int AS there FROM sonodesk.applied_events
        WHERE event_id IN (SELECT id::uuid FROM jsonb_array_elements_text(${json(last)}::text::jsonb) AS id)`;
      if (row!.there < last.length) {
        if (told.database === this.#database || await this.#isKnownTo(sql)) throw new WentBack();
        return this.#keep(this.#store.outbox.lastSequence());
      }
    }
    if (told.database !== this.#database) this.#keep(told.from);
  }

  /**
   * Finds the events that are lost: they wait again, and have the effect that they had.
   *
   * @throws ClinicFailure when the database cannot be asked; nothing new is told then either
   */
  recover(session: ClinicSession): Promise<void> {
    return this.#recovering ??= this.#recover(session).finally(() => this.#recovering = undefined);
  }

  async #recover(session: ClinicSession): Promise<void> {
    const { outbox } = this.#store;
    let lost = 0;
    for (let { from } = this.#told;;) {
      const page = outbox.deliveredAfter(from, AT_ONCE);
      const latest = page.at(-1);
      if (latest === undefined) break;
      const absent = await session.transaction("READ ONLY", LOOK_WITHIN, (sql) =>
        sql<{ sequence: string }[]>`
          SELECT e.sequence FROM jsonb_to_recordset(${json(page)}::text::jsonb) AS e (sequence bigint, id uuid)
          WHERE NOT EXISTS (SELECT FROM sonodesk.applied_events a WHERE a.event_id = e.id)`);
      outbox.deliverAgain(absent.map(({ sequence }) => Number(sequence)));
      lost += absent.length;
      from = latest.sequence;
      await othersTurn();
    }
    this.#keep(this.#told.from);
    log.warn("the clinic's database has gone back in time: {lost} events are told again", { lost });
    this.#store.transaction(() => {
      this.#store.audit.add("the box", "clinic database went back", "clinic database", { events: lost });
    });
    this.#onRecovered(lost);
  }

  async #isKnownTo(sql: Sql): Promise<boolean> {
    const [row] = await sql<{ isKnown: boolean }[]>`
      SELECT EXISTS (SELECT FROM sonodesk.applied_events WHERE box_id = ${this.#boxId}) AS "isKnown"`;
    return row!.isKnown;
  }

  get #told(): Told {
    const kept = this.#store.settings.get(TOLD);
    return kept === undefined ? { database: "", from: 0 } : JSON.parse(kept);
  }

  #keep(from: number): void {
    this.#store.settings.set(TOLD, JSON.stringify({ database: this.#database, from } satisfies Told));
  }
}
