import { getLogger } from "@logtape/logtape";
import { say, type Sentence } from "../sentences.ts";
import type { BatchLimits, OutboxEvent } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import { Backoff } from "../timing/backoff.ts";
import { othersTurn } from "../timing/turns.ts";
import { applyEvents, PatientNeeded, withdrawStudy } from "./effects.ts";
import { ClinicFailure, failureOf, isOurs } from "./failure.ts";
import { type LostEvents, WentBack } from "./lost_events.ts";
import type { ClinicSession } from "./session.ts";

const log = getLogger(["sonodesk", "clinic", "publisher"]);

/** Aggregates are worked on by two at once, so that one slow row of the clinic's does not hold up everything. */
const LANES = 2;
const BATCH: BatchLimits = { events: 500, characters: 4_000_000 };
/** Milliseconds a batch may take. */
const DELIVER_WITHIN = 30_000;
/** How long an aggregate waits that could not be delivered now, milliseconds: doubled each time, up to the longest. */
const FIRST_HOLD = 500;
const LONGEST_HOLD = 5 * 60_000;

/** How often a study looks again for the patient of a walk-in that has just been booked. */
const BOOKED_MEANWHILE = 3;

interface PublisherOptions {
  boxId: string;
  /** A new connection. */
  connect: () => ClinicSession;
  /** Told of each success and each failure of the database as a whole. */
  onOutcome: (failure: ClinicFailure | undefined) => void;
  /** Told when the database lacks something that an event needs. */
  onMending: (failure: ClinicFailure) => void;
  backoff: Backoff;
  /** Looked at with each delivery: a database that went back is told first what it has lost. */
  lost: LostEvents;
}

/**
 * Brings the outbox to the clinic's database: in order within an aggregate, aggregates beside each other, many events
 * in one transaction together with their ids. Delivery is at least once, and the ids make its effect exactly once.
 */
export class Publisher {
  readonly #store: Store;
  readonly #options: PublisherOptions;
  /** Aggregates that a lane is working on. */
  readonly #claimed = new Set<string>();
  readonly #sleepers = new Set<() => void>();
  #unsubscribe: (() => void) | undefined;
  #lanes: Promise<void>[] = [];
  #sessions = new Set<ClinicSession>();
  #stopped = false;

  constructor(store: Store, options: PublisherOptions) {
    this.#store = store;
    this.#options = options;
  }

  start(): void {
    this.#unsubscribe = this.#store.changes.subscribe(({ noun }) => {
      if (noun === "outbox event") this.wake();
    });
    this.#lanes = Array.from({ length: LANES }, () => this.#lane());
  }

  /** Ends at once: what is under way is delivered again later, to no effect if it was. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    for (const session of this.#sessions) session.close();
    this.wake();
    await Promise.all(this.#lanes);
  }

  /** There may be something to do. */
  wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  async #lane(): Promise<void> {
    let session: ClinicSession | undefined;
    while (!this.#stopped) {
      const pause = this.#options.backoff.remaining;
      if (pause > 0) {
        await this.#sleep(pause);
        continue;
      }
      try {
        const batch = this.#store.outbox.nextBatch(BATCH, this.#claimed);
        if (batch.length === 0) {
          // what another lane has is that one's
          await this.#sleep(Math.min(this.#store.outbox.nextDue(this.#claimed) ?? Infinity, 60_000));
          continue;
        }
        if (session === undefined || session.closed) session = this.#newSession(session);
        try {
          await this.#deliverClaimed(session, batch);
        } catch (error) {
          if (!(error instanceof WentBack)) throw error;
          await this.#options.lost.recover(session);
        }
        this.#options.backoff.succeeded();
        this.#options.onOutcome(undefined);
      } catch (error) {
        if (this.#stopped) break;
        if (isOurs(error)) log.error("delivering failed: {error}", { error });
        const failure = failureOf(error);
        this.#options.backoff.failed();
        this.#options.onOutcome(failure);
      }
      // whoever else waits for this process: a machine, a page
      await othersTurn();
    }
    session?.close();
  }

  #newSession(old: ClinicSession | undefined): ClinicSession {
    if (old) this.#sessions.delete(old);
    const session = this.#options.connect();
    this.#sessions.add(session);
    return session;
  }

  async #deliverClaimed(session: ClinicSession, batch: readonly OutboxEvent[]): Promise<void> {
    const aggregates = new Set(batch.map(({ aggregate }) => aggregate));
    for (const aggregate of aggregates) this.#claimed.add(aggregate);
    try {
      await this.#deliver(session, batch);
    } finally {
      for (const aggregate of aggregates) this.#claimed.delete(aggregate);
    }
  }

  /**
   * Delivers a batch; one that fails is halved by aggregates, then taken event by event, until what does not go
   * through stands alone.
   *
   * @throws ClinicFailure of the database as a whole
   */
  async #deliver(session: ClinicSession, batch: readonly OutboxEvent[]): Promise<void> {
    let failure: ClinicFailure;
    await this.#store.durable(); // the clinic is told nothing that the box could forget
    try {
      await session.transaction(
        "",
        DELIVER_WITHIN,
        async (sql) => {
          await this.#options.lost.ensureNone(sql);
          await applyEvents(sql, this.#store, this.#options.boxId, batch).catch(failureOfEffect);
        },
      );
      this.#store.outbox.delivered(batch);
      return;
    } catch (error) {
      failure = failureOf(error);
    }
    if (failure.ofWhole || failure instanceof WentBack) throw failure;
    if (failure.cause instanceof PatientNeeded) {
      const { reasons } = failure.cause;
      const [only] = batch;
      if (batch.length === 1) return await this.#waitForPatient(session, only!, reasons.get(only!.aggregate)!);
      const others = batch.filter(({ aggregate }) => !reasons.has(aggregate));
      const theirs = batch.filter(({ aggregate }) => reasons.has(aggregate));
      for (const events of Map.groupBy(theirs, ({ aggregate }) => aggregate).values()) {
        await this.#deliverInOrder(session, events);
      }
      if (others.length > 0) await this.#deliver(session, others);
      return;
    }
    const byAggregate = [...Map.groupBy(batch, ({ aggregate }) => aggregate).values()];
    if (byAggregate.length > 1) {
      const half = Math.ceil(byAggregate.length / 2);
      await this.#deliver(session, byAggregate.slice(0, half).flat());
      await this.#deliver(session, byAggregate.slice(half).flat());
    } else if (batch.length > 1) {
      await this.#deliverInOrder(session, batch);
    } else {
      this.#setAside(batch[0]!, failure);
    }
  }

  /** One aggregate's events, up to the one that does not go through. */
  async #deliverInOrder(session: ClinicSession, events: readonly OutboxEvent[]): Promise<void> {
    for (const event of events) {
      await this.#deliver(session, [event]);
      if (!this.#wasDelivered(event)) return;
    }
  }

  /** What the database has of the study already is nobody's until it is known whose it is. */
  async #waitForPatient(session: ClinicSession, event: OutboxEvent, reason: Sentence): Promise<void> {
    const uid = event.aggregate.slice("study:".length);
    await session.transaction("", DELIVER_WITHIN, (sql) => withdrawStudy(sql, this.#store, uid));
    this.#setAsideForPatient(event, reason);
  }

  #wasDelivered(event: OutboxEvent): boolean {
    return this.#store.outbox.isDelivered(event);
  }

  /** An event that does not go through: refused ones wait for a person, others for a while. */
  #setAside(event: OutboxEvent, failure: ClinicFailure): void {
    if (failure.kind === "data") this.#store.outbox.park(event, failure.told, "");
    else if (failure.kind === "patient") this.#store.outbox.park(event, failure.told, "a patient");
    else {
      if (failure.kind === "mending") this.#options.onMending(failure);
      const wait = Math.min(LONGEST_HOLD, FIRST_HOLD * 2 ** Math.min(event.attempts, 20));
      this.#store.outbox.hold(event, failure.told, wait * (0.5 + Math.random() / 2));
    }
    log.warn("event {id} ({type}) is set aside: {reason}", {
      id: event.id,
      type: event.type,
      reason: `${failure.kind}: ${codeOf(failure)}`,
    });
  }

  /** Its walk-in may be on the way to the clinic: then it waits for that, else for a person. */
  #setAsideForPatient(event: OutboxEvent, reason: Sentence): void {
    const { appointmentId } = this.#store.studies.summary(event.payload.studyInstanceUid as string) ?? {};
    const booking = appointmentId
      ? this.#store.outbox.state(`appointment:${appointmentId}`, "appointment booked")
      : "none";
    // the other lane may have booked it since this one looked
    const mayBeThereNow = booking === "delivered" && event.attempts < BOOKED_MEANWHILE;
    if (booking === "waiting" || mayBeThereNow) {
      this.#store.outbox.hold(event, say("waits-for-walk-in"), 1000);
    } else this.#store.outbox.park(event, reason, "a patient");
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.max(1, milliseconds));
      this.#sleepers.add(wake);
      if (this.#stopped) wake();
    });
  }
}

/** An event that cannot even be put into words for the database is refused as one that the database refuses. */
function failureOfEffect(error: unknown): never {
  if (error instanceof PatientNeeded) throw new ClinicFailure("patient", error.message, error);
  if (error instanceof ClinicFailure || typeof (error as { code?: unknown }).code === "string") throw error;
  throw new ClinicFailure("data", say("clinic-cannot-be-told", { why: (error as Error).message }), error);
}

/** What may be logged of a failure: never the database's words, which may carry a patient's. */
function codeOf({ cause, message }: ClinicFailure): string {
  return (cause as { code?: string } | undefined)?.code ?? (cause === undefined ? message : "");
}
