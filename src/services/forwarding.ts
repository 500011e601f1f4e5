import { inEnglish } from "../sentences.ts";
import { getLogger } from "@logtape/logtape";
import type { Archive } from "../archive/archive.ts";
import type { CorrectionOf } from "../objects/corrected_file.ts";
import { damageOf } from "../archive/integrity.ts";
import { latestAttempt, nextAttempt } from "../timing/retry_schedule.ts";
import type { Destination } from "../store/destinations.ts";
import type { ReadyObject } from "../store/queued_object.ts";
import type { Store } from "../store/store.ts";
import { COMMITMENT_CONTEXT, ForwardCommitment, REPORT_COMES } from "./forward_commitment.ts";
import { RequestFailed, Requestor } from "../dimse/requestor.ts";
import {
  contextOf,
  contextsFor,
  type Convert,
  dataSetFor,
  isTaken,
  isUnconvertible,
  leavingAs,
  MOST_CONTEXTS,
  sendFile,
  withinContexts,
} from "./store_scu.ts";
import type { TlsIdentity } from "../dimse/tls.ts";

const log = getLogger(["sonodesk", "dimse", "forwarding"]);

/** How often it is looked for what waits, and how soon after something changed, milliseconds. */
const LOOK_EVERY = 15_000;
const LOOK_SOON = 1000;
/** Objects sent on one association, and how many of them are noted as sent at once. */
const BATCH = 500;
const NOTED_TOGETHER = 25;
/** So often may an object fail for a reason that could pass, before it is parked. */
const MOST_ATTEMPTS = 10;
/** A destination that refuses so many objects in a row for want of room has none; fewer may be too large for it. */
const FULL_AFTER = 3;

interface ForwardingOptions {
  boxAeTitle: string;
  /** Who the box is over TLS. */
  tls: () => Promise<TlsIdentity>;
  now?: () => Date;
  /** Longest wait for a destination, milliseconds. */
  patience?: number;
  /** For how long a commitment report is awaited on the association that asks for it, milliseconds. */
  reportComes?: number;
  /** For a destination that takes nothing compressed. */
  convert: Convert;
  correctionOf?: CorrectionOf | undefined;
}

/** An object broke the association that it was sent on; the others go on with another. */
class AssociationSpent extends Error {
  override name = "AssociationSpent";
}

/** The destination has no room, for this object or any other (A7xx, PS3.4 B.2.3). */
class NoRoom extends RequestFailed {
  override name = "NoRoom";
}

/**
 * Sends what has come on to the destinations, by C-STORE with the bytes and the transfer syntax it came with (PS3.4
 * Annex B as SCU), or decompressed for a destination that takes nothing else, with the identity it has been corrected
 * to; and asks those that offer it whether they answer for what they got. What waits is in the store: it outlasts a restart, and a destination that is down for days. Each
 * destination has its own pace.
 */
export class Forwarding {
  readonly #store: Store;
  readonly #archive: Archive;
  readonly #options: ForwardingOptions;
  /** Of what was sent, where the archive is asked for it. */
  readonly commitment: ForwardCommitment;
  readonly #ended = new AbortController();
  readonly #sending = new Map<string, Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: (() => void) | undefined;

  /**
   * Sends nothing before `start`.
   *
   * @param options who the box is to archives, and how objects leave it
   */
  constructor(store: Store, archive: Archive, options: ForwardingOptions) {
    this.#store = store;
    this.#archive = archive;
    this.#options = options;
    this.commitment = new ForwardCommitment(store, () => this.#now, options.reportComes ?? REPORT_COMES);
  }

  /** From now on it sends what waits. */
  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY);
    this.#unsubscribe = this.#store.changes.subscribe(({ noun }) => {
      // an object that came, a study that was matched, a destination that was mended
      if (noun !== "instance" && noun !== "study" && noun !== "destination") return;
      this.#soon ??= setTimeout(() => {
        this.#soon = undefined;
        void this.look();
      }, LOOK_SOON);
    });
    void this.look();
  }

  /** Resolves once nothing is under way any more. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#ended.abort();
    await Promise.all(this.#sending.values());
  }

  /** Sends what is ready now, to all destinations at once. Resolves when nothing more can be sent; never rejects. */
  async look(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    for (const destination of this.#destinations()) {
      if (this.#sending.has(destination.id) || !this.#mayBeTried(destination)) continue;
      const sending = this.#drain(destination)
        .catch((error) => log.error("forwarding to {name} failed: {error}", { name: destination.name, error }))
        .finally(() => this.#sending.delete(destination.id));
      this.#sending.set(destination.id, sending);
    }
    await Promise.all(this.#sending.values());
  }

  /** None while the store does not answer: they are looked at again soon. */
  #destinations(): Destination[] {
    try {
      return this.#store.destinations.all();
    } catch (error) {
      log.error("it is not known where to forward to: {error}", { error });
      return [];
    }
  }

  get #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  #mayBeTried({ enabled, nextAt }: Destination): boolean {
    if (!enabled || nextAt === null) return enabled;
    const next = new Date(nextAt);
    return next <= this.#now || next > latestAttempt(this.#now);
  }

  /** Batch after batch until nothing is left, or the destination fails. */
  async #drain({ id }: Destination): Promise<void> {
    while (!this.#ended.signal.aborted) {
      // it may have been changed, or removed, meanwhile
      const destination = this.#store.destinations.find(id);
      if (destination === undefined || !this.#mayBeTried(destination)) return;
      // one context is for commitment
      const batch = withinContexts(this.#store.destinations.ready(id, BATCH), MOST_CONTEXTS - 1);
      if (batch.length === 0 && !this.commitment.isDue(destination)) return;
      try {
        await this.#send(destination, batch);
      } catch (error) {
        if (error instanceof AssociationSpent) continue;
        if (!(error instanceof RequestFailed)) throw error;
        if (this.#ended.signal.aborted) return;
        const { name, attempts } = destination;
        log.warn("{name} is not reached: {why}", { name, why: error.message });
        this.#store.destinations.delayed(id, error.message, nextAttempt(attempts, this.#now));
        return;
      }
    }
  }

  /**
   * @throws RequestFailed when the destination cannot be reached, breaks off or has no room
   * @throws AssociationSpent
   */
  async #send(destination: Destination, batch: ReadyObject[]): Promise<void> {
    const { id, address, port, aeTitle, tls } = destination;
    const requestor = await Requestor.connect(
      {
        ...{ address, port, calledAeTitle: aeTitle, callingAeTitle: this.#options.boxAeTitle },
        ...(tls && { tls: await this.#options.tls() }),
      },
      [...contextsFor(batch), COMMITMENT_CONTEXT],
      { patience: this.#options.patience, signal: this.#ended.signal },
    );
    const commits = requestor.accepted(COMMITMENT_CONTEXT.abstractSyntax).length > 0;
    this.#store.destinations.offersCommitment(id, commits);
    let sent: number[] = [];
    const note = () => {
      this.#store.destinations.sent(id, sent, commits);
      sent = [];
    };
    let refused = 0;
    let noRoom: NoRoom | undefined;
    try {
      for (const object of batch) {
        if (this.#ended.signal.aborted) break;
        const outcome = await this.#sendOne(requestor, destination, object);
        if (outcome === "sent") sent.push(object.sequence);
        if (sent.length >= NOTED_TOGETHER) note();
        if (outcome instanceof NoRoom) {
          noRoom = outcome;
          if (++refused >= FULL_AFTER) break;
        } else {
          refused = 0;
        }
      }
      note();
      if (!this.#ended.signal.aborted) await this.commitment.ask(requestor, destination);
      await requestor.release();
      if (noRoom) throw noRoom;
    } finally {
      note();
      await requestor.abort(); // does nothing after its release
    }
  }

  async #sendOne(
    requestor: Requestor,
    { id, aeTitle, asTheyCame }: Destination,
    object: ReadyObject,
  ): Promise<"sent" | "not sent" | NoRoom> {
    const fail = (why: string, parked = true) => {
      this.#store.destinations.failed(id, object.sequence, why, parked || object.attempts + 1 >= MOST_ATTEMPTS);
      return "not sent" as const;
    };
    const file = {
      ...{ ...object, path: this.#archive.pathOf(object.path) },
      ...(asTheyCame
        ? { sopInstanceUid: this.#store.instances.claimOf(object.sopInstanceUid)!.sopInstanceUid }
        : leavingAs(this.#store, this.#options.correctionOf, object.sopInstanceUid)),
    };
    const context = contextOf(requestor.accepted(file.sopClassUid), file);
    if (context === undefined) {
      return fail(`${aeTitle} does not take ${object.sopClassUid} in transfer syntax ${object.transferSyntaxUid}`);
    }
    const damage = await damageOf(file.path, object);
    if (damage !== undefined) return fail(`It is not sent on damaged: ${inEnglish(damage)}`);
    const unconverted = (error: Error) =>
      `${aeTitle} takes it only in ${context.transferSyntax.name}, and it cannot be written so: ${error.message}`;
    try {
      const data = await dataSetFor(file, context.transferSyntax, this.#options.convert);
      const { status, comment } = await sendFile(requestor, context.id, file, data);
      if (isTaken(status)) return "sent";
      const why = `${aeTitle} refused it with status ${status.toString(16).padStart(4, "0")}${
        comment && `: ${comment}`
      }`;
      if ((status & 0xff00) === 0xa700) return new NoRoom(why);
      return fail(why, status !== 0x0110);
    } catch (error) {
      if (isUnconvertible(error)) return fail(unconverted(error));
      const cause = error instanceof RequestFailed ? error.cause : undefined;
      if (isUnconvertible(cause)) {
        // it broke off in the midst of it
        fail(unconverted(cause));
        throw new AssociationSpent();
      }
      // not the object's fault as a rule; but where it is, the others do not wait for it for ever
      if (error instanceof RequestFailed && !this.#ended.signal.aborted) fail(error.message, false);
      throw error;
    }
  }
}
