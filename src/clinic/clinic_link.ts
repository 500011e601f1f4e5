import { getLogger } from "@logtape/logtape";
import { inEnglish, say, type Told, told, toldOf } from "../sentences.ts";
import type { OutboxCounts, ParkedAggregate } from "../store/outbox.ts";
import type { ScheduleProblem } from "../store/schedule_problems.ts";
import type { Store } from "../store/store.ts";
import { type ClinicAddress, readAddress } from "./address.ts";
import { Backoff } from "../timing/backoff.ts";
import { install, type Missing, missingIn } from "./contract.ts";
import { ClinicFailure, failureOf, isOurs, noAddress } from "./failure.ts";
import { type ClinicStatus, type LinkFacts, linkSentence, linkState } from "./link_status.ts";
import { OutboxHousekeeping } from "./outbox_housekeeping.ts";
import { Publisher } from "./publisher.ts";
import { ScheduleReader } from "./schedule.ts";
import { ClinicSession, type SessionOptions, type ShownCertificate } from "./session.ts";
import { type StaffProblem, StaffReader } from "./staff.ts";

const log = getLogger(["sonodesk", "clinic"]);

/** How long a server may take to be tried out, milliseconds. */
const PROOF_WITHIN = 10_000;

/** The stored setting and the environment variable of the address. */
export const URL_SETTING = "SONODESK_CLINIC_DATABASE_URL";

/** Milliseconds from one reading of the schedule to the next; a notification comes sooner, but not as a storm. */
const READ_EVERY = 15_000;
const LEAST_BETWEEN_READINGS = 500;
/**
 * Days that the clinic's database keeps what it was told by which event. Longer than any backup from which a box may come
 * back, and tell it again.
 */
const KEEP_APPLIED_DAYS = 400;
/** So many are forgotten at once, and the rest soon after. */
const MOST_FORGOTTEN = 50_000;
const FORGET_EVERY = 24 * 60 * 60_000;

/** What is on the way to the clinic's database. */
export interface ClinicQueue extends OutboxCounts {
  /** What waits for a person, the longest first. */
  parkedAggregates: ParkedAggregate[];
}

export interface ClinicLinkOptions {
  /** The address from the environment; it goes before the stored setting. */
  url: string | undefined;
  /** Milliseconds, for tests. */
  readEvery?: number;
  backoff?: { first: number; longest: number };
}

interface Running {
  address: ClinicAddress;
  publisher: Publisher;
  reading: Promise<void>;
  stop: () => void;
}

/**
 * The box's link to the clinic's database: the schedule and the logins in, what happened out. It works by itself beside
 * everything else, and whatever the database does, nobody waits for it.
 */
export class ClinicLink {
  readonly #store: Store;
  readonly #options: ClinicLinkOptions;
  readonly #boxId: string;
  #running: Running | undefined;
  #unsubscribe: (() => void) | undefined;
  readonly #housekeeping: OutboxHousekeeping;
  #restarting = Promise.resolve();
  #addressProblem = "";
  /** Trouble of the whole database by who met it, so that one who succeeds does not hide the other's. */
  #failures = new Map<"schedule" | "events" | "mending", ClinicFailure>();
  #readAt: string | null = null;
  #kept = 0;
  /** When it is time to forget events there, on the clock that never jumps. */
  #forgetAt = 0;
  #staffProblems: StaffProblem[] = [];
  #shownState = "";

  /**
   * Connects to nobody before `start`.
   *
   * @param options the address that the program was started with; what a person has set comes before it
   */
  constructor(store: Store, options: ClinicLinkOptions) {
    this.#store = store;
    this.#options = options;
    this.#boxId = store.settings.boxId();
    this.#housekeeping = new OutboxHousekeeping(store.outbox, () => this.addressFrom !== "nobody");
  }

  /** Who says where the database is. */
  get addressFrom(): "environment" | "stored" | "nobody" {
    if (this.#options.url) return "environment";
    return this.#store.settings.get(URL_SETTING) ? "stored" : "nobody";
  }

  /** Begins, and returns at once. Does nothing but keep the outbox within bounds while no address is known. */
  start(): void {
    this.#unsubscribe = this.#store.changes.subscribe((change) => {
      if (change.noun === "setting" && change.id === URL_SETTING) this.#restart();
    });
    this.#housekeeping.start();
    this.#run();
  }

  /** Resolves once nothing is under way any more. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#housekeeping.stop();
    await this.#restarting;
    await this.#end();
  }

  /** How the link is now, from what it has seen: nobody is asked. */
  status(): ClinicStatus {
    const counts = this.#store.outbox.counts();
    const state = linkState(this.#facts, counts);
    const coded = linkSentence(this.#facts, counts);
    const [first] = this.#failures.values();
    return {
      ...counts,
      state,
      sentence: inEnglish(coded),
      coded,
      address: this.#running?.address.shown ?? "",
      readAt: this.#readAt,
      scheduleProblems: this.#store.scheduleProblems.count(),
      staffProblems: this.#staffProblems,
      failure: this.#addressProblem || first?.message || "",
      ...(!this.#addressProblem && { failureCoded: first?.sentence }),
    };
  }

  /** Rows of the clinic's schedule that cannot be used, with the reasons. */
  scheduleProblems(): ScheduleProblem[] {
    return this.#store.scheduleProblems.all();
  }

  /** What is on the way to the clinic. */
  queue(): ClinicQueue {
    return { ...this.#store.outbox.counts(), parkedAggregates: this.#store.outbox.parked() };
  }

  /** Tries an aggregate again that is parked. Returns whether there was one. */
  retry(aggregate: string): boolean {
    return this.#store.outbox.release(aggregate);
  }

  /** Tries the database again now, without waiting for the next time. */
  retryNow(): void {
    this.#restart();
  }

  /**
   * What the clinic's database lacks.
   *
   * @throws ClinicFailure when there is no address or it cannot be asked
   */
  async missing(): Promise<Missing[]> {
    const address = this.#running?.address;
    if (!address) throw noAddress();
    return await this.#once(address, missingIn);
  }

  /**
   * Tries an address out, without changing anything; the one that is set when none is given. `detail` is a sentence
   * for the person who entered it.
   */
  async test(url?: string): Promise<{ ok: boolean; missing: Missing[] } & Told> {
    try {
      const missing = await this.#once(this.#addressOf(url), missingIn);
      const needed = missing.filter((one) => one.needed);
      if (needed.length === 0) return { ok: true, ...told(say("clinic-answers")), missing };
      const { what } = needed[0]!.coded;
      const all = needed.length > 1 ? say("and-more", { first: what, count: needed.length - 1 }) : what;
      return { ok: false, ...told(say("clinic-answers-but-lacks", { what: all })), missing };
    } catch (error) {
      return { ok: false, ...toldOf(error), missing: [] };
    }
  }

  /**
   * Runs the SQL in a clinic's database, as a user who owns its tables; at the address that is set when none is given.
   *
   * @throws ClinicFailure, the database then is as it was
   */
  async install(url?: string): Promise<void> {
    await this.#once(this.#addressOf(url), install);
    this.retryNow();
  }

  /** One that somebody has just entered is told nothing unless it proves who it is. */
  #addressOf(url?: string): ClinicAddress {
    const address = url || this.#url;
    if (address === undefined || address === "") throw noAddress();
    return readAddress(address, url ? "verify-full" : undefined);
  }

  /**
   * How the server at an address proves who it is: by an authority that the box trusts, or by this certificate, which a
   * person can confirm; `plain` where it speaks in the clear only.
   *
   * @throws ClinicFailure when it does not answer
   */
  async proof(url: string): Promise<"trusted" | "plain" | ShownCertificate> {
    const address = this.#addressOf(url);
    const certificate = await new ClinicSession(address).certificate();
    if (certificate === undefined) return "plain";
    try {
      await this.#once(address, (session) => session.run(PROOF_WITHIN, (sql) => sql.unsafe("SELECT 1")));
      return "trusted";
    } catch (error) {
      if (!(error instanceof ClinicFailure) || error.kind === "away") throw error;
      return error.kind === "certificate" ? certificate : "trusted"; // a wrong password is no matter of trust
    }
  }

  /** Whether what is told to the clinic's database may be heard, or answered, by somebody else. */
  get isUnproven(): boolean {
    return this.#running !== undefined && !this.#running.address.proven;
  }

  async #once<T>(address: ClinicAddress, work: (session: ClinicSession) => Promise<T>): Promise<T> {
    const session = new ClinicSession(address);
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  get #url(): string | undefined {
    return this.#options.url || this.#store.settings.get(URL_SETTING);
  }

  #run(): void {
    const url = this.#url;
    this.#addressProblem = "";
    if (url === undefined || url === "") return;
    let address: ClinicAddress;
    try {
      address = readAddress(url);
    } catch (error) {
      this.#addressProblem = (error as Error).message;
      log.error("{problem}", { problem: this.#addressProblem });
      return;
    }
    const { first, longest } = this.#options.backoff ?? { first: 500, longest: 30_000 };
    const connect = (options?: SessionOptions) => new ClinicSession(address, options);
    const publisher = new Publisher(this.#store, {
      boxId: this.#boxId,
      connect,
      backoff: new Backoff(first, longest),
      onOutcome: (failure) => this.#met("events", failure),
      onMending: (failure) => this.#met("mending", failure),
    });
    publisher.start();
    const stopping = new AbortController();
    const reading = this.#follow(connect, new Backoff(first, longest), stopping.signal);
    this.#running = { address, publisher, reading, stop: () => stopping.abort() };
  }

  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.stop();
    await Promise.all([running?.publisher.stop(), running?.reading]);
    this.#failures.clear();
    this.#readAt = null;
  }

  #restart(): void {
    this.#restarting = this.#restarting.then(() => this.#end()).then(() => {
      this.#run();
      this.#showState();
    });
  }

  /** Reads the schedule and the logins, again and again. */
  async #follow(
    connect: (options: SessionOptions) => ClinicSession,
    backoff: Backoff,
    signal: AbortSignal,
  ): Promise<void> {
    const schedule = new ScheduleReader(this.#store, this.#boxId);
    const staff = new StaffReader(this.#store);
    let session: ClinicSession | undefined;
    let notified = false;
    let wake = () => {};
    const sleep = (milliseconds: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        wake = () => (clearTimeout(timer), resolve());
        if (signal.aborted) wake();
      });
    let napping = false;
    signal.addEventListener("abort", () => {
      session?.close();
      wake();
    });
    while (!signal.aborted) {
      notified = false;
      try {
        if (session === undefined || session.closed) {
          session = connect({
            onNotify: () => {
              notified = true;
              if (!napping) wake();
            },
          });
          await session.run(15_000, (sql) => sql.unsafe("LISTEN sonodesk_schedule"));
        }
        await this.#readOnce(session, schedule, staff);
        await this.#forgetApplied(session);
        backoff.succeeded();
        this.#met("schedule", undefined);
        napping = true;
        await sleep(LEAST_BETWEEN_READINGS);
        napping = false;
        if (!notified) await sleep(this.#options.readEvery ?? READ_EVERY);
      } catch (error) {
        if (signal.aborted) break;
        const failure = failureOf(error);
        if (isOurs(error)) log.error("following the schedule failed: {error}", { error });
        backoff.failed();
        this.#met("schedule", failure);
        await sleep(backoff.remaining);
      }
    }
    session?.close();
  }

  /** The logins also where the schedule cannot be read, and the other way round. */
  async #readOnce(session: ClinicSession, schedule: ScheduleReader, staff: StaffReader): Promise<void> {
    let failure: ClinicFailure | undefined;
    try {
      this.#staffProblems = await staff.read(session);
    } catch (error) {
      failure = failureOf(error);
      if (failure.ofWhole) throw failure;
    }
    this.#kept = (await schedule.read(session)).keptThoughGone;
    this.#readAt = new Date().toISOString();
    if (failure) throw failure;
  }

  /** What the clinic's database was told long ago by this box, and nobody tells it again, it need not remember for ever. */
  async #forgetApplied(session: ClinicSession): Promise<void> {
    if (performance.now() < this.#forgetAt) return;
    this.#forgetAt = performance.now() + FORGET_EVERY;
    try {
      const { count } = await session.transaction("", 30_000, (sql) =>
        sql`
          DELETE FROM sonodesk.applied_events WHERE event_id IN (
            SELECT event_id FROM sonodesk.applied_events
            WHERE box_id = ${this.#boxId} AND applied_at < now() - ${KEEP_APPLIED_DAYS}::int * interval '1 day'
            LIMIT ${MOST_FORGOTTEN})`);
      if (count === MOST_FORGOTTEN) this.#forgetAt = 0;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.ofWhole) throw failure;
      log.warn("the clinic's database did not forget old events: {why}", { why: inEnglish(failure.plain) });
    }
  }

  #met(who: "schedule" | "events" | "mending", failure: ClinicFailure | undefined): void {
    const before = this.#failures.get(who)?.message;
    if (failure) this.#failures.set(who, failure);
    else this.#failures.delete(who);
    if (who === "events" && !failure && this.#store.outbox.nextDue() === undefined) this.#failures.delete("mending");
    if (failure && failure.message !== before) {
      log.warn("the clinic's database: {why}", { why: inEnglish(failure.plain) });
    }
    if (!failure && before !== undefined) log.info("the clinic's database answers again");
    this.#showState();
  }

  /** Pages that show the link hear of it when its state is another. */
  #showState(): void {
    const state = linkState(this.#facts, this.#store.outbox.counts());
    if (state === this.#shownState) return;
    this.#shownState = state;
    this.#store.announce({ noun: "clinic", id: "link" });
  }

  get #facts(): LinkFacts {
    return {
      addressProblem: this.#addressProblem,
      isRunning: this.#running !== undefined,
      failures: [...this.#failures.values()],
      readAt: this.#readAt,
      kept: this.#kept,
    };
  }
}
