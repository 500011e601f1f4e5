import { Refused, say, type Sentence } from "../sentences.ts";
import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { MODALITY_WORKLIST_FIND } from "../dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../dicom/transfer_syntax.ts";
import { newUid } from "../dicom/uid.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import { CommandField, Status } from "../dimse/command.ts";
import { RequestFailed, Requestor } from "../dimse/requestor.ts";
import { echo } from "../services/echo_check.ts";
import { SELF_TEST_AE_TITLE } from "../services/self_test.ts";
import { failed, type Finding, ok, wordsOf } from "./finding.ts";

const SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
/** No patient has it, so the query is answered and nothing counts as seen by a machine. */
const NOBODY = "SONODESK-SELF-TEST";

/** Where the box to be tested answers. */
export interface TestedBox {
  /** IP address that the box is asked at. */
  address: string;
  /** TCP. */
  worklistPort: number;
  /** TCP. */
  storagePort: number;
  /** TCP. */
  webPort: number;
  /** The box's own. */
  aeTitle: string;
}

/**
 * The box as a machine meets it: C-ECHO on both ports, a worklist query that matches nobody, and a tiny object that is
 * written to the disk, read and thrown away before anybody could see it. Then its health page.
 */
export async function selfTest(box: TestedBox): Promise<Finding[]> {
  const remote = (port: number) => ({
    address: box.address,
    port,
    calledAeTitle: box.aeTitle,
    callingAeTitle: SELF_TEST_AE_TITLE,
  });
  const atPort = say("self-test-port-advice");
  return [
    await step(say("check-echo-worklist"), atPort, async () => void await echo(remote(box.worklistPort))),
    await step(say("check-echo-images"), atPort, async () => void await echo(remote(box.storagePort))),
    await step(say("check-worklist-query"), atPort, () => {
      const identifier = new Dataset().setText(Tag.PatientID, "LO", NOBODY);
      return ask(remote(box.worklistPort), MODALITY_WORKLIST_FIND, CommandField.C_FIND, "", identifier);
    }),
    await step(say("check-image-stored"), say("self-test-image-advice"), () => {
      const object = tinyObject();
      return ask(remote(box.storagePort), SECONDARY_CAPTURE, CommandField.C_STORE, object.uid, object.dataset);
    }),
    await step(say("check-health-page"), say("self-test-health-advice"), () => askHealth(box)),
  ];
}

async function step(what: Sentence, advice: Sentence, work: () => Promise<void>): Promise<Finding> {
  const started = performance.now();
  try {
    await work();
    return ok(what, say("self-test-took", { milliseconds: Math.round(performance.now() - started) }));
  } catch (error) {
    return failed(
      what,
      say("self-test-failed", { why: error instanceof Refused ? error.told : wordsOf(error), advice }),
    );
  }
}

/** @throws RequestFailed when the answer is not a success */
async function ask(
  remote: Parameters<typeof Requestor.connect>[0],
  sopClass: string,
  field: number,
  sopInstanceUid: string,
  dataset: Dataset,
): Promise<void> {
  const requestor = await Requestor.connect(remote, [
    { abstractSyntax: sopClass, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const context = requestor.accepted(sopClass)[0];
  if (context === undefined) {
    await requestor.abort();
    throw new RequestFailed(say("self-test-not-offered"));
  }
  const command = new Dataset()
    .setText(Tag.AffectedSOPClassUID, "UI", sopClass)
    .setUnsignedShort(Tag.Priority, 0);
  if (sopInstanceUid !== "") command.setText(Tag.AffectedSOPInstanceUID, "UI", sopInstanceUid);
  const data = new Uint8Array(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN));
  const { command: answer } = await requestor.request(context.id, field, command, data);
  await requestor.release();
  const status = answer.number("Status") ?? -1;
  if (status !== Status.SUCCESS) {
    const [code, comment] = [status.toString(16), answer.text("ErrorComment")];
    throw new RequestFailed(say("self-test-answered", { status: code, comment }));
  }
}

/** @throws Error with what is failing */
async function askHealth(box: TestedBox): Promise<void> {
  const host = box.address.includes(":") ? `[${box.address}]` : box.address;
  const answer = await fetch(`http://${host}:${box.webPort}/healthz`, { signal: AbortSignal.timeout(15_000) });
  const report: { checks: { status: string; detail: string }[] } = await answer.json();
  if (answer.ok) return;
  throw new Error(report.checks.filter(({ status }) => status === "failing").map(({ detail }) => detail).join(" "));
}

function tinyObject(): { uid: string; dataset: Dataset } {
  const uid = newUid();
  const dataset = new Dataset()
    .setText(Tag.SOPClassUID, "UI", SECONDARY_CAPTURE)
    .setText(Tag.SOPInstanceUID, "UI", uid)
    .setText(Tag.Modality, "CS", "OT")
    .setText(Tag.PatientName, "PN", "Self^Test")
    .setText(Tag.PatientID, "LO", NOBODY)
    .setText(Tag.StudyInstanceUID, "UI", newUid())
    .setText(Tag.SeriesInstanceUID, "UI", newUid())
    .setUnsignedShort(Tag.SamplesPerPixel, 1)
    .setText(Tag.PhotometricInterpretation, "CS", "MONOCHROME2")
    .setUnsignedShort(Tag.Rows, 2)
    .setUnsignedShort(Tag.Columns, 2)
    .setUnsignedShort(Tag.BitsAllocated, 8)
    .setUnsignedShort(Tag.BitsStored, 8)
    .setUnsignedShort(Tag.HighBit, 7)
    .setUnsignedShort(Tag.PixelRepresentation, 0)
    .add({ tag: Tag.PixelData, vr: "OB", value: new Uint8Array(4) });
  return { uid, dataset };
}
