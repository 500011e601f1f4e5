import { getLogger } from "@logtape/logtape";
import type { Archive } from "../archive/archive.ts";
import { damageOf } from "../archive/integrity.ts";
import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { PUSH_MODEL_INSTANCE, STORAGE_COMMITMENT_PUSH_MODEL } from "../dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from "../dicom/transfer_syntax.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import { latestAttempt, nextAttempt } from "../timing/retry_schedule.ts";
import type { Commitment, RequestedInstance } from "../store/commitments.ts";
import type { Machine } from "../store/machines.ts";
import type { Store } from "../store/store.ts";
import { CommandField, Status } from "../dimse/command.ts";
import { RequestFailed, Requestor } from "../dimse/requestor.ts";
import type { AcceptedContext, OpenAssociation } from "../dimse/service.ts";
import type { TlsIdentity } from "../dimse/tls.ts";

const log = getLogger(["sonodesk", "dimse", "commitment"]);

/** How often it is looked for reports that are owed, milliseconds. */
const LOOK_EVERY = 15_000;
/** So often is a report tried to be given once more: for a week, counted so that a clock that is set changes nothing. */
const MOST_ATTEMPTS = 174;

/** Failure Reason (0008,1197) of an object that is not committed (PS3.4 J.3.3, PS3.3 C.14). */
export const FailureReason = {
  COMMITTED: 0x0000,
  PROCESSING_FAILURE: 0x0110,
  NO_SUCH_OBJECT_INSTANCE: 0x0112,
  CLASS_INSTANCE_CONFLICT: 0x0119,
  DUPLICATE_TRANSACTION_UID: 0x0131,
} as const;

interface CommitmentReportsOptions {
  boxAeTitle: string;
  /** Who the box is over TLS. */
  tls: () => Promise<TlsIdentity>;
  now?: () => Date;
  /** Longest wait for a machine, milliseconds. */
  patience?: number;
}

/** Where a report can be given at once: the association that the request came on. */
export interface Opening {
  /** On which the report goes out. */
  association: OpenAssociation;
  /** Of the push model. */
  context: AcceptedContext;
}

/**
 * Gives machines the reports they are owed (N-EVENT-REPORT, PS3.4 J.3.3): on the association of the request while it
 * is open, else on a new one to the machine's own address, again and again for days. What is owed is in the store, so
 * it outlasts a restart.
 */
export class CommitmentReports {
  readonly #store: Store;
  readonly #archive: Archive;
  readonly #options: CommitmentReportsOptions;
  readonly #ended = new AbortController();
  /** The requests whose own association may still take the report. */
  readonly #open = new Map<number, Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> | undefined;

  /**
   * Reports nothing before `start`.
   *
   * @param archive whose files are read again for each report
   */
  constructor(store: Store, archive: Archive, options: CommitmentReportsOptions) {
    this.#store = store;
    this.#archive = archive;
    this.#options = options;
  }

  /** What waits is reported, as its time comes. */
  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY);
    void this.look();
  }

  /** Ends what is under way; to be called once the associations have ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended.abort();
    await Promise.all(this.#open.values());
    await this.#looking;
  }

  /** A request has been answered: its report is given on its own association, if that lasts, else on a new one. */
  requested(commitment: Commitment, opening: Opening): void {
    if (this.#open.has(commitment.id)) return;
    const giving = this.#giveOn(opening, commitment)
      .catch((error) => log.error("the commitment report was not given: {error}", { error }))
      .finally(() => {
        this.#open.delete(commitment.id);
        void this.look();
      });
    this.#open.set(commitment.id, giving);
  }

  /** Gives the reports that are owed by now. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce()
      .catch((error) => log.error("commitment reports: {error}", { error }))
      .finally(() => this.#looking = undefined);
    return this.#looking;
  }

  get #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  async #lookOnce(): Promise<void> {
    const silent = new Set<string>();
    for (const commitment of this.#store.commitments.due(this.#now, latestAttempt(this.#now))) {
      if (this.#ended.signal.aborted) return;
      // a machine that did not answer a moment ago does not now either
      if (this.#open.has(commitment.id) || silent.has(commitment.aeTitle)) continue;
      if (!await this.#give(commitment)) silent.add(commitment.aeTitle);
    }
  }

  async #giveOn({ association, context }: Opening, commitment: Commitment): Promise<void> {
    const role = association.proposedRoles.find(({ sopClassUid }) => sopClassUid === STORAGE_COMMITMENT_PUSH_MODEL);
    if (role && !role.scu) return;
    const { command, data } = await this.#report(commitment);
    const response = await association.ask(
      context.id,
      command.setUnsignedShort(Tag.CommandField, CommandField.N_EVENT_REPORT),
      writeDataset(data, context.transferSyntax),
    );
    if (response?.number("Status") === Status.SUCCESS) this.#reported(commitment, "on its own association");
  }

  /** @returns whether the machine could be reached */
  async #give(commitment: Commitment): Promise<boolean> {
    const machine = this.#store.machines.findByAeTitle(commitment.aeTitle);
    if (machine === undefined || machine.port === null || machine.address === "") {
      const why = "The machine's address and port are not known: enter them on its page";
      this.#store.commitments.delayed(commitment.id, why, null);
      return false;
    }
    try {
      await this.#giveTo(machine, commitment);
      this.#reported(commitment, "on a new association");
      return true;
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      if (this.#ended.signal.aborted) return false;
      this.#delay(commitment, error.message);
      return false;
    }
  }

  #delay(commitment: Commitment, why: string): void {
    const now = this.#now;
    const { id, aeTitle, attempts } = commitment;
    if (attempts >= MOST_ATTEMPTS) {
      log.error("{aeTitle} is not told what is committed, after days of trying: {why}", { aeTitle, why });
      this.#store.commitments.givenUp(id, why);
      return;
    }
    log.warn("{aeTitle} could not be told what is committed: {why}", { aeTitle, why });
    this.#store.commitments.delayed(id, why, nextAttempt(attempts, now));
  }

  #reported(commitment: Commitment, where: string): void {
    this.#store.commitments.reported(commitment.id);
    log.info("{aeTitle} has its commitment report, {where}", { aeTitle: commitment.aeTitle, where });
  }

  /**
   * The box stays the provider of the service though it asks for the association: it says so by role selection
   * (PS3.7 D.3.3.4). A machine that does not answer that is taken to agree, since it accepted the context.
   */
  async #giveTo(machine: Machine, commitment: Commitment): Promise<void> {
    const sopClassUid = STORAGE_COMMITMENT_PUSH_MODEL;
    const requestor = await Requestor.connect(
      {
        address: machine.address,
        port: machine.port!,
        calledAeTitle: machine.aeTitle,
        callingAeTitle: this.#options.boxAeTitle,
        ...(machine.tls && { tls: await this.#options.tls() }),
      },
      [{ abstractSyntax: sopClassUid, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid, IMPLICIT_LITTLE_ENDIAN.uid] }],
      {
        patience: this.#options.patience,
        roles: [{ sopClassUid, scu: false, scp: true }],
        signal: this.#ended.signal,
      },
    );
    const context = requestor.accepted(sopClassUid)[0];
    if (context === undefined || requestor.role(sopClassUid)?.scp === false) {
      await requestor.release();
      throw new RequestFailed(`${machine.aeTitle} does not take commitment reports at ${machine.address}`);
    }
    const { command, data } = await this.#report(commitment);
    const { command: response } = await requestor.request(
      context.id,
      CommandField.N_EVENT_REPORT,
      command,
      writeDataset(data, context.transferSyntax),
    );
    await requestor.release();
    const status = response.number("Status");
    if (status !== Status.SUCCESS) {
      throw new RequestFailed(`${machine.aeTitle} answered the report with status ${status?.toString(16)}`);
    }
  }

  /** Reads the files of a request's objects, and says what of them is safe (PS3.4 Table J.3-3). */
  async #report(commitment: Commitment): Promise<{ command: Dataset; data: Dataset }> {
    const failures = new Map<string, number>();
    const committed: Dataset[] = [];
    const failed: Dataset[] = [];
    for (const instance of this.#store.commitments.instances(commitment.id)) {
      const failure = commitment.duplicate ? FailureReason.DUPLICATE_TRANSACTION_UID : await this.#failureOf(instance);
      failures.set(instance.sopInstanceUid, failure);
      const item = new Dataset()
        .setText(Tag.ReferencedSOPClassUID, "UI", instance.sopClassUid)
        .setText(Tag.ReferencedSOPInstanceUID, "UI", instance.sopInstanceUid);
      if (failure === FailureReason.COMMITTED) committed.push(item);
      else failed.push(item.setUnsignedShort(Tag.FailureReason, failure));
    }
    this.#store.commitments.found(commitment.id, failures);
    await this.#store.durable(); // of what is said to be safe the disk has the rows
    const data = new Dataset().setText(Tag.TransactionUID, "UI", commitment.transactionUid);
    if (committed.length > 0) data.setItems(Tag.ReferencedSOPSequence, committed);
    if (failed.length > 0) data.setItems(Tag.FailedSOPSequence, failed);
    const command = new Dataset()
      .setText(Tag.AffectedSOPClassUID, "UI", STORAGE_COMMITMENT_PUSH_MODEL)
      .setText(Tag.AffectedSOPInstanceUID, "UI", PUSH_MODEL_INSTANCE)
      .setUnsignedShort(Tag.EventTypeID, failed.length > 0 ? 2 : 1);
    return { command, data };
  }

  async #failureOf({ sopClassUid, held }: RequestedInstance): Promise<number> {
    if (held === undefined) return FailureReason.NO_SUCH_OBJECT_INSTANCE;
    if (held.sopClassUid !== sopClassUid) return FailureReason.CLASS_INSTANCE_CONFLICT;
    const damage = await damageOf(this.#archive.pathOf(held.path), held);
    this.#store.instanceFiles.markVerified(held.path, damage);
    return damage === undefined ? FailureReason.COMMITTED : FailureReason.PROCESSING_FAILURE;
  }
}
