import type { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { PUSH_MODEL_INSTANCE, STORAGE_COMMITMENT_PUSH_MODEL } from "../dicom/sop_class.ts";
import type { Store } from "../store/store.ts";
import { CommandField, Status } from "../dimse/command.ts";
import type { CommitmentReports } from "./commitment_reports.ts";
import { readAttributes } from "../dimse/data_set.ts";
import type { RoleSelection } from "../dimse/pdu.ts";
import { Refusal, type Request, type Service } from "../dimse/service.ts";
import { uncompressedOf } from "./verification.ts";

const REQUEST_STORAGE_COMMITMENT = 1;

/**
 * The storage commitment service, push model, as SCP (PS3.4 Annex J): a request is kept and answered at once, and
 * the report follows when the files have been read. As SCU it takes the reports of destinations that were asked.
 */
export class StorageCommitment implements Service {
  readonly #store: Store;
  readonly #reports: CommitmentReports;
  readonly #takeReport: (aeTitle: string, report: Dataset) => number;

  /**
   * Asks and reports for nobody yet.
   *
   * @param takeReport a report of a destination, by its AE title: the status to answer with
   */
  constructor(store: Store, reports: CommitmentReports, takeReport: (aeTitle: string, report: Dataset) => number) {
    this.#store = store;
    this.#reports = reports;
    this.#takeReport = takeReport;
  }

  /** N-ACTION of the push model, and reports of archives as its SCU. */
  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    return abstractSyntax === STORAGE_COMMITMENT_PUSH_MODEL ? uncompressedOf(proposed) : "abstract syntax";
  }

  /** A machine is the user of this service on its associations; a destination that reports is the provider on its own. */
  roles(proposed: RoleSelection): RoleSelection {
    return proposed;
  }

  /** N-ACTION and N-EVENT-REPORT (PS3.4 J.3). */
  async serve(request: Request): Promise<void> {
    if (request.field === CommandField.N_EVENT_REPORT) return await this.#takeReportOf(request);
    await this.#keepRequest(request);
  }

  /** N-EVENT-REPORT (PS3.4 J.3.3). */
  async #takeReportOf(request: Request): Promise<void> {
    const report = await readAttributes(request);
    const status = this.#takeReport(request.peer.callingAeTitle, report);
    await this.#store.durable();
    await request.respond({ status });
  }

  /** N-ACTION (PS3.4 J.3.2). */
  async #keepRequest(request: Request): Promise<void> {
    const { command, peer, context, association } = request;
    if (request.field !== CommandField.N_ACTION) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only N-ACTION and N-EVENT-REPORT here");
    }
    if (command.text("RequestedSOPClassUID") !== STORAGE_COMMITMENT_PUSH_MODEL) {
      throw new Refusal(Status.NO_SUCH_SOP_CLASS, "Not the SOP class of the presentation context");
    }
    if (command.text("RequestedSOPInstanceUID") !== PUSH_MODEL_INSTANCE) {
      throw new Refusal(Status.NO_SUCH_SOP_INSTANCE, `The push model has one instance: ${PUSH_MODEL_INSTANCE}`);
    }
    if (command.number("ActionTypeID") !== REQUEST_STORAGE_COMMITMENT) {
      throw new Refusal(Status.NO_SUCH_ACTION, "Action type 1 requests storage commitment, there is no other");
    }
    const attributes = await readAttributes(request);
    const transactionUid = attributes.text("TransactionUID");
    if (transactionUid === "") throw invalid("TransactionUID is missing", Tag.TransactionUID);
    const references = attributes.items("ReferencedSOPSequence").map((item) => ({
      sopInstanceUid: item.text("ReferencedSOPInstanceUID"),
      sopClassUid: item.text("ReferencedSOPClassUID"),
    }));
    if (references.length === 0 || references.some(({ sopInstanceUid }) => sopInstanceUid === "")) {
      throw invalid("ReferencedSOPSequence names no object, or one without UID", Tag.ReferencedSOPSequence);
    }
    const commitment = this.#store.commitments.request(peer.callingAeTitle, transactionUid, references, new Date());
    await this.#store.durable();
    await request.respond({ status: Status.SUCCESS });
    this.#reports.requested(commitment, { association, context });
  }
}

function invalid(why: string, tag: number): Refusal {
  return new Refusal(Status.INVALID_ARGUMENT_VALUE, why, { offendingElements: [tag] });
}
