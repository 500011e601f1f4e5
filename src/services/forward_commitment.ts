import { getLogger } from "@logtape/logtape";
import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { PUSH_MODEL_INSTANCE, STORAGE_COMMITMENT_PUSH_MODEL } from "../dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, type TransferSyntax } from "../dicom/transfer_syntax.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import { nextAttempt } from "../timing/retry_schedule.ts";
import type { Destination } from "../store/destinations.ts";
import type { Store } from "../store/store.ts";
import { CommandField, Status } from "../dimse/command.ts";
import { readMessage } from "../dimse/data_set.ts";
import type { ProposedService, Requestor } from "../dimse/requestor.ts";

const log = getLogger(["sonodesk", "dimse", "forwarding"]);

/** Objects in one request, and requests open at once are not bounded but by what was sent. */
const MOST_OBJECTS = 500;
/** For how long a report is awaited before the same is asked again, and how often it is asked at all. */
const AWAITED = 86_400_000;
const MOST_REQUESTS = 7;
/** A destination may report at once, on the association that it was asked on: so long is waited for that, ms. */
export const REPORT_COMES = 1500;

/** The context for asking, beside those for sending. */
export const COMMITMENT_CONTEXT: ProposedService = {
  abstractSyntax: STORAGE_COMMITMENT_PUSH_MODEL,
  transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid, IMPLICIT_LITTLE_ENDIAN.uid],
};

/**
 * Asks destinations to answer for what was sent to them (storage commitment, push model, as SCU: PS3.4 Annex J), and
 * takes their reports, on the same association or on one of theirs. What a destination does not answer for is sent
 * again. What is open is in the store.
 */
export class ForwardCommitment {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #reportComes: number;

  /** Asks nobody before `start`. */
  constructor(store: Store, now: () => Date, reportComes: number) {
    this.#store = store;
    this.#now = now;
    this.#reportComes = reportComes;
  }

  /** Whether there is something to ask of a destination now. */
  isDue({ id }: Destination): boolean {
    return this.#store.destinations.hasToAsk(id) || this.#due(id).length > 0;
  }

  #due(id: string) {
    const now = this.#now();
    return this.#store.forwardCommitments.due(id, now, new Date(now.getTime() + AWAITED));
  }

  /**
   * Asks what is due, on an association to the destination.
   *
   * @throws RequestFailed when the association breaks; what was asked stays open
   */
  async ask(requestor: Requestor, { id, aeTitle }: Destination): Promise<void> {
    const { forwardCommitments } = this.#store;
    while (forwardCommitments.gather(id, MOST_OBJECTS, this.#now()));
    const context = requestor.accepted(STORAGE_COMMITMENT_PUSH_MODEL)[0];
    let awaited = 0;
    for (const commitment of this.#due(id)) {
      if (commitment.attempts >= MOST_REQUESTS) {
        const why = commitment.lastError || `${aeTitle} has not reported after ${commitment.attempts} requests`;
        log.warn("{aeTitle} does not answer for what was sent to it: {why}", { aeTitle, why });
        forwardCommitments.givenUp(commitment.id, why);
        continue;
      }
      if (context === undefined) {
        this.#delay(commitment, `${aeTitle} takes no requests for storage commitment`);
        continue;
      }
      // a request that was taken and never reported on is spent; one that may not have arrived is the same one still
      const transactionUid = commitment.requestedAt === null
        ? commitment.transactionUid
        : forwardCommitments.renew(commitment.id);
      const status = await this.#request(requestor, context, transactionUid, commitment.id);
      if (status === Status.SUCCESS) {
        const now = this.#now();
        forwardCommitments.requested(commitment.id, now, new Date(now.getTime() + AWAITED));
        awaited += 1;
      } else {
        this.#delay(commitment, `${aeTitle} refused the request with status ${hex(status)}`);
      }
    }
    while (awaited-- > 0) {
      const event = await requestor.event(this.#reportComes);
      if (event === undefined) return;
      const status = await this.#report(aeTitle, event.data, context!.transferSyntax);
      await this.#store.durable(); // it does not report again
      await requestor.answer(event, status);
    }
  }

  #delay({ id, attempts }: { id: number; attempts: number }, why: string): void {
    this.#store.forwardCommitments.delayed(id, why, nextAttempt(attempts, this.#now()));
  }

  /** N-ACTION (PS3.4 J.3.2). */
  async #request(
    requestor: Requestor,
    { id, transferSyntax }: { id: number; transferSyntax: TransferSyntax },
    transactionUid: string,
    commitmentId: number,
  ): Promise<number> {
    const objects = this.#store.forwardCommitments.objects(commitmentId);
    const data = new Dataset()
      .setText(Tag.TransactionUID, "UI", transactionUid)
      .setItems(
        Tag.ReferencedSOPSequence,
        objects.map(({ sopClassUid, sopInstanceUid }) =>
          new Dataset().setText(Tag.ReferencedSOPClassUID, "UI", sopClassUid)
            .setText(Tag.ReferencedSOPInstanceUID, "UI", sopInstanceUid)
        ),
      );
    const command = new Dataset()
      .setText(Tag.RequestedSOPClassUID, "UI", STORAGE_COMMITMENT_PUSH_MODEL)
      .setText(Tag.RequestedSOPInstanceUID, "UI", PUSH_MODEL_INSTANCE)
      .setUnsignedShort(Tag.ActionTypeID, 1);
    const bytes = new Uint8Array(writeDataset(data, transferSyntax));
    const { command: response } = await requestor.request(id, CommandField.N_ACTION, command, bytes);
    return response.number("Status") ?? Status.PROCESSING_FAILURE;
  }

  async #report(aeTitle: string, data: Uint8Array, syntax: TransferSyntax): Promise<number> {
    try {
      return this.reported(aeTitle, await readMessage(data, syntax));
    } catch (error) {
      if (!(error instanceof MalformedDataset)) throw error;
      log.warn("{aeTitle} sent a commitment report that cannot be read: {error}", { aeTitle, error });
      return Status.PROCESSING_FAILURE;
    }
  }

  /**
   * Takes a report (N-EVENT-REPORT, PS3.4 J.3.3) of who calls itself `aeTitle`.
   *
   * @returns the status to answer with
   */
  reported(aeTitle: string, report: Dataset): number {
    const { forwardCommitments, destinations } = this.#store;
    const commitment = forwardCommitments.find(report.text("TransactionUID"));
    const destination = commitment && destinations.find(commitment.destinationId);
    if (commitment === undefined || destination?.aeTitle !== aeTitle) {
      log.warn("{aeTitle} reports on a storage commitment that it was not asked for", { aeTitle });
      return Status.NO_SUCH_SOP_INSTANCE;
    }
    const uidOf = (item: Dataset) => item.text("ReferencedSOPInstanceUID");
    const committed = report.items("ReferencedSOPSequence").map(uidOf);
    const failures = new Map(
      report.items("FailedSOPSequence").map((item) => [
        uidOf(item),
        `${aeTitle} took it and does not have it: reason ${hex(item.number("FailureReason") ?? 0)}`,
      ]),
    );
    forwardCommitments.answered(commitment, committed, failures);
    log.info("{aeTitle} answers for {committed} objects and not for {failed}", {
      aeTitle,
      committed: committed.length,
      failed: failures.size,
    });
    return Status.SUCCESS;
  }
}

function hex(status: number): string {
  return status.toString(16).toUpperCase().padStart(4, "0");
}
