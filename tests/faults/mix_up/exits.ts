import { createHash } from "node:crypto";
import sharp from "sharp";
import { correctedFile } from "../../../src/objects/corrected_file.ts";
import { readFileMeta } from "../../../src/dicom/file_meta.ts";
import { readDataset } from "../../../src/dicom/read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../../src/dicom/transfer_syntax.ts";
import type { Appointment } from "../../../src/store/appointment.ts";
import type { Reason } from "../../../src/store/attention.ts";
import type { Study } from "../../../src/store/study_view.ts";
import type { Sent } from "./machine.ts";
import type { Oracle } from "./oracle.ts";
import { type Claim, shownClaim } from "./people.ts";
import type { SimulatedBox } from "./simulated_box.ts";

/** What a box shows at one moment, through each of its exits. */
export interface Seen {
  studies: Study[];
  appointments: Appointment[];
  attention: Reason[];
  /** By the UID that the box keeps it under. */
  objects: Map<string, { sent: Sent; study: Study; reasons: Reason[] }>;
}

/** Reasons that tell of an object, or of a study, that it may be somebody else's. */
const OF_OBJECTS = [
  ...[
    "another-patient",
    "names-another-patient",
    "uid-used-again",
    "came-again-elsewhere",
    "name-unreadable",
    "birth-date-differs",
  ],
  "sex-differs",
];
const OF_STUDIES = ["taken-from-appointment", "split-from-study"];

/** Days before and after today in which the lives' appointments are. */
const WINDOW = 3;

/** Looks through a box's exits. @returns what it shows, and in `problems` what it must not show */
export async function lookAt(
  box: SimulatedBox,
  oracle: Oracle,
  problems: string[],
  { thorough = false } = {},
): Promise<Seen> {
  const studies = await box.json<Study[]>("/api/studies");
  const attention = await box.json<Reason[]>("/api/attention");
  const appointments = await box.json<Appointment[]>(`/api/appointments?from=${day(-WINDOW)}&to=${day(WINDOW)}`);
  const seen: Seen = { studies, appointments, attention, objects: await objectsIn(box, oracle, studies, problems) };
  const problem = (text: string) => problems.push(`${box.name}: ${text}`);
  await everyObjectIsFound(box, oracle, seen, problem);
  for (const study of studies) lookAtStudy(box, oracle, seen, study, problem);
  await lookAtFilters(box, oracle, seen, problem);
  await lookAtAppointments(box, oracle, seen, problem);
  await lookAtWhatLeaves(box, oracle, seen, problem, thorough);
  await lookAtQueries(box, oracle, seen, problem);
  if (thorough) await lookAtPictures(box, seen, problem);
  return seen;
}

type Problem = (text: string) => void;

async function objectsIn(box: SimulatedBox, oracle: Oracle, studies: Study[], problems: string[]) {
  const objects: Seen["objects"] = new Map();
  for (const study of studies) {
    for (const { sopInstanceUid } of study.series.flatMap(({ instances }) => instances)) {
      if (objects.has(sopInstanceUid)) problems.push(`${box.name}: ${sopInstanceUid} is in two studies`);
      const sent = oracle.find(box, await hashOfObject(box, sopInstanceUid));
      if (sent === undefined) {
        problems.push(`${box.name}: ${sopInstanceUid} has bytes that no machine sent`);
        continue;
      }
      const reasons = study.reasons.filter((reason) => reason.sopInstanceUid === sopInstanceUid);
      objects.set(sopInstanceUid, { sent, study, reasons });
    }
  }
  return objects;
}

/** Each leads once, or is kept as an earlier version of one of the same patient. */
async function everyObjectIsFound(box: SimulatedBox, oracle: Oracle, { objects }: Seen, problem: Problem) {
  const leading = Map.groupBy(objects.values(), ({ sent }) => sent.sha256);
  for (const sent of oracle.objectsOf(box)) {
    const found = leading.get(sent.sha256)?.length ?? 0;
    if (found > 1) problem(`${told(sent)} is listed ${found} times`);
    if (found > 0) continue;
    const versions = box.store.instanceFiles.versions(sent.sopInstanceUid);
    const hashes = await Promise.all(versions.map(async ({ path, dataOffset }) => {
      return hashOf((await Deno.readFile(`${box.box.folder}/archive/${path}`)).subarray(dataOffset));
    }));
    if (!hashes.includes(sent.sha256)) problem(`${told(sent)} was acknowledged and is not found`);
    const inItsPlace = objects.get(sent.sopInstanceUid)?.sent;
    if (inItsPlace !== undefined && oracle.world.conflict(sent.claim, inItsPlace.claim)) {
      // one that came between the two may fit both
      const ofOne = oracle.objectsOf(box).some((other) =>
        other !== sent && other.sopInstanceUid === sent.sopInstanceUid &&
        !oracle.world.conflict(sent.claim, other.claim)
      );
      if (!ofOne) problem(`${told(inItsPlace)} took the place of ${told(sent)}`);
    }
  }
}

function lookAtStudy(box: SimulatedBox, oracle: Oracle, seen: Seen, study: Study, problem: Problem): void {
  const { objects } = seen;
  const shown = shownClaim(study);
  const inside = [...objects.values()].filter((one) => one.study === study);
  for (const one of inside) {
    if (
      !oracle.mayStandUnder(box, one.sent, shown) && !isExcused(one) && !isWaitingAsItCame(one) &&
      !isDoubtKnown(box, oracle, seen, one, shown)
    ) {
      problem(`study ${study.studyInstanceUid} of ${JSON.stringify(shown)} shows ${told(one.sent)} without a reason`);
    }
  }
  // each of those under an appointment is compared with its patient, who may have no birth date
  if (study.appointmentId !== null) return;
  for (const [at, one] of inside.entries()) {
    for (const other of inside.slice(at + 1)) {
      const [first, second] = [one, other].map(({ sent }) => oracle.ruling(box, sent));
      if (first !== undefined || second !== undefined || isExcused(one) || isExcused(other)) continue;
      if (oracle.world.conflict(one.sent.claim, other.sent.claim)) {
        problem(
          `study ${study.studyInstanceUid} shows ${told(one.sent)} and ${told(other.sent)} as one patient's`,
        );
      }
    }
  }
}

export function isExcused({ study, reasons }: { study: Study; reasons: Reason[] }): boolean {
  return reasons.some(({ code }) => OF_OBJECTS.includes(code)) ||
    study.reasons.some(({ code, studyInstanceUid }) => studyInstanceUid !== null && OF_STUDIES.includes(code));
}

/** Back in a study that nobody decides about any more, as whose it says itself, for somebody to look. */
export function isWaitingAsItCame({ sent, study }: { sent: Sent; study: Study }): boolean {
  return study.appointmentId === null && study.decidedPatientId === null && isSaidBy(sent, shownClaim(study));
}

/** The study is shown as one of its objects says, whose doubt is told, or was settled. */
function isDoubtKnown(
  box: SimulatedBox,
  oracle: Oracle,
  { objects }: Seen,
  { study }: { study: Study },
  shown: Claim,
): boolean {
  return [...objects.values()].some((other) =>
    other.study === study && isSaidBy(other.sent, shown) && (
      other.reasons.some(({ code }) => ["birth-date-differs", "sex-differs", "name-unreadable"].includes(code)) ||
      (oracle.ruling(box, other.sent) !== undefined && oracle.mayLeaveAsItCame(box, other.sent))
    )
  );
}

function isSaidBy({ claim }: Sent, shown: Claim): boolean {
  return claim.patientId === shown.patientId && (shown.birthDate === "" || claim.birthDate === shown.birthDate) &&
    (shown.sex === "" || claim.sex === shown.sex);
}

/** Each way to list studies gives those that it should, and no others. */
async function lookAtFilters(box: SimulatedBox, oracle: Oracle, { studies }: Seen, problem: Problem): Promise<void> {
  const uids = async (query: string) =>
    (await box.json<Study[]>(`/api/studies?${query}`)).map(({ studyInstanceUid }) => studyInstanceUid).sort();
  const expect = async (query: string, fits: (study: Study) => boolean) => {
    const wanted = studies.filter(fits).map(({ studyInstanceUid }) => studyInstanceUid).sort();
    const found = await uids(query);
    if (JSON.stringify(found) !== JSON.stringify(wanted)) problem(`${query} lists ${found} and not ${wanted}`);
  };
  await expect("unmatched=true", ({ appointmentId }) => appointmentId === null);
  await expect("unmatched=false", ({ appointmentId }) => appointmentId !== null);
  await expect(`date=${day(0)}`, ({ studyDate }) => studyDate === day(0) || studyDate === "");
  for (const number of new Set(studies.map(({ accessionNumber }) => accessionNumber))) {
    if (number !== "") {
      await expect(`accessionNumber=${number}`, ({ accessionNumber }) => accessionNumber === number);
    }
  }
  for (const id of new Set(studies.map(({ patientId }) => patientId))) {
    if (id === "") continue;
    for (const study of await box.json<Study[]>(`/api/studies?patientId=${id}`)) {
      const one: Claim = { patientId: id, words: null, birthDate: "", sex: "" };
      const other: Claim = { ...one, patientId: study.patientId };
      if (oracle.world.conflict(one, other)) problem(`the studies of ${id} list one of ${study.patientId}`);
    }
  }
}

async function lookAtAppointments(box: SimulatedBox, oracle: Oracle, seen: Seen, problem: Problem): Promise<void> {
  for (const appointment of seen.appointments) {
    const { id, patient, images, reasons } = appointment;
    const shown = claimOfPatient(patient);
    if (oracle.humanOf(shown) === undefined) problem(`appointment ${id} is of ${JSON.stringify(shown)}, who is nobody`);
    const own = await box.json<Appointment>(`/api/appointments/${id}`);
    if (own.images !== images || JSON.stringify(own.reasons) !== JSON.stringify(reasons)) {
      problem(`appointment ${id} is told otherwise alone than in the list`);
    }
    const studies = await box.json<Study[]>(`/api/studies?appointmentId=${id}`);
    const inside = studies.flatMap(({ series }) => series.flatMap(({ instances }) => instances))
      .map(({ sopInstanceUid }) => ({ sopInstanceUid, ...seen.objects.get(sopInstanceUid)! }));
    if (inside.length !== images) problem(`appointment ${id} counts ${images} images and has ${inside.length}`);
    for (const { sopInstanceUid, sent } of inside) {
      const isTold = reasons.some((reason) =>
        reason.sopInstanceUid === sopInstanceUid && OF_OBJECTS.includes(reason.code)
      );
      if (!isTold && !oracle.mayStandUnder(box, sent, shown)) {
        problem(`appointment ${id} of ${JSON.stringify(shown)} counts ${told(sent)} without a reason`);
      }
    }
  }
}

/** The corrected bytes, as every archive, viewer and program gets them, and what is ready to be forwarded. */
async function lookAtWhatLeaves(
  box: SimulatedBox,
  oracle: Oracle,
  seen: Seen,
  problem: Problem,
  overTheWeb: boolean,
): Promise<void> {
  const leaving: { study: string; claim: Claim; excused: boolean; isUnderAppointment: boolean; sent: Sent }[] = [];
  for (const [uid, one] of seen.objects) {
    const file = await leavingFile(box, uid, overTheWeb);
    const { meta, dataOffset } = readFileMeta(file);
    const { dataset } = readDataset(file.subarray(dataOffset), EXPLICIT_LITTLE_ENDIAN);
    const study = dataset.text("StudyInstanceUID");
    if (dataset.text("SOPInstanceUID") !== uid || meta.sopInstanceUid !== uid) {
      problem(`${told(one.sent)} leaves under the UID of another object`);
    }
    if (study !== one.study.studyInstanceUid) problem(`${told(one.sent)} leaves as one of study ${study}`);
    const claim = shownClaim({
      patientId: dataset.text("PatientID"),
      patientName: dataset.text("PatientName"),
      patientBirthDate: dataset.text("PatientBirthDate"),
      patientSex: dataset.text("PatientSex"),
    });
    const isOwn = isSaidBy(one.sent, claim) && oracle.mayLeaveAsItCame(box, one.sent);
    if (!isOwn && !oracle.mayStandUnder(box, one.sent, claim) && !isExcused(one) && !isWaitingAsItCame(one)) {
      problem(`${told(one.sent)} leaves as one of ${JSON.stringify(claim)}`);
    }
    leaving.push({
      ...{ study, claim, excused: isExcused(one), sent: one.sent },
      isUnderAppointment: one.study.appointmentId !== null,
    });
  }
  for (const objects of Map.groupBy(leaving, ({ study }) => study).values()) {
    for (const [at, one] of objects.entries()) {
      for (const other of objects.slice(at + 1)) {
        if (one.isUnderAppointment || one.excused || other.excused || !oracle.world.conflict(one.claim, other.claim)) {
          continue;
        }
        // somebody has looked at one of them and said that it is whose the other is
        if (oracle.areSaidToBeOnes(box, one.sent, other.sent)) continue;
        problem(
          `under one Study Instance UID leave ${told(one.sent)} as ${JSON.stringify(one.claim)} and ` +
            `${told(other.sent)} as ${JSON.stringify(other.claim)}`,
        );
      }
    }
  }
  const held = new Set(seen.attention.filter(({ holds }) => holds !== "").map((reason) => reason.sopInstanceUid));
  for (const { id } of box.store.destinations.all()) {
    for (const { sopInstanceUid } of box.store.destinations.ready(id, 1000)) {
      if (held.has(sopInstanceUid)) problem(`${sopInstanceUid} is held back and ready to be forwarded`);
    }
  }
}

interface DicomJson {
  [tag: string]: { Value?: unknown[] };
}

/** Queries (one code answers C-FIND and QIDO-RS), and the metadata of WADO-RS. */
async function lookAtQueries(box: SimulatedBox, oracle: Oracle, seen: Seen, problem: Problem): Promise<void> {
  const answers = await box.json<DicomJson[]>("/dicom-web/instances?limit=1000");
  if (answers.length !== seen.objects.size) problem(`${answers.length} of ${seen.objects.size} objects can be queried`);
  const metadata: DicomJson[] = [];
  for (const { studyInstanceUid } of seen.studies) {
    metadata.push(...await box.json<DicomJson[]>(`/dicom-web/studies/${studyInstanceUid}/metadata`));
  }
  for (const [exit, found] of [["query", answers], ["metadata", metadata]] as const) {
    for (const answer of found) {
      const one = seen.objects.get(textOf(answer, "00080018"));
      if (one === undefined) {
        problem(`${exit} names an object that is not listed`);
        continue;
      }
      const name = (answer["00100010"]?.Value?.[0] as { Alphabetic?: string } | undefined)?.Alphabetic ?? "";
      const shown = shownClaim({
        patientId: textOf(answer, "00100020"),
        patientName: name,
        patientBirthDate: textOf(answer, "00100030"),
      });
      if (textOf(answer, "0020000D") !== one.study.studyInstanceUid) problem(`${exit} has another study`);
      const isOwn = isSaidBy(one.sent, shown) && oracle.mayLeaveAsItCame(box, one.sent);
      if (
        !isOwn && !oracle.mayStandUnder(box, one.sent, shown) && !isExcused(one) && !isWaitingAsItCame(one) &&
        !isDoubtKnown(box, oracle, seen, one, shown)
      ) {
        problem(`${exit} shows ${told(one.sent)} as one of ${JSON.stringify(shown)}`);
      }
    }
  }
  const studies = await box.json<DicomJson[]>("/dicom-web/studies?limit=1000");
  for (const answer of studies) {
    const study = seen.studies.find(({ studyInstanceUid }) => studyInstanceUid === textOf(answer, "0020000D"));
    if (study?.patientId !== textOf(answer, "00100020")) problem("a study is queried as another patient's");
  }
}

/** A thumbnail is the picture that came: its shade. */
async function lookAtPictures(box: SimulatedBox, { objects }: Seen, problem: Problem): Promise<void> {
  for (const [uid, { sent }] of [...objects].slice(0, 3)) {
    const bytes = new Uint8Array(await (await box.get(`/api/instances/${uid}/frames/1`)).arrayBuffer());
    const { channels } = await sharp(bytes).stats();
    const shade = sent.object.data.at(-1)!;
    if (Math.abs(channels[0]!.mean - shade) > 8) problem(`the picture of ${told(sent)} is another one`);
  }
}

function textOf(answer: DicomJson, tag: string): string {
  return String(answer[tag]?.Value?.[0] ?? "");
}

export function claimOfPatient(patient: Appointment["patient"]): Claim {
  return shownClaim({
    patientId: patient.id,
    patientName: `${patient.lastName}^${patient.firstName}`,
    patientBirthDate: patient.birthDate,
    patientSex: patient.gender === "Female" ? "F" : patient.gender === "Male" ? "M" : "",
  });
}

export function told({ told, claim }: Sent): string {
  return `[${told}: ${claim.patientId || "no id"} ${claim.words?.join(" ") ?? "?"} ${claim.birthDate} ${claim.sex}]`;
}

/** SHA-256 of an object's data set, as its file is kept. */
export async function hashOfObject(box: SimulatedBox, sopInstanceUid: string): Promise<string> {
  const { path, dataOffset } = box.store.instances.find(sopInstanceUid)!;
  return hashOf((await Deno.readFile(`${box.box.folder}/archive/${path}`)).subarray(dataOffset));
}

/** An object's file as it leaves: over the web, or by what answers there. */
async function leavingFile(box: SimulatedBox, uid: string, overTheWeb: boolean): Promise<Uint8Array> {
  if (overTheWeb) {
    const came = new Uint8Array(await (await box.get(`/api/instances/${uid}/file`)).arrayBuffer());
    if (hashOf(came.subarray(readFileMeta(came).dataOffset)) !== await hashOfObject(box, uid)) {
      throw new Error(`The file of ${uid} is another one over the web`);
    }
    return new Uint8Array(await (await box.get(`/api/instances/${uid}/file?corrected=1`)).arrayBuffer());
  }
  const path = `${box.box.folder}/archive/${box.store.instances.find(uid)!.path}`;
  const correction = box.store.corrections.of(uid);
  if (correction === undefined) return await Deno.readFile(path);
  return new Uint8Array(
    await new Response(ReadableStream.from(await correctedFile({ path, correction }))).arrayBuffer(),
  );
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** YYYY-MM-DD, so many days from today. */
export function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}
