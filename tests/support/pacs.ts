import { Buffer } from "node:buffer";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { PUSH_MODEL_INSTANCE, STORAGE_COMMITMENT_PUSH_MODEL as PUSH_MODEL } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, Status } from "../../src/dimse/command.ts";
import { Forwarding } from "../../src/services/forwarding.ts";
import { DEFAULT_BOUNDS, Guard } from "../../src/dimse/guard.ts";
import { DicomListener } from "../../src/dimse/listener.ts";
import { Refusal, type Request, type Service } from "../../src/dimse/service.ts";
import { convert } from "../../src/imaging/convert.ts";
import { readNativeFrame } from "../../src/imaging/read_picture.ts";
import type { DestinationFields } from "../../src/store/destinations.ts";
import { Box } from "./box.ts";

/** A report on storage commitment (PS3.4 Table J.3-3): what is there, and what is not with its Failure Reason. */
export function commitmentReport(
  transactionUid: string,
  sopClassUid: string,
  committed: readonly string[],
  failed: readonly (readonly [string, number])[] = [],
): Dataset {
  const reference = (uid: string) =>
    new Dataset().setText(Tag.ReferencedSOPClassUID, "UI", sopClassUid).setText(
      Tag.ReferencedSOPInstanceUID,
      "UI",
      uid,
    );
  const report = new Dataset().setText(Tag.TransactionUID, "UI", transactionUid);
  if (committed.length > 0) report.setItems(Tag.ReferencedSOPSequence, committed.map(reference));
  if (failed.length > 0) {
    report.setItems(
      Tag.FailedSOPSequence,
      failed.map(([uid, reason]) => reference(uid).setUnsignedShort(Tag.FailureReason, reason)),
    );
  }
  return report;
}

/** An archive that takes objects as `answer` says, and keeps count. */
export class Pacs implements Service {
  readonly received: { sopInstanceUid: string; bytes: number }[] = [];
  associations = 0;
  ended = 0;
  answer: (sopInstanceUid: string) => number = () => Status.SUCCESS;
  accepts: (sopClassUid: string) => boolean = () => true;
  takesCompressed = true;
  /** Whether it offers storage commitment; what it is asked, and how it answers that. */
  commits = false;
  readonly requests: { transactionUid: string; sopInstanceUids: string[]; sopClassUids: string[] }[] = [];
  answerRequest: () => number = () => Status.SUCCESS;
  /** What it reports at once, on the association of the request; nothing by default. */
  reportsAtOnce: (request: { transactionUid: string; sopInstanceUids: string[] }) => Dataset | undefined = () =>
    undefined;

  accept(abstractSyntax: string, proposed: readonly string[]) {
    if (abstractSyntax === PUSH_MODEL) return this.commits ? EXPLICIT_LITTLE_ENDIAN : "abstract syntax" as const;
    if (!this.accepts(abstractSyntax)) return "abstract syntax" as const;
    if (!this.takesCompressed) {
      const native = proposed.map(transferSyntaxOf).find((syntax) => syntax && !syntax.encapsulated);
      return native ?? "transfer syntaxes" as const;
    }
    return transferSyntaxOf(proposed[0]!) ?? "transfer syntaxes" as const;
  }

  async serve(request: Request): Promise<void> {
    if (request.context.abstractSyntax === PUSH_MODEL) return await this.#takeRequest(request);
    let bytes = 0;
    for await (const part of request.data) bytes += part.length;
    const sopInstanceUid = request.command.text("AffectedSOPInstanceUID");
    const status = this.answer(sopInstanceUid);
    if (status !== Status.SUCCESS) throw new Refusal(status, "No");
    this.received.push({ sopInstanceUid, bytes });
    await request.respond({ status });
  }

  async #takeRequest(request: Request): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const part of request.data) parts.push(part.slice());
    const { dataset } = readDataset(Buffer.concat(parts), request.context.transferSyntax);
    const items = dataset.items("ReferencedSOPSequence");
    const asked = {
      transactionUid: dataset.text("TransactionUID"),
      sopInstanceUids: items.map((item) => item.text("ReferencedSOPInstanceUID")),
      sopClassUids: items.map((item) => item.text("ReferencedSOPClassUID")),
    };
    this.requests.push(asked);
    const status = this.answerRequest();
    await request.respond({ status });
    const report = status === Status.SUCCESS ? this.reportsAtOnce(asked) : undefined;
    if (report === undefined) return;
    const command = new Dataset()
      .setText(Tag.AffectedSOPClassUID, "UI", PUSH_MODEL)
      .setText(Tag.AffectedSOPInstanceUID, "UI", PUSH_MODEL_INSTANCE)
      .setUnsignedShort(Tag.CommandField, CommandField.N_EVENT_REPORT)
      .setUnsignedShort(Tag.EventTypeID, report.has(Tag.FailedSOPSequence) ? 2 : 1);
    const data = new Uint8Array(writeDataset(report, request.context.transferSyntax));
    void request.association.ask(request.context.id, command, data)
      .then((response) => {
        this.whenAnswered();
        this.answersToReports.push(response?.number("Status"));
      });
  }

  /** What it was answered to its reports. */
  readonly answersToReports: (number | undefined)[] = [];
  /** Called as soon as a report is answered. */
  whenAnswered: () => void = () => {};

  async listen(port: string | number = 0) {
    const listener = new DicomListener({
      hostname: "127.0.0.1",
      port: Number(port),
      purpose: "a test",
      guard: new Guard({ ...DEFAULT_BOUNDS, associationsPerAddress: 20 }),
      services: [this],
      maxPduLength: 131072,
      admit: () => {
        this.associations += 1;
        return undefined;
      },
      onEnd: () => {
        this.ended += 1;
      },
    });
    await listener.start();
    return { port: listener.port, [Symbol.asyncDispose]: () => listener.stop(0) };
  }
}

export function pacsAt(port: number | string, more: Partial<DestinationFields> = {}): DestinationFields {
  return {
    ...{
      name: "PACS",
      aeTitle: "PACS",
      address: "127.0.0.1",
      port: Number(port),
      tls: false,
      enabled: true,
      rules: [],
    },
    ...more,
  };
}

/** Forwarding by hand, with a clock. */
export function forwarding(box: Box, now: () => Date = () => new Date(), reportComes = 50) {
  return new Forwarding(box.store, box.appliance.archive, {
    boxAeTitle: "STORESCP",
    tls: () => Promise.reject(new Error("no TLS in this test")),
    now,
    patience: 2000,
    reportComes,
    convert: (file, target) => convert(file.path, target, { native: (n) => readNativeFrame(file.path, n) }),
  });
}

/** A box that forwards only when it is told. */
export async function quietBox(data?: string): Promise<Box> {
  const box = await Box.start(data === undefined ? {} : { data });
  await box.appliance.forwarding.stop();
  return box;
}
