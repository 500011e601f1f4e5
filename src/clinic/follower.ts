import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";
import type { Backoff } from "../timing/backoff.ts";
import { checkOf } from "./contract.ts";
import { type ClinicFailure, failureOf, isOurs } from "./failure.ts";
import { type LostEvents, WentBack } from "./lost_events.ts";
import type { TakenMapping } from "./mapping/mapping.ts";
import { type SharedMapping, sharedMapping } from "./mapping/shared_mapping.ts";
import { RequestReader } from "./requests.ts";
import { ScheduleReader, type ScheduleReading } from "./schedule.ts";
import type { ClinicSession, SessionOptions } from "./session.ts";
import { type StaffProblem, StaffReader } from "./staff.ts";

const log = getLogger(["sonodesk", "clinic", "follower"]);

/** Milliseconds from one reading of the schedule to the next; a notification comes sooner, but not as a storm. */
const READ_EVERY = 15_000;
const LEAST_BETWEEN_READINGS = 500;
/** A clinic's program that changes rows all the time costs its database no more than this part of its time for readings. */
const LEAST_REST = 19;
const LONGEST_REST = 5_000;
/** How often it is looked whether the database still has all that is needed: a migration of the clinic's may drop it. */
const CHECK_EVERY = 60_000;
const LOOK_WITHIN = 15_000;

/** What is said of patients who were entered: nobody's booking has changed by that. */
const NEW_PATIENTS = "new patients";

export interface FollowerOptions {
  boxId: string;
  connect: (options: SessionOptions) => ClinicSession;
  lost: LostEvents;
  backoff: Backoff;
  /** Milliseconds, for tests. */
  readEvery?: number | undefined;
  checkEvery?: number | undefined;
  /** Whether the clinic's program may send by setting `appointments.mwl_sent`. */
  followsMarks: () => boolean;
  /** Bookings that are read at once, for tests. */
  mostBookings?: number | undefined;
  /** How the clinic's tables are read, where a person has mapped them. */
  taken?: TakenMapping | undefined;
  /** Told of the mapping that the database keeps, each time it was looked at. */
  onMapping: (shared: SharedMapping | undefined) => void;
  onRead: (reading: ScheduleReading & { staffProblems: StaffProblem[] }) => void;
  /** Told of each reading, whether it went well. */
  onOutcome: (failure: ClinicFailure | undefined) => void;
  /** Told of what is lacking, each time it was looked at. */
  onChecked: (failure: ClinicFailure | undefined) => void;
}

/** Reads the clinic's schedule and its logins, again and again, and notices what happens to its database. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #schedule: ScheduleReader;
  readonly #staff: StaffReader;
  readonly #requests: RequestReader;
  readonly #store: Store;
  #reading: ScheduleReading = { rows: 0, changed: 0, problems: 0, keptThoughGone: 0, readTo: undefined };
  #staffProblems: StaffProblem[] = [];
  /** When the schedule was last read as a whole, on the clock that never jumps. */
  #scheduleAt = -Infinity;
  /** When it is looked at what the database has, on the clock that never jumps. */
  #checkAt = 0;

  constructor(store: Store, options: FollowerOptions) {
    this.#options = options;
    this.#schedule = new ScheduleReader(store, options.boxId, {
      mostRows: options.mostBookings,
      zone: options.taken?.mapping.appointments.zone,
    });
    this.#staff = new StaffReader(store);
    this.#requests = new RequestReader(store, options.boxId, options.followsMarks);
    this.#store = store;
  }

  /** Until the signal; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { backoff, connect, onOutcome, readEvery = READ_EVERY } = this.#options;
    let session: ClinicSession | undefined;
    let changed = new Changed();
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
      const news = changed;
      changed = new Changed();
      try {
        if (session === undefined || session.closed) {
          session = connect({
            onNotify: (told) => {
              changed.add(told);
              if (!napping) wake();
            },
          });
          await session.run(15_000, (sql) => sql.unsafe("LISTEN sonodesk_schedule"));
        }
        await this.#check(session);
        await this.#notice(session);
        if (["patients", NEW_PATIENTS].some((table) => news.tables.has(table))) {
          this.#store.outbox.releaseNeedingPatient();
        }
        const begun = performance.now();
        // whoever changes something all the time must not keep the whole from being read
        const isFresh = begun < this.#scheduleAt + readEvery;
        if (!(isFresh && news.bookings !== undefined && await this.#readSome(session, news.bookings))) {
          await this.#readOnce(session, isFresh && news.isOnly(["users", "requests", NEW_PATIENTS]));
        }
        backoff.succeeded();
        onOutcome(undefined);
        napping = true;
        const rest = (performance.now() - begun) * LEAST_REST;
        await sleep(Math.min(LONGEST_REST, Math.max(LEAST_BETWEEN_READINGS, rest)));
        napping = false;
        if (changed.tables.size === 0) await sleep(Math.max(1, this.#scheduleAt + readEvery - performance.now()));
      } catch (error) {
        if (signal.aborted) break;
        const failure = failureOf(error);
        if (isOurs(error)) log.error("following the schedule failed: {error}", { error });
        backoff.failed();
        onOutcome(failure);
        await sleep(backoff.remaining);
      }
    }
    session?.close();
  }

  /** Whether the database has all that is needed, now and then. */
  async #check(session: ClinicSession): Promise<void> {
    if (performance.now() < this.#checkAt) return;
    this.#options.onMapping(await session.transaction("READ ONLY", LOOK_WITHIN, sharedMapping));
    this.#options.onChecked((await checkOf(session, this.#options.taken?.mapping)).failure);
    this.#checkAt = performance.now() + (this.#options.checkEvery ?? CHECK_EVERY);
  }

  /** A database that went back in time is told again what it has lost, also while nothing new happens. */
  async #notice(session: ClinicSession): Promise<void> {
    try {
      await session.transaction("READ ONLY", LOOK_WITHIN, (sql) => this.#options.lost.ensureNone(sql));
    } catch (error) {
      if (error instanceof WentBack) await this.#options.lost.recover(session);
      // one without the box's tables cannot be asked, and is told as such
      else if (failureOf(error).ofWhole) throw error;
    }
  }

  /** Some bookings alone. Returns whether that was enough; else all have to be read. */
  async #readSome(session: ClinicSession, ids: ReadonlySet<string>): Promise<boolean> {
    const problems = await this.#schedule.readSome(session, ids);
    if (problems === undefined) return false;
    this.#reading = { ...this.#reading, problems };
    this.#options.onRead({ staffProblems: this.#staffProblems, ...this.#reading });
    return true;
  }

  /**
   * What is asked, the logins and the schedule, each also where another cannot be read.
   *
   * @param onlyLogins nothing of the schedule has changed
   */
  async #readOnce(session: ClinicSession, onlyLogins: boolean): Promise<void> {
    let failure: ClinicFailure | undefined;
    const unlessItFails = async <T>(work: Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        failure ??= failureOf(error);
        if (failureOf(error).ofWhole) throw error;
        return otherwise;
      }
    };
    await unlessItFails(this.#requests.read(session), undefined);
    const staffProblems = this.#staffProblems = await unlessItFails<StaffProblem[]>(this.#staff.read(session), []);
    if (!onlyLogins) {
      this.#reading = await this.#schedule.read(session);
      this.#scheduleAt = performance.now();
    }
    this.#options.onRead({ staffProblems, ...this.#reading });
    if (failure) throw failure;
  }
}

/** What the clinic's database has said since it was read. */
class Changed {
  /** Tables; "" of an older version, which does not say which. */
  readonly tables = new Set<string>();
  /** Bookings, where it was said which. */
  readonly #bookings = new Set<string>();
  #isWhole = false;

  /** @param told a table, and perhaps behind it the ids of its rows as a JSON array; or `new patients` */
  add(told: string): void {
    if (!told.startsWith("appointments")) return void this.tables.add(told);
    const [table, ids = ""] = told.split(/ (.*)/s, 2) as [string, string?];
    this.tables.add(table);
    try {
      for (const id of JSON.parse(ids) as string[]) this.#bookings.add(id);
    } catch {
      this.#isWhole = true; // it is not said which, or by somebody else: everybody may notify on a channel
    }
  }

  /** The clinic's ids of the only bookings that have changed, where nothing else has. */
  get bookings(): ReadonlySet<string> | undefined {
    return this.isOnly(["appointments", NEW_PATIENTS]) && !this.#isWhole ? this.#bookings : undefined;
  }

  /** Whether nothing but some tables has changed, and one of them has. */
  isOnly(tables: readonly string[]): boolean {
    return this.tables.size > 0 && [...this.tables].every((table) => tables.includes(table));
  }
}
