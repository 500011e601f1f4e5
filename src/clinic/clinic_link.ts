import { getLogger } from "@logtape/logtape";
import { inEnglish, say, type Told, told, toldOf } from "../sentences.ts";
import type { Patient } from "../store/patients.ts";
import type { Store } from "../store/store.ts";
import { type ClinicAddress, readAddress } from "./address.ts";
import { Backoff } from "../timing/backoff.ts";
import { checkOf, install, type Missing, missingIn } from "./contract.ts";
import { ClinicFailure, failureOf, noAddress } from "./failure.ts";
import { Follower } from "./follower.ts";
import {
  type ClinicQueue,
  type ClinicStatus,
  inOrder,
  type LinkFacts,
  linkSentence,
  linkState,
  type Trouble,
} from "./link_status.ts";
import { ClinicPeople } from "./clinic_people.ts";
import { LostEvents } from "./lost_events.ts";
import { ClinicTables } from "./mapping/clinic_tables.ts";
import { installSql, installSqlAsExpected } from "./mapping/install_sql.ts";
import { type Mapping, MAPPING_SETTING, takeMapping, takenMapping } from "./mapping/mapping.ts";
import { type SharedMapping, sharedMapping } from "./mapping/shared_mapping.ts";
import { OutboxHousekeeping } from "./outbox_housekeeping.ts";
import { Publisher } from "./publisher.ts";
import type { ScheduleReading } from "./schedule.ts";
import { ClinicSession, type SessionOptions, type ShownCertificate } from "./session.ts";
import type { StaffProblem } from "./staff.ts";
import { lastComparison, tellAgainSince, Upkeep } from "./upkeep.ts";

const log = getLogger(["sonodesk", "clinic"]);

/** How long a server may take to be tried out, milliseconds. */
const PROOF_WITHIN = 10_000;

/** The stored setting and the environment variable of the address. */
export const URL_SETTING = "SONODESK_CLINIC_DATABASE_URL";

export interface ClinicLinkOptions {
  /** The address from the environment; it goes before the stored setting. */
  url: string | undefined;
  /** Whether the clinic's program may send by setting `appointments.mwl_sent`; it may not where this is left out. */
  followsMarks?: () => boolean;
  /** Milliseconds, for tests. */
  readEvery?: number;
  checkEvery?: number;
  mostBookings?: number;
  backoff?: { first: number; longest: number };
}

/** Who met a trouble: it lasts until the same one does without. */
type Who = "schedule" | "events" | "mending" | "contract";

interface Running {
  address: ClinicAddress;
  people: ClinicPeople;
  publisher: Publisher;
  upkeep: Upkeep;
  /** The schedule's reading, and what is looked after. */
  working: Promise<unknown>;
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
  /** What its tables are, and how they might be read. */
  readonly tables = new ClinicTables((url, work) => this.#once(this.addressToTry(url), work));
  #restarting = Promise.resolve();
  #addressProblem = "";
  /** Trouble of the whole database by who met it, so that one who succeeds does not hide the other's. */
  #failures = new Map<Who, Trouble>();
  #readAt: string | null = null;
  #reading: Pick<ScheduleReading, "keptThoughGone" | "readTo"> = { keptThoughGone: 0, readTo: undefined };
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
      if (change.noun === "setting" && [URL_SETTING, MAPPING_SETTING].includes(change.id)) this.#restart();
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
    const [first] = inOrder([...this.#failures.values()]);
    return {
      ...counts,
      state,
      sentence: inEnglish(coded),
      coded,
      address: this.#running?.address.shown ?? "",
      readAt: this.#readAt,
      scheduleProblems: this.#store.scheduleProblems.count(),
      staffProblems: this.#staffProblems,
      compared: lastComparison(this.#store),
      failure: this.#addressProblem || first?.failure.message || "",
      ...(!this.#addressProblem && { failureCoded: first?.failure.sentence }),
    };
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
    return await this.#once(address, (session) => missingIn(session, this.#mapping));
  }

  /**
   * Tries an address out, without changing anything; the one that is set when none is given. `detail` is a sentence
   * for the person who entered it.
   */
  async test(url?: string): Promise<{ ok: boolean; missing: Missing[] } & Told> {
    try {
      const { missing, failure } = await this.#once(
        this.addressToTry(url),
        (session) => checkOf(session, this.#mapping),
      );
      if (failure === undefined) return { ok: true, ...told(say("clinic-answers")), missing };
      return { ok: false, ...toldOf(failure), missing };
    } catch (error) {
      return { ok: false, ...toldOf(error), missing: [] };
    }
  }

  /**
   * Runs the SQL in a clinic's database, as a user who owns its tables; at the address that is set when none is given.
   *
   * @param shared a mapping that is about to be taken, null for the expected tables; else what holds now
   * @throws ClinicFailure, the database then is as it was
   */
  async install(url?: string, shared?: SharedMapping | null): Promise<void> {
    await this.#once(this.addressToTry(url), async (session) => {
      if (shared === undefined) this.#follow(await session.transaction("READ ONLY", PROOF_WITHIN, sharedMapping));
      await install(
        session,
        shared === null ? installSqlAsExpected() : installSql(shared ?? takenMapping(this.#store)),
      );
    });
    this.#restart();
    // what it lacked until now holds again what it held
    await this.#restarting;
    this.compare();
  }

  /** The mapping that the clinic's database keeps, where another box has taken it later than this one its own. */
  #follow(shared: SharedMapping | undefined): void {
    const own = takenMapping(this.#store);
    if (shared === undefined || (own !== undefined && own.at >= shared.at)) return;
    this.#store.transaction(() => {
      takeMapping(this.#store, shared.mapping, own?.branches ?? [], shared.at);
      this.#store.audit.add("clinic", "clinic tables mapped", "clinic database", { at: shared.at });
    });
  }

  /**
   * Where the database is called: at this address, or at the one that is set. One that somebody has just entered is
   * told nothing unless it proves who it is.
   *
   * @throws ClinicFailure when there is none
   * @throws Refused when the address is none
   */
  addressToTry(url?: string): ClinicAddress {
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
    const address = this.addressToTry(url);
    const certificate = await new ClinicSession(address).certificate();
    if (certificate === undefined) return "plain";
    const failure = await this.#once(address, (session) => session.run(PROOF_WITHIN, (sql) => sql.unsafe("SELECT 1")))
      .then(() => undefined, failureOf);
    if (failure?.kind === "away") throw failure;
    return failure?.kind === "certificate" ? certificate : "trusted"; // a wrong password is no matter of trust
  }

  /** Whether what is told to the clinic's database may be heard, or answered, by somebody else. */
  get isUnproven(): boolean {
    return this.#running !== undefined && !this.#running.address.proven;
  }

  /** People of the clinic's whole table by the beginnings of words; nobody where it does not answer within a moment. */
  async findPeople(words: string, most: number): Promise<Patient[]> {
    return await this.#running?.people.find(words, most) ?? [];
  }

  async #once<T>(address: ClinicAddress, work: (session: ClinicSession) => Promise<T>): Promise<T> {
    const session = new ClinicSession(address);
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  /** How the clinic's tables are read, where a person has mapped them. */
  get #mapping(): Mapping | undefined {
    return takenMapping(this.#store)?.mapping;
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
    const taken = takenMapping(this.#store);
    const connect = (options?: SessionOptions) =>
      new ClinicSession(address, { ...options, branches: taken?.branches ?? [] });
    const { host, port, database } = address;
    const upkeep = new Upkeep(this.#store, {
      boxId: this.#boxId,
      connect,
      onCompared: () => this.#store.announce({ noun: "clinic", id: "link" }),
    });
    // what is older than the outbox remembers is found by comparing
    const lost = new LostEvents(this.#store, this.#boxId, `${host}:${port}/${database}`, () => upkeep.compareSoon());
    const publisher = new Publisher(this.#store, {
      boxId: this.#boxId,
      connect,
      backoff: new Backoff(first, longest),
      onOutcome: (failure) => this.#met("events", failure),
      onMending: (failure) => this.#met("mending", failure),
      lost,
    });
    const follower = new Follower(this.#store, {
      ...{ boxId: this.#boxId, connect, lost, taken, backoff: new Backoff(first, longest) },
      readEvery: this.#options.readEvery,
      checkEvery: this.#options.checkEvery,
      mostBookings: this.#options.mostBookings,
      onMapping: (shared) => this.#follow(shared),
      followsMarks: this.#options.followsMarks ?? (() => false),
      onRead: (reading) => {
        this.#staffProblems = reading.staffProblems;
        this.#reading = reading;
        this.#readAt = new Date().toISOString();
      },
      onOutcome: (failure) => this.#met("schedule", failure),
      onChecked: (failure) => this.#checked(failure, upkeep),
    });
    publisher.start();
    const stopping = new AbortController();
    const working = Promise.all([follower.run(stopping.signal), upkeep.run(stopping.signal)]);
    const people = new ClinicPeople(connect);
    this.#running = { address, people, publisher, upkeep, working, stop: () => stopping.abort() };
  }

  /** It was looked whether the database has all that is needed: what it lacked and has again comes back with its content. */
  #checked(failure: ClinicFailure | undefined, upkeep: Upkeep): void {
    const didLack = this.#failures.has("contract") || this.#failures.has("mending");
    this.#met("contract", failure);
    if (failure !== undefined || !didLack) return;
    this.#met("mending", undefined);
    upkeep.compareSoon();
  }

  /** Compares what the clinic's database has with what it was told, and tells it again what it lacks. */
  compare(): void {
    this.#running?.upkeep.compareSoon();
  }

  /**
   * Tells the clinic's database again of all that came since a day.
   *
   * @param since YYYY-MM-DD
   * @returns of how many studies
   */
  async tellAgain(since: string): Promise<number> {
    return await tellAgainSince(this.#store, since);
  }

  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.stop();
    running?.people.close();
    await Promise.all([running?.publisher.stop(), running?.working]);
    this.#failures.clear();
    this.#readAt = null;
  }

  #restart(): void {
    this.#restarting = this.#restarting.then(() => this.#end()).then(() => {
      this.#run();
      this.#showState();
    });
  }

  #met(who: Who, failure: ClinicFailure | undefined): void {
    const before = this.#failures.get(who);
    if (failure && before?.failure.message !== failure.message) {
      this.#failures.set(who, { failure, since: new Date().toISOString() });
      log.warn("the clinic's database: {why}", { why: inEnglish(failure.plain) });
    }
    if (!failure) this.#failures.delete(who);
    if (who === "events" && !failure && this.#store.outbox.nextDue() === undefined) this.#failures.delete("mending");
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
      troubles: inOrder([...this.#failures.values()]),
      readAt: this.#readAt,
      kept: this.#reading.keptThoughGone,
      readTo: this.#reading.readTo,
    };
  }
}
