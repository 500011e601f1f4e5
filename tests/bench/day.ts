import { localDate } from "../../src/dicom/date_time.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { findWorklist } from "../../src/simulator/peer.ts";
import { worklistIdentifier, type WorklistItem, worklistItem } from "../../src/simulator/worklist.ts";
import { BoxProcess } from "../support/box_process.ts";
import { fixtureReport } from "../support/scanned_study.ts";
import { remote } from "../support/sender.ts";
import { freePort } from "../support/servers.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";
import { milliseconds, table } from "./measure.ts";

/** A clinic's day: 300 appointments, 6,000 images and 300 reports in eight hours. */
const DAY = { appointments: 300, seconds: 8 * 3600, imagesEach: 20 };
const MACHINES = 4;
/** How often a machine asks for its list, and how often memory and queues are looked at, milliseconds. */
const ASK_EVERY = 1000;
const LOOK_EVERY = 2000;
/** Rows of 64 pixels of an image: 0.3 MB. */
const ROWS = 4800;

interface Times {
  seen: number[];
  stored: number[];
  shown: number[];
}

/**
 * A part of a day in fast motion, against the box as a process of its own: reception sends over HTTP, machines ask and
 * store, and a page listens to the live events and fetches each thumbnail as the kiosk does.
 *
 * @param seconds how long it runs
 * @param speed how much faster than a real day
 */
export async function benchDay(seconds = 60, speed = 10): Promise<void> {
  const appointments = Math.max(MACHINES, Math.round(DAY.appointments * seconds * speed / DAY.seconds));
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-day-" });
  const webPort = freePort();
  try {
    await using box = await BoxProcess.start(folder, {
      SONODESK_WEB_PORT: webPort,
      SONODESK_ADMIN_USERNAME: "owner",
      SONODESK_ADMIN_PASSWORD: "bench",
    });
    const web = await Reception.open(`http://127.0.0.1:${webPort}`);
    const times: Times = { seen: [], stored: [], shown: [] };
    const acknowledged = new Map<string, number>();
    const looks: { memory: number; depth: number }[] = [];
    let over = false;
    const events = (await web.ask("/api/events")).body!.getReader();
    const kiosk = watch(web, events, times, acknowledged);
    const looking = (async () => {
      while (!over) {
        looks.push({ memory: box.memory, depth: await web.metric("sonodesk_follower_depth") });
        await pause(LOOK_EVERY);
      }
    })();
    const apart = seconds * 1000 / appointments;
    const queue = Array.from({ length: MACHINES }, (): Promise<void> => Promise.resolve());
    for (let number = 0; number < appointments; number++) {
      const accessionNumber = `D${number}`;
      const sent = performance.now();
      await web.book(number, accessionNumber);
      const machine = number % MACHINES;
      queue[machine] = queue[machine]!.then(() =>
        examine(box, machine, accessionNumber, sent, apart, times, acknowledged)
      );
      await pause(apart);
    }
    await Promise.all(queue);
    for (let tries = 0; times.shown.length < appointments * DAY.imagesEach && tries < 100; tries++) await pause(100);
    over = true;
    await looking;
    await events.cancel();
    await kiosk;
    report(times, looks, { seconds, speed, appointments, expected: appointments * DAY.imagesEach });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a receptionist's page asks of the box. */
class Reception {
  readonly address: string;
  readonly #cookie: string;

  private constructor(address: string, cookie: string) {
    this.address = address;
    this.#cookie = cookie;
  }

  static async open(address: string): Promise<Reception> {
    const body = JSON.stringify({ username: "owner", password: "bench" });
    const headers = { "content-type": "application/json" };
    // the page comes up a moment after the DICOM ports
    for (let tries = 0;; tries++) {
      try {
        const answer = await fetch(`${address}/api/session`, { method: "POST", headers, body });
        await answer.body?.cancel();
        return new Reception(address, answer.headers.get("set-cookie")!.split(";")[0]!);
      } catch (error) {
        if (tries > 50) throw error;
        await pause(100);
      }
    }
  }

  async ask(path: string, body?: unknown): Promise<Response> {
    const answer = await fetch(this.address + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { cookie: this.#cookie, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async book(number: number, accessionNumber: string): Promise<void> {
    const now = new Date();
    const answer = await this.ask("/api/appointments", {
      patient: { id: `B${number}`, firstName: "Day", lastName: `Bench${number}`, birthDate: "1990-01-01", gender: "F" },
      doctor: "Doctor",
      department: "Ultrasound",
      date: localDate(now),
      time: now.toTimeString().slice(0, 5),
      accessionNumber,
    });
    const { id } = await answer.json();
    await (await this.ask(`/api/appointments/${id}/send`, {})).body?.cancel();
  }

  async metric(name: string): Promise<number> {
    const text = await (await this.ask("/metrics")).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
  }
}

/** The kiosk's part: each image that is announced is fetched as a thumbnail. Resolves once the events have ended. */
async function watch(
  web: Reception,
  events: ReadableStreamDefaultReader<Uint8Array>,
  times: Times,
  acknowledged: Map<string, number>,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  while (true) {
    const { value, done } = await events.read();
    if (done) return;
    const parts = (text + decoder.decode(value, { stream: true })).split("\n\n");
    text = parts.pop()!;
    for (const event of parts) {
      const uid = /^event: instance\ndata: .*"id":"([^"]+)".*"frames":[1-9]/m.exec(event)?.[1];
      if (uid !== undefined) void show(web, uid, times, acknowledged);
    }
  }
}

async function show(web: Reception, uid: string, times: Times, acknowledged: Map<string, number>): Promise<void> {
  await (await web.ask(`/api/instances/${uid}/thumbnail`)).arrayBuffer();
  const at = acknowledged.get(uid);
  times.shown.push(Math.max(0, performance.now() - (at ?? performance.now())));
}

/** One patient on a machine: found on its list, then twenty images and a report over the time it takes. */
async function examine(
  box: BoxProcess,
  machine: number,
  accessionNumber: string,
  sent: number,
  apart: number,
  times: Times,
  acknowledged: Map<string, number>,
): Promise<void> {
  const title = `BENCH-US-${machine}`;
  let item = await find(box, title, accessionNumber);
  while (item === undefined) {
    await pause(ASK_EVERY);
    item = await find(box, title, accessionNumber);
  }
  times.seen.push(performance.now() - sent);
  const patientId = item.patientId;
  const studyInstanceUid = item.studyInstanceUid;
  const seriesInstanceUid = newUid();
  const reportTree = fixtureReport().setText(Tag.SOPInstanceUID, "UI", newUid())
    .setText(Tag.PatientID, "LO", patientId).setText(Tag.StudyInstanceUID, "UI", studyInstanceUid)
    .setText(Tag.AccessionNumber, "SH", accessionNumber).setText(Tag.SeriesInstanceUID, "UI", newUid());
  const sr = reportTree.text("SOPClassUID");
  const requestor = await Requestor.connect(remote(box.storagePort, title), [
    { abstractSyntax: ULTRASOUND_IMAGE, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
    { abstractSyntax: sr, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const store = async (sopClass: string, uid: string, data: Uint8Array) => {
    const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", sopClass)
      .setText(Tag.AffectedSOPInstanceUID, "UI", uid).setUnsignedShort(Tag.Priority, 0);
    const started = performance.now();
    const { command: answer } = await requestor.request(
      requestor.accepted(sopClass)[0]!.id,
      CommandField.C_STORE,
      command,
      data,
    );
    if (answer.number("Status") !== 0) throw new Error(`The box refused ${uid}`);
    times.stored.push(performance.now() - started);
    acknowledged.set(uid, performance.now());
  };
  for (let image = 0; image < DAY.imagesEach; image++) {
    const object = ultrasoundObject({
      ...{ patientId, patientName: item.patientName, accessionNumber, studyInstanceUid, seriesInstanceUid },
      ...{ pixels: 64 * ROWS, shade: image * 12 },
    });
    await store(ULTRASOUND_IMAGE, object.sopInstanceUid, object.data);
    // the machines work side by side, so that each has as many times as long
    await pause(apart * MACHINES / DAY.imagesEach * 0.8);
  }
  const data = new Uint8Array(writeDataset(reportTree, EXPLICIT_LITTLE_ENDIAN));
  await store(sr, reportTree.text("SOPInstanceUID"), data);
  await requestor.release();
}

async function find(box: BoxProcess, title: string, accessionNumber: string): Promise<WorklistItem | undefined> {
  const peer = {
    host: "127.0.0.1",
    port: Number(box.worklistPort),
    callingAeTitle: title,
    calledAeTitle: "STORESCP",
  };
  const date = localDate(new Date()).replaceAll("-", "");
  const answers = await findWorklist(peer, worklistIdentifier({ modality: "US", date }));
  return answers.map(worklistItem).find((item) => item.accessionNumber === accessionNumber);
}

function report(
  times: Times,
  looks: { memory: number; depth: number }[],
  { seconds, speed, appointments, expected }: Record<"seconds" | "speed" | "appointments" | "expected", number>,
): void {
  const at = (values: number[], part: number) =>
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;
  const row = (name: string, values: number[]) => ({
    time: name,
    count: values.length,
    median: milliseconds(at(values, 0.5)),
    p95: milliseconds(at(values, 0.95)),
    most: milliseconds(at(values, 1)),
  });
  table(`${seconds} s of a day at ${speed} × real time: ${appointments} appointments, ${MACHINES} machines`, [
    row(`sent → on the machine's list (asked each ${ASK_EVERY} ms)`, times.seen),
    row("C-STORE → acknowledged", times.stored),
    row(`acknowledged → thumbnail at the page (of ${expected})`, times.shown),
  ]);
  const memory = looks.map((look) => look.memory);
  const quarter = (n: number) => memory[Math.floor((memory.length - 1) * n / 4)]!.toFixed(0);
  console.log(`\n  memory at each quarter: ${[0, 1, 2, 3, 4].map(quarter).join(", ")} MB`);
  console.log(`  most objects waiting for their thumbnail: ${Math.max(...looks.map(({ depth }) => depth))}`);
}

function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}
