import { Dataset } from "../../../src/dicom/dataset.ts";
import { Tag } from "../../../src/dicom/dictionary.ts";
import { send } from "../../support/sender.ts";
import { answersTo } from "../../support/worklist_client.ts";
import { day, told } from "./exits.ts";
import type { Events, Life } from "./life.ts";
import { claimBy, imageOf, newUids, type Scheduled, type Sent, WAYS } from "./machine.ts";
import { type Human, shownClaim } from "./people.ts";
import type { SimulatedBox } from "./simulated_box.ts";

const MACHINE = "US1";

/** What machines and who stands at them do. */
export const MACHINE_EVENTS: Events = [
  [5, "a machine asks for its worklist", asks],
  [14, "a machine sends", scans],
  [1, "a machine sends the same again", repeats],
  [0.4, "a box restarts", async (life) => {
    const box = life.box();
    await box.restart();
    return box.name;
  }],
];

async function asks(life: Life): Promise<string> {
  const box = life.box();
  const identifier = new Dataset()
    .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192")
    .setText(Tag.AccessionNumber, "SH")
    .setText(Tag.PatientName, "PN")
    .setText(Tag.PatientID, "LO")
    .setText(Tag.PatientBirthDate, "DA")
    .setText(Tag.PatientSex, "CS")
    .setText(Tag.StudyInstanceUID, "UI");
  const { answers } = await answersTo(box.box, MACHINE, identifier);
  const lines = answers.map((answer): Scheduled => {
    const patientId = answer.text("PatientID");
    const patientName = answer.text("PatientName");
    const birthDate = answer.text("PatientBirthDate");
    const sex = answer.text("PatientSex");
    return {
      ...{ patientId, patientName, birthDate, sex },
      studyInstanceUid: answer.text("StudyInstanceUID"),
      accessionNumber: answer.text("AccessionNumber"),
      claim: shownClaim({ patientId, patientName, patientBirthDate: birthDate, patientSex: sex }),
    };
  });
  for (const line of lines) {
    for (const unique of [line.studyInstanceUid, line.accessionNumber]) {
      const before = life.seenFor.get(unique);
      if (before !== undefined && life.world.conflict(before.claim, line.claim)) {
        life.problems.push(
          `${box.name} has ${unique} on the worklist for ${JSON.stringify(line.claim)}, a machine has seen it for ` +
            JSON.stringify(before.claim),
        );
      }
      life.seenFor.set(unique, line);
    }
  }
  // a machine keeps lines that have gone from the list
  life.lines.set(box, [...(life.lines.get(box) ?? []).slice(-10), ...lines]);
  return `${lines.length} lines on ${box.name}`;
}

async function scans(life: Life): Promise<string | undefined> {
  const { random, world, oracle } = life;
  const box = life.box();
  const lines = life.lines.get(box) ?? [];
  const line = lines.length > 0 && random.chance(0.75) ? random.pick(lines) : undefined;
  const human = line === undefined ? anybody(life) : oracle.humanOf(line.claim);
  if (human === undefined) return undefined;
  const id = line?.patientId ?? [...human.ids].at(-1) ?? "";
  const others = world.humans.filter((one) => one !== human).flatMap(({ ids }) => [...ids]);
  const way = random.pick(WAYS);
  const header = claimBy(way, human, id, others.length > 0 ? random.pick(others) : "X9", random);
  const earlier = oracle.objectsOf(box);
  const again = <K extends keyof Sent>(name: K, chance: number): Sent[K] | undefined =>
    earlier.length > 0 && random.chance(chance) ? random.pick(earlier)[name] : undefined;
  const accession = line?.accessionNumber ?? "";
  const study = again("claimedStudyUid", line === undefined ? 0.4 : 0.15) ??
    (random.chance(0.9) ? line?.studyInstanceUid : undefined) ?? newUids().studyInstanceUid;
  const series = again("seriesInstanceUid", 0.1) ?? newUids().seriesInstanceUid;
  const accessionNumber = again("accessionNumber", 0.1) ?? (random.chance(0.8) ? accession : "");
  const requestIds = random.chance(0.2) && lines.length > 0
    ? [accession, random.pick(lines).accessionNumber].filter((one) => one !== "")
    : [];
  const sent: Sent[] = [];
  for (let n = 1 + random.below(3); n > 0; n--) {
    const object = imageOf({
      ...header,
      ...{ studyInstanceUid: study, seriesInstanceUid: series, accessionNumber, requestIds },
      sopInstanceUid: again("sopInstanceUid", 0.1) ?? newUids().sopInstanceUid,
      studyDate: random.chance(0.9) ? day(0) : "",
      told: `${human.key}, ${way}`,
    });
    await store(box, object);
    oracle.acknowledged(box, object);
    sent.push(object);
  }
  const { claimedStudyUid, sopInstanceUid } = sent[0]!;
  return `${sent.length} to ${box.name}: ${told(sent[0]!)} study …${claimedStudyUid.slice(-6)} accession ` +
    `${accessionNumber || "none"} first object …${sopInstanceUid.slice(-6)} requests ${requestIds.join(" ") || "none"}`;
}

/** Typed by hand: a patient of the clinic, a walk-in, or somebody whom nobody registered. */
function anybody({ random, world }: Life): Human {
  if (world.humans.length > 0 && random.chance(0.9)) return random.pick(world.humans);
  const doe = { last: { latin: "Doe", written: "Doe" }, first: { latin: "Jane", written: "Jane" } };
  const stranger = world.add(doe, null, "Female");
  stranger.ids.add(`MIX-${world.humans.length}`);
  return stranger;
}

async function repeats(life: Life): Promise<string | undefined> {
  const box = life.box();
  const earlier = life.oracle.objectsOf(box);
  if (earlier.length === 0) return undefined;
  const sent = life.random.pick(earlier);
  await store(box, sent);
  return told(sent);
}

async function store(box: SimulatedBox, sent: Sent): Promise<void> {
  const { status, comment } = await send(box.box.storagePort, sent.object, MACHINE);
  if (status !== 0) throw new Error(`The box refused ${told(sent)}: ${status.toString(16)} ${comment}`);
}
