import { Buffer } from "node:buffer";
import { Dataset, type Element } from "../dicom/dataset.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import { isoDate } from "../dicom/date_time.ts";
import { TooManyElements } from "../dicom/malformed_dataset.ts";
import { MODALITY_PERFORMED_PROCEDURE_STEP, MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE } from "../dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../dicom/transfer_syntax.ts";
import { newUid } from "../dicom/uid.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import { isOfPerson } from "../store/filing.ts";
import { personOf } from "../store/patients.ts";
import type { MadeInstance, ProcedureStep, ProcedureStepStatus } from "../store/procedure_steps.ts";
import type { Store } from "../store/store.ts";
import { CommandField, Status } from "../dimse/command.ts";
import { readAttributes, readMessage } from "../dimse/data_set.ts";
import { Refusal, type Request, type Service } from "../dimse/service.ts";
import type { MachineDiary } from "./machine_diary.ts";
import { uncompressedOf } from "./verification.ts";

/** Scheduled steps that one performed step is looked up for. */
const MOST_SCHEDULED = 32;
const STATUSES: readonly string[] = ["IN PROGRESS", "COMPLETED", "DISCONTINUED"];
/** Error ID of an update that comes after the end (PS3.4 Table F.7.2-3). */
const MAY_NO_LONGER_BE_UPDATED = 0xa710;

/** What a step is begun with and N-SET may not change (PS3.4 Table F.7.2-1): above all whose it is. */
const FIXED_AT_THE_BEGINNING: readonly number[] = [
  Tag.Modality,
  Tag.ReferencedPatientSequence,
  Tag.PatientName,
  Tag.PatientID,
  Tag.IssuerOfPatientID,
  Tag.PatientBirthDate,
  Tag.PatientSex,
  Tag.StudyID,
  Tag.PerformedStationAETitle,
  Tag.PerformedStationName,
  Tag.PerformedLocation,
  Tag.PerformedProcedureStepStartDate,
  Tag.PerformedProcedureStepStartTime,
  Tag.PerformedProcedureStepID,
  Tag.ScheduledStepAttributesSequence,
];

/** The modality performed procedure step service as SCP: N-CREATE, N-SET, and N-GET (PS3.4 Annex F). */
export class PerformedProcedureSteps implements Service {
  readonly #store: Store;
  readonly #diary: MachineDiary | undefined;

  /**
   * Serves whoever it is given.
   *
   * @param store where steps are kept
   * @param diary of what is odd about steps
   */
  constructor(store: Store, diary?: MachineDiary) {
    this.#store = store;
    this.#diary = diary;
  }

  /** Of the class itself, and N-GET of its retrieve class. */
  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    const classes = [MODALITY_PERFORMED_PROCEDURE_STEP, MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE];
    return classes.includes(abstractSyntax) ? uncompressedOf(proposed) : "abstract syntax";
  }

  /** N-CREATE, N-SET and N-GET (PS3.4 F). */
  async serve(request: Request): Promise<void> {
    const retrieves = request.context.abstractSyntax === MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE;
    if (retrieves && request.field !== CommandField.N_GET) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only N-GET under the retrieve class");
    }
    switch (request.field) {
      case CommandField.N_CREATE:
        return await this.#create(request);
      case CommandField.N_SET:
        return await this.#set(request);
      case CommandField.N_GET:
        return await this.#get(request);
      default:
        throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only N-CREATE, N-SET and N-GET of a procedure step");
    }
  }

  /** A step begins (PS3.4 F.7.2.1). Some machines leave its UID to us. */
  async #create(request: Request): Promise<void> {
    const named = request.command.text("AffectedSOPInstanceUID");
    if (named === "") this.#diary?.note(request.peer.callingAeTitle, "step-without-uid");
    const sopInstanceUid = named || newUid();
    await this.create(sopInstanceUid, await this.#read(request), request.peer.callingAeTitle);
    await request.respond({ status: Status.SUCCESS, affectedSopInstanceUid: sopInstanceUid });
  }

  /** More is said of a step, or it ends. */
  async #set(request: Request): Promise<void> {
    const changes = await this.#read(request);
    await this.update(request.command.text("RequestedSOPInstanceUID"), changes, request.peer.callingAeTitle);
    await request.respond({ status: Status.SUCCESS });
  }

  /** A step as it stands, or the attributes asked for. */
  async #get(request: Request): Promise<void> {
    const asked = request.command.numbers("AttributeIdentifierList");
    const answer = await this.get(request.command.text("RequestedSOPInstanceUID"), asked);
    await request.respond({ status: Status.SUCCESS }, writeDataset(answer, request.context.transferSyntax));
  }

  /**
   * A step begins, and is durable (N-CREATE, PS3.4 F.7.2.1; PS3.18 15.4).
   *
   * @param aeTitle whose it is from now on
   * @throws Refusal where there is another with this UID, or it begins otherwise than in progress
   */
  async create(sopInstanceUid: string, attributes: Dataset, aeTitle: string): Promise<void> {
    this.#noteStatus(attributes, aeTitle);
    const status = statusOf(attributes);
    if (status === undefined) throw missing(Tag.PerformedProcedureStepStatus);
    if (status !== "IN PROGRESS") {
      throw new Refusal(Status.INVALID_ATTRIBUTE_VALUE, `A step begins IN PROGRESS, not ${status}`, {
        offendingElements: [Tag.PerformedProcedureStepStatus],
      });
    }
    const known = this.#store.procedureSteps.find(sopInstanceUid);
    if (known === undefined) this.#begin(sopInstanceUid, attributes, aeTitle);
    else if (await isRepeated(known, attributes, aeTitle)) this.#diary?.note(aeTitle, "step-repeated");
    else throw new Refusal(Status.DUPLICATE_SOP_INSTANCE, "There is a procedure step with this UID");
    await this.#store.durable();
  }

  #begin(sopInstanceUid: string, attributes: Dataset, aeTitle: string): void {
    const { appointmentIds, studyInstanceUid } = this.#appointmentsOf(attributes);
    const [appointmentId = null, ...alsoAppointmentIds] = appointmentIds;
    const opensAgain = this.#store.procedureSteps.begin({
      ...{ sopInstanceUid, appointmentId, alsoAppointmentIds, studyInstanceUid, aeTitle, status: "IN PROGRESS" },
      patientId: attributes.text("PatientID"),
      patientName: attributes.text("PatientName"),
      reason: "",
      attributes: encoded(attributes),
    });
    if (opensAgain) this.#diary?.note(aeTitle, "step-reopened");
  }

  /**
   * More is said of a step, or it ends; what has ended stays as it is (N-SET, PS3.4 F.7.2.2; PS3.18 15.5). Machines that
   * repeat what they began with are passed over in that: refused, they would try for ever, and the step would never end.
   *
   * @param aeTitle who says it
   * @throws Refusal where there is none, it is another's, or it has ended otherwise
   */
  async update(sopInstanceUid: string, changes: Dataset, aeTitle: string): Promise<void> {
    this.#noteStatus(changes, aeTitle);
    if (this.#store.procedureSteps.find(sopInstanceUid) === undefined) this.#diary?.note(aeTitle, "step-unknown");
    while (!await this.#apply(sopInstanceUid, changes, aeTitle)); // until nobody else has changed it meanwhile
    await this.#store.durable();
  }

  /**
   * A step as it stands, or the attributes asked for (N-GET, PS3.4 F.8.2; PS3.18 15.6).
   *
   * @param asked tags; all where there are none
   * @throws Refusal where there is no such step
   */
  async get(sopInstanceUid: string, asked: readonly number[]): Promise<Dataset> {
    const attributes = await readStep(this.#find(sopInstanceUid));
    const wanted = new Set([...asked, ...asked.map(creatorOf), Tag.SpecificCharacterSet]);
    const answer = new Dataset();
    for (const element of attributes) {
      const isGroupLength = (element.tag & 0xffff) === 0; // of other bytes than these, and retired (PS3.5 7.2)
      if (!isGroupLength && (asked.length === 0 || wanted.has(element.tag))) answer.add(element);
    }
    return answer;
  }

  /** @returns false where the step was changed while this was made ready */
  async #apply(sopInstanceUid: string, changes: Dataset, aeTitle: string): Promise<boolean> {
    const step = this.#find(sopInstanceUid);
    if (step.aeTitle !== aeTitle) throw new Refusal(Status.NOT_AUTHORIZED, `The step is ${step.aeTitle}'s`);
    const attributes = await readStep(step);
    if (step.status !== "IN PROGRESS") {
      // whoever lost the answer says it again, with what was passed over the first time
      const isTheSame = differing(changes, attributes).every(({ tag }) => FIXED_AT_THE_BEGINNING.includes(tag));
      if (statusOf(changes) === step.status && isTheSame) {
        this.#diary?.note(aeTitle, "step-repeated");
        return true;
      }
      this.#diary?.note(aeTitle, "step-changed-after-end");
      throw new Refusal(Status.PROCESSING_FAILURE, `The step is ${step.status} and may no longer be updated`, {
        errorId: MAY_NO_LONGER_BE_UPDATED,
      });
    }
    const status = statusOf(changes) ?? step.status;
    if (!STATUSES.includes(status)) {
      throw new Refusal(Status.INVALID_ATTRIBUTE_VALUE, `A step is ${STATUSES.join(", ")}, not ${status}`, {
        offendingElements: [Tag.PerformedProcedureStepStatus],
      });
    }
    for (const element of changes) {
      if (!FIXED_AT_THE_BEGINNING.includes(element.tag)) attributes.add(element);
      else this.#diary?.note(aeTitle, "step-fixed-changed", nameOf(element.tag));
    }
    attributes.setText(Tag.PerformedProcedureStepStatus, "CS", status);
    const whole = encoded(attributes);
    await this.#refuseTooMuch(whole);
    const now = this.#find(sopInstanceUid);
    if (now.status !== step.status || Buffer.compare(now.attributes, step.attributes) !== 0) return false;
    this.#store.procedureSteps.update({
      ...step,
      status: status as ProcedureStepStatus,
      reason: reasonOf(attributes),
      attributes: whole,
    }, madeBy(attributes));
    return true;
  }

  /** Little by little a step must not become more than one message may say. */
  async #refuseTooMuch(attributes: Uint8Array): Promise<void> {
    try {
      await readMessage(attributes, EXPLICIT_LITTLE_ENDIAN);
    } catch (error) {
      if (!(error instanceof TooManyElements)) throw error;
      throw new Refusal(Status.PROCESSING_FAILURE, `With this ${error.message}`);
    }
  }

  #noteStatus(attributes: Dataset, aeTitle: string): void {
    const written = attributes.text("PerformedProcedureStepStatus");
    if (written !== (statusOf(attributes) ?? "")) this.#diary?.note(aeTitle, "step-status-written");
  }

  #read(request: Request): Promise<Dataset> {
    const { callingAeTitle } = request.peer;
    const note = this.#diary?.about(callingAeTitle);
    return readAttributes(request, {
      machineCharset: this.#store.machines.charsetOf(callingAeTitle),
      ...(note && { note }),
      texts: (dataset, bytes) => this.#diary?.texts(callingAeTitle, dataset, bytes),
    });
  }

  #find(sopInstanceUid: string): ProcedureStep {
    const step = this.#store.procedureSteps.find(sopInstanceUid);
    if (step === undefined) throw new Refusal(Status.NO_SUCH_SOP_INSTANCE, "There is no procedure step with this UID");
    return step;
  }

  /**
   * The appointments that a step was scheduled as, several where one examination answers several requests: each by its
   * study, else its accession number, never against the patient.
   */
  #appointmentsOf(attributes: Dataset): { appointmentIds: string[]; studyInstanceUid: string } {
    const scheduled = attributes.items("ScheduledStepAttributesSequence");
    const patient = {
      patientId: attributes.text("PatientID"),
      patientName: attributes.text("PatientName"),
      patientBirthDate: isoDate(attributes.text("PatientBirthDate")),
      patientSex: attributes.text("PatientSex"),
    };
    const { appointments, patients } = this.#store;
    const found = scheduled.slice(0, MOST_SCHEDULED).flatMap((item) => {
      const studyInstanceUid = item.text("StudyInstanceUID");
      const accessionNumber = item.text("AccessionNumber");
      const byStudy = studyInstanceUid === "" ? undefined : appointments.findByStudyInstanceUid(studyInstanceUid);
      const appointment = byStudy ??
        (accessionNumber === "" ? undefined : appointments.findByAccessionNumber(accessionNumber));
      if (appointment === undefined) return [];
      const { id } = appointment.patient;
      const person = {
        ...personOf(appointment.patient),
        ...{ otherIds: patients.otherIdsOf(id), formerly: patients.formerly(id) },
      };
      return isOfPerson(patient, person, true) ? [appointment.id] : [];
    });
    return { appointmentIds: [...new Set(found)], studyInstanceUid: scheduled[0]?.text("StudyInstanceUID") ?? "" };
  }
}

/** @throws MalformedDataset for what an earlier version of the box took and this one would not */
function readStep({ attributes }: ProcedureStep): Promise<Dataset> {
  return readMessage(attributes, EXPLICIT_LITTLE_ENDIAN, { most: 1_000_000 });
}

/** Machines write `In Progress` too, or IN_PROGRESS. */
function statusOf(attributes: Dataset): string | undefined {
  const written = attributes.text("PerformedProcedureStepStatus").toUpperCase();
  const letters = (text: string) => text.replaceAll(/[^A-Z]/g, "");
  return STATUSES.find((status) => letters(status) === letters(written)) ?? (written || undefined);
}

/** Whether a machine begins a step again that it has begun: it has not got the answer. */
async function isRepeated(known: ProcedureStep, attributes: Dataset, aeTitle: string): Promise<boolean> {
  if (known.aeTitle !== aeTitle) return false;
  return !differing(attributes, await readStep(known)).some(({ tag }) => FIXED_AT_THE_BEGINNING.includes(tag));
}

/** What a message says that a step has not, or otherwise; but for its status and the character set. */
function differing(message: Dataset, held: Dataset): Element[] {
  const passedOver: readonly number[] = [Tag.SpecificCharacterSet, Tag.PerformedProcedureStepStatus];
  return [...message].filter((element) => {
    const other = held.element(element.tag);
    return !passedOver.includes(element.tag) && (element.tag & 0xffff) !== 0 &&
      (other === undefined || Buffer.compare(bytesOf(element), bytesOf(other)) !== 0);
  });
}

function bytesOf(element: Element): Uint8Array {
  return encoded(new Dataset().add(element));
}

/** Who made a private attribute (PS3.5 7.8.1); for another, the attribute itself. */
function creatorOf(tag: number): number {
  const isPrivate = (tag >>> 16) % 2 === 1;
  return isPrivate ? ((tag & 0xffff0000) | ((tag & 0xff00) >>> 8)) >>> 0 : tag;
}

function reasonOf(attributes: Dataset): string {
  const coded = attributes.items("PerformedProcedureStepDiscontinuationReasonCodeSequence")[0]?.text("CodeMeaning");
  return coded || attributes.text("CommentsOnThePerformedProcedureStep");
}

/** The objects that the step's series list, images and others (PS3.3 C.4.15). */
function madeBy(attributes: Dataset): MadeInstance[] {
  return attributes.items("PerformedSeriesSequence").flatMap((series) =>
    [
      ...series.items("ReferencedImageSequence"),
      ...series.items("ReferencedNonImageCompositeSOPInstanceSequence"),
    ].map((item) => ({
      sopInstanceUid: item.text("ReferencedSOPInstanceUID"),
      sopClassUid: item.text("ReferencedSOPClassUID"),
    }))
  ).filter(({ sopInstanceUid }) => sopInstanceUid !== "");
}

function missing(tag: number): Refusal {
  return new Refusal(Status.MISSING_ATTRIBUTE, `${nameOf(tag)} is missing`, { offendingElements: [tag] });
}

/** Kept in one form whatever it came in, so that more can be added to it. */
function encoded(attributes: Dataset): Uint8Array {
  return writeDataset(attributes.setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192"), EXPLICIT_LITTLE_ENDIAN);
}
