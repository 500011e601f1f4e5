import type { Appointment } from "../../../src/store/appointment.ts";
import type { Reason } from "../../../src/store/attention.ts";
import type { Study } from "../../../src/store/study_view.ts";
import { nameOf } from "./clinic_events.ts";
import { claimOfPatient, day, hashOfObject, told } from "./exits.ts";
import type { Events, Life } from "./life.ts";
import type { Sent } from "./machine.ts";
import { type Decision, wordsOf } from "./oracle.ts";
import { type Human, shownClaim, wordsOf as wordsOfName } from "./people.ts";
import type { SimulatedBox } from "./simulated_box.ts";

/** Doubts about an object that is filed all the same. */
const NOTICES: readonly string[] = ["name-unreadable", "birth-date-differs", "sex-differs"];

/** What people do at a box: reception, and those who decide whose something is. */
export const DESK_EVENTS: Events = [
  [3, "reception registers a walk-in", walkIn],
  [6, "reception sends to a machine", sends],
  [0.5, "reception recalls", recalls],
  [4, "a person matches", matches],
  [1.5, "a person undoes a match", unmatches],
  [3, "a person moves objects", moves],
  [1, "a person merges two patients", merges],
  [1, "a person corrects a walk-in", corrects],
  [4, "reception wrote the wrong person", editsToAnother],
  [2, "a person settles a reason", settles],
  [4, "a person takes back a decision", takesBack],
];

const REASON = "looked at the pictures";

async function walkIn({ random, world, boxes, oracle, problems, walkIns }: Life): Promise<string> {
  const box = random.pick(boxes);
  const human = world.humans.length === 0 || random.chance(0.6) ? world.born() : random.pick(world.humans);
  // of two with the same first name reception may mean one, whose family name has changed
  const firstOf = ({ names }: Human) => names.at(-1)!.first.latin;
  const others = world.humans.filter((one) => firstOf(one) !== firstOf(human)).flatMap(({ ids }) => [...ids]);
  const typed = random.chance(0.3)
    ? [...human.ids].at(-1)
    : random.chance(0.15) && others.length > 0
    ? random.pick(others)
    : undefined;
  const { last, first } = human.names.at(-1)!;
  const patient = {
    ...{ id: typed, firstName: first.written, lastName: last.written },
    ...{ birthDate: human.birthDate, gender: human.gender },
  };
  const known = typed === undefined ? undefined : box.store.patients.find(typed);
  const isFree = known === undefined;
  // under a known id another family name corrects whose id it is: nobody at a desk does that with a stranger's
  const words = known === undefined ? [] : claimOfPatient(known).words ?? [];
  if (words.includes(first.latin.toLowerCase()) && !words.includes(last.latin.toLowerCase())) {
    return `nobody, for ${human.key} has another family name than ${typed}`;
  }
  const answer = await box.fetch("/api/appointments", { patient, date: day(0), time: "12:00", doctor: "Meera Iyer" });
  const what = `${human.key} ${nameOf(human)}, born ${human.birthDate}, at ${box.name}`;
  if (answer.status === 409) {
    await answer.body?.cancel();
    return `${what} with the typed id ${typed}, refused`;
  }
  const booked: Appointment = await answer.json();
  if (typed === undefined) {
    for (const other of world.humans) {
      if (other.ids.has(booked.patient.id)) problems.push(`the id ${booked.patient.id} was given twice`);
    }
  }
  // an id that nobody here had: it is theirs from now on
  if (isFree) human.ids.add(booked.patient.id);
  const shown = claimOfPatient(booked.patient);
  if (!isFree && !oracle.world.fits(shown, human) && shown.words?.toSorted().join() === nameWordsOf(human)) {
    // reception typed the id of somebody of the very same name, who is booked, with their birth date
    return `${what} with the id of another of that name, who is booked`;
  }
  walkIns.set(booked.id, human);
  if (!oracle.world.fits(claimOfPatient(booked.patient), human)) {
    problems.push(`a walk-in of ${what} with the typed id ${typed} is booked as ${JSON.stringify(booked.patient)}`);
  }
  return `${what} as ${booked.patient.id}`;
}

async function sends(life: Life): Promise<string | undefined> {
  return await onAppointment(life, async (box, { id }) => {
    const answer = await box.fetch(`/api/appointments/${id}/send`, { machineId: null });
    await answer.body?.cancel();
    return answer.ok;
  });
}

async function recalls(life: Life): Promise<string | undefined> {
  return await onAppointment(life, async (box, { id }) => {
    const answer = await box.fetch(`/api/appointments/${id}/recall`, {});
    await answer.body?.cancel();
    return answer.ok;
  });
}

async function onAppointment(
  life: Life,
  act: (box: SimulatedBox, appointment: Appointment) => Promise<boolean>,
): Promise<string | undefined> {
  const box = life.box();
  const appointments = await appointmentsOf(box);
  if (appointments.length === 0) return undefined;
  const appointment = life.random.pick(appointments);
  const { id, patient } = appointment;
  return await act(box, appointment) ? `${id} of ${patient.id} on ${box.name}` : undefined;
}

function appointmentsOf(box: SimulatedBox): Promise<Appointment[]> {
  return box.json<Appointment[]>(`/api/appointments?from=${day(-1)}&to=${day(2)}`);
}

/** While two patients are merged, only who was registered says whose an appointment is. */
function humanOfAppointment({ walkIns, oracle }: Life, id: string, patient: Appointment["patient"]): Human | null {
  return walkIns.get(id) ?? oracle.humanOf(claimOfPatient(patient)) ?? null;
}

/** Objects of a study, as the oracle knows them. */
async function objectsOf({ oracle }: Life, box: SimulatedBox, study: Study): Promise<{ uid: string; sent: Sent }[]> {
  const uids = study.series.flatMap(({ instances }) => instances.map(({ sopInstanceUid }) => sopInstanceUid));
  return (await Promise.all(uids.map(async (uid) => ({ uid, sent: oracle.find(box, await hashOfObject(box, uid)) }))))
    .flatMap(({ uid, sent }) => sent === undefined ? [] : [{ uid, sent }]);
}

/** Somebody decides at a box: what was decided counts from now on, whether it is right or not. */
async function decide(
  life: Life,
  box: SimulatedBox,
  request: [path: string, body: unknown, method?: string],
  decision: Omit<Decision, "box" | "event" | "inForce">,
): Promise<string | undefined> {
  const answer = await box.fetch(...request);
  const text = await answer.text();
  if (answer.status === 409) return undefined;
  if (!answer.ok) throw new Error(`${request[0]}: ${answer.status} ${text}`);
  const { id } = box.store.audit.list({}, 1)[0]!;
  life.decidedSince.add(box);
  life.oracle.decide({ ...decision, box, event: id });
  return `${decision.told} on ${box.name}`;
}

async function matches(life: Life): Promise<string | undefined> {
  const { random, oracle } = life;
  const box = life.box();
  const studies = await box.json<Study[]>("/api/studies?unmatched=true");
  const appointments = await appointmentsOf(box);
  if (studies.length === 0 || appointments.length === 0) return undefined;
  const study = random.pick(studies);
  const fitting = appointments.filter(({ patient }) =>
    !oracle.world.conflict(claimOfPatient(patient), shownClaim(study))
  );
  const { id, patient } = fitting.length > 0 && random.chance(0.7) ? random.pick(fitting) : random.pick(appointments);
  const inside = (await objectsOf(life, box, study)).map(({ sent }) => sent);
  return await decide(life, box, [`/api/studies/${study.studyInstanceUid}/match`, {
    appointmentId: id,
    reason: REASON,
  }], {
    human: humanOfAppointment(life, id, patient),
    objects: new Set(inside),
    words: new Set(inside.map(wordsOf)),
    told: `study …${study.studyInstanceUid.slice(-6)} to ${id} of ${patient.id}`,
    // whatever has come to the study since waits with it
    undone: () => decideAgain(life, box, study.studyInstanceUid, null),
  });
}

/** Taking back a decision decides about whatever is in the study now. */
async function decideAgain(
  life: Life,
  box: SimulatedBox,
  studyInstanceUid: string,
  human: Human | null,
): Promise<void> {
  const study = await box.json<Study>(`/api/studies/${studyInstanceUid}`);
  const objects = (await objectsOf(life, box, study)).map(({ sent }) => sent);
  const words = new Set(objects.map(wordsOf));
  life.oracle.decide({ box, event: 0, human, words, objects: new Set(objects), told: "taken back" });
}

async function unmatches(life: Life): Promise<string | undefined> {
  const box = life.box();
  const studies = await box.json<Study[]>("/api/studies?unmatched=false");
  if (studies.length === 0) return undefined;
  const study = life.random.pick(studies);
  const { appointmentId } = study;
  const inside = (await objectsOf(life, box, study)).map(({ sent }) => sent);
  return await decide(life, box, [`/api/studies/${study.studyInstanceUid}/match`, {}, "DELETE"], {
    human: null,
    objects: new Set(inside),
    words: new Set(inside.filter((sent) => !life.oracle.wasMovedAlone(box, sent)).map(wordsOf)),
    told: `study …${study.studyInstanceUid.slice(-6)} from ${appointmentId}`,
    undone: async () => {
      const { patient } = box.store.appointments.get(appointmentId!);
      await decideAgain(life, box, study.studyInstanceUid, humanOfAppointment(life, appointmentId!, patient));
    },
  });
}

async function moves(life: Life): Promise<string | undefined> {
  const { random } = life;
  const box = life.box();
  const studies = await box.json<Study[]>("/api/studies");
  const appointments = await appointmentsOf(box);
  if (studies.length === 0 || appointments.length === 0) return undefined;
  const study = random.pick(studies);
  const inside = await objectsOf(life, box, study);
  const chosen = random.chance(0.5) ? inside : inside.filter(() => random.chance(0.5));
  if (chosen.length === 0) return undefined;
  const { id, patient } = random.pick(appointments);
  const target = random.pick([{ appointmentId: id }, { appointmentId: id }, { patientId: patient.id }, {}]);
  const isWhole = chosen.length === inside.length;
  const isApart = Object.keys(target).length === 0;
  const objects = chosen.map(({ sent }) => sent);
  const body = { ...target, sopInstanceUids: chosen.map(({ uid }) => uid), reason: REASON };
  return await decide(life, box, [`/api/studies/${study.studyInstanceUid}/move`, body], {
    // a merge may have put somebody else's appointment under the patient
    human: isApart
      ? null
      : "patientId" in target
      ? life.oracle.humanOf(claimOfPatient(patient)) ?? null
      : humanOfAppointment(life, id, patient),
    objects: new Set(objects),
    words: new Set(isWhole ? objects.map(wordsOf) : []),
    isMove: true,
    told:
      `${chosen.length} of ${inside.length} of study …${study.studyInstanceUid.slice(-6)}, ${told(objects[0]!)}, to ` +
      (isApart ? "a study of their own" : JSON.stringify(target)),
  });
}

async function merges(life: Life): Promise<string | undefined> {
  const { random, world, oracle } = life;
  const box = life.box();
  const patients = (await appointmentsOf(box)).map(({ patient }) => patient);
  const [gone, kept] = [random.pick(patients), random.pick(patients)];
  const [one, other] = [gone, kept].map((patient) => patient && oracle.humanOf(claimOfPatient(patient)));
  if (gone === undefined || kept === undefined || one === undefined || other === undefined) return undefined;
  const pair: readonly [Human, Human] = [one, other];
  const studies = (await box.json<Study[]>("/api/studies")).filter(({ patientId }) => patientId === gone.id);
  const inside = (await Promise.all(studies.map((study) => objectsOf(life, box, study)))).flat();
  const merged = await decide(life, box, [`/api/patients/${gone.id}/merge`, { into: kept.id, reason: REASON }], {
    ...{ human: other, objects: new Set(inside.map(({ sent }) => sent)), told: `${gone.id} into ${kept.id}` },
    words: new Set(inside.map(({ sent }) => wordsOf(sent))),
    leavesAsItCame: true,
    undone: () => void world.merged.delete(pair),
  });
  if (merged !== undefined) world.merged.add(pair);
  return merged;
}

async function corrects(life: Life): Promise<string | undefined> {
  const { random, oracle, world } = life;
  const box = life.box();
  const walkIns = (await appointmentsOf(box)).map(({ patient }) => patient)
    .filter(({ id }) => !box.store.appointments.isTheClinics(id));
  if (walkIns.length === 0) return undefined;
  const patient = random.pick(walkIns);
  const human = oracle.humanOf(claimOfPatient(patient));
  if (human === undefined) return undefined;
  const birthDate = random.pick(["1969-07-20", "1990-05-17"]);
  if (!world.correct(human, human.names.at(-1)!, birthDate)) return undefined;
  return await decide(life, box, [`/api/patients/${patient.id}`, { birthDate, reason: REASON }, "PATCH"], {
    ...{ human: null, objects: new Set(), words: new Set(), told: `${patient.id} to born ${birthDate}` },
  });
}

/** The booking of a walk-in is another human's, whom reception describes: perhaps her twin, and perhaps scanned already. */
async function editsToAnother(life: Life): Promise<string | undefined> {
  const { random, world, walkIns, problems } = life;
  const box = life.box();
  const booked = (await appointmentsOf(box)).filter(({ id, source }) => source === "box" && walkIns.has(id));
  if (booked.length === 0) return undefined;
  const sent = booked.filter(({ status }) => status !== "scheduled");
  const { id, patient, studyInstanceUid } = random.pick(sent.length > 0 ? sent : booked);
  const [before, human] = [walkIns.get(id)!, random.chance(0.5) ? world.born() : random.pick(world.humans)];
  if (human === before) return undefined;
  const { last, first } = human.names.at(-1)!;
  const described = {
    ...{ firstName: first.written, lastName: last.written, birthDate: human.birthDate, gender: human.gender },
  };
  const wasOut = box.store.appointments.steps(id).some(({ status }) => status !== "scheduled");
  const answer = await box.fetch(`/api/appointments/${id}`, {
    ...{ patient: described, person: "another", patientWas: patient.id },
  }, "PATCH");
  const what = `${id} on ${box.name} from ${before.key} to ${human.key} ${nameOf(human)}`;
  if (answer.status === 409) {
    await answer.body?.cancel();
    return `${what}, refused`;
  }
  if (!answer.ok) throw new Error(`Edit: ${answer.status} ${await answer.text()}`);
  const edited: Appointment = await answer.json();
  if (edited.patient.id === patient.id) problems.push(`${what} has the id of the first, ${patient.id}`);
  if (wasOut && edited.studyInstanceUid === studyInstanceUid) {
    problems.push(`${what} has the UID that a machine has seen`);
  }
  human.ids.add(edited.patient.id);
  walkIns.set(id, human);
  return `${what} as ${edited.patient.id}`;
}

async function settles(life: Life): Promise<string | undefined> {
  const { random, oracle } = life;
  const box = life.box();
  const reasons = await box.json<Reason[]>("/api/attention");
  if (reasons.length === 0) return undefined;
  const { id, code, sopInstanceUid } = random.pick(reasons);
  const study = sopInstanceUid === null
    ? undefined
    : box.store.studies.summary(box.store.instances.find(sopInstanceUid)?.studyInstanceUid ?? "");
  const sent = sopInstanceUid === null || study === undefined
    ? undefined
    : oracle.find(box, await hashOfObject(box, sopInstanceUid));
  // who settles a doubt about an object says that it is where it belongs
  const appointment = study?.appointmentId ? box.store.appointments.find(study.appointmentId) : undefined;
  const shown = appointment ? claimOfPatient(appointment.patient) : study && shownClaim(study);
  return await decide(life, box, [`/api/attention/${id}/settle`, { reason: REASON }], {
    human: shown && sent ? oracle.humanOf(shown) ?? oracle.ruling(box, sent) ?? null : null,
    objects: new Set(sent ? [sent] : []),
    // what comes later and says the very same of its patient is in no doubt any more
    words: new Set(sent && NOTICES.includes(code) ? [wordsOf(sent)] : []),
    leavesAsItCame: sent === undefined || oracle.mayLeaveAsItCame(box, sent),
    told: `${id} ${code} of ${sent ? told(sent) : "no object"}`,
  });
}

async function takesBack(life: Life): Promise<string | undefined> {
  const { random, oracle } = life;
  const standing = oracle.decisions.filter(({ inForce, event }) => inForce && event !== 0);
  if (standing.length === 0) return undefined;
  // the last one most of the time, as one notices a mistake at once
  const decision = random.chance(0.6) ? standing.at(-1)! : random.pick(standing);
  const { box } = decision;
  const answer = await box.fetch(`/api/audit/${decision.event}/undo`, {});
  await answer.body?.cancel();
  if (answer.status === 409) return undefined;
  if (!answer.ok) throw new Error(`Undo: ${answer.status}`);
  life.decidedSince.add(box);
  decision.inForce = false;
  if (decision.isMove) oracle.restore(decision);
  await decision.undone?.();
  return `${decision.told} on ${box.name}`;
}

function nameWordsOf({ names }: Human): string {
  return wordsOfName(names.at(-1)!).toSorted().join();
}
