import type { Browser, Page } from "playwright-core";
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
import { openPage, SCREENS, startChromium, useCookie } from "../browser/chromium.ts";
import { FlaskClinic } from "../clinic/flask_clinic.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";
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
/** How often the clinic's database is pulled off in the run, and for which part of the time between. */
const OUTAGES = 6;
const AWAY = 0.3;

interface Times {
  seen: number[];
  stored: number[];
  /** Acknowledged → fetched by a page that asks for every thumbnail; negative where it was quicker than the answer. */
  shown: number[];
  /** Acknowledged → drawn in Chromium; the kiosk draws what is in view. */
  drawn: number[];
  /** Sent → said on the kiosk that a machine has seen it. */
  said: number[];
}

interface Look {
  memory: number;
  waiting: number;
  outbox: number;
  page: number;
}

/**
 * A day, or a part of one, in fast motion, against the box as a process of its own: the clinic books in its database,
 * which goes down and comes up; reception sends over HTTP; machines ask and store; one page fetches each thumbnail that
 * is announced, and the kiosk is open in Chromium.
 *
 * @param seconds how long it runs
 * @param speed how much faster than a real day
 */
export async function benchDay(seconds = 60, speed = 10): Promise<void> {
  const appointments = Math.max(MACHINES, Math.round(DAY.appointments * seconds * speed / DAY.seconds));
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-day-" });
  const webPort = freePort();
  await using server = await PostgresServer.start();
  await using clinic = await FlaskClinic.create(server);
  const browser = await startChromium();
  try {
    await using box = await BoxProcess.start(folder, {
      SONODESK_ASSOCIATIONS_PER_ADDRESS: "20", // all machines are on this one
      SONODESK_WEB_PORT: webPort,
      SONODESK_ADMIN_USERNAME: "owner",
      SONODESK_ADMIN_PASSWORD: "bench",
      SONODESK_CLINIC_DATABASE_URL: clinic.url,
      SONODESK_LOCK_SECONDS: "0",
    });
    const web = await Reception.open(`http://127.0.0.1:${webPort}`);
    const booked: string[] = [];
    for (let number = 0; number < appointments; number++) {
      const id = await clinic.book({
        patientId: `B${number}`,
        firstName: "Day",
        lastName: `Bench${number}`,
        time: new Date(number * 86_000_000 / appointments).toISOString().slice(11, 16),
      });
      booked.push(id);
    }
    await web.until(appointments);
    const times: Times = { seen: [], stored: [], shown: [], drawn: [], said: [] };
    const acknowledged = new Map<string, number>();
    const fetched = new Map<string, number>();
    const sent = new Map<string, number>();
    const kiosk = await Kiosk.open(browser, web);
    const looks: Look[] = [];
    let over = false;
    const events = (await web.ask("/api/events")).body!.getReader();
    const listening = watch(web, events, fetched);
    const looking = (async () => {
      while (!over) {
        const [waiting, outbox] = await web.metrics("sonodesk_follower_depth", "sonodesk_outbox_depth");
        looks.push({ memory: box.memory, waiting: waiting!, outbox: outbox!, page: await kiosk.memory() });
        await pause(LOOK_EVERY);
      }
    })();
    const trouble = (async () => {
      for (let outage = 0; outage < OUTAGES; outage++) {
        await pause(seconds * 1000 / OUTAGES * (1 - AWAY));
        await server.kill();
        await pause(seconds * 1000 / OUTAGES * AWAY);
        await server.up();
      }
    })();
    const apart = seconds * 1000 / appointments;
    const queue = Array.from({ length: MACHINES }, (): Promise<void> => Promise.resolve());
    for (const [number, id] of booked.entries()) {
      sent.set(id, now());
      const { accessionNumber } = await web.send(id);
      const machine = number % MACHINES;
      queue[machine] = queue[machine]!.then(() =>
        examine(box, machine, accessionNumber, sent.get(id)!, apart, times, acknowledged)
      );
      await pause(apart);
    }
    await Promise.all(queue);
    await trouble;
    for (let tries = 0; fetched.size < appointments * DAY.imagesEach && tries < 100; tries++) await pause(100);
    for (let tries = 0; (await web.metrics("sonodesk_outbox_depth"))[0]! > 0 && tries < 600; tries++) await pause(100);
    over = true;
    await looking;
    await events.cancel();
    await listening;
    const { drawn, said } = await kiosk.times();
    const since = (at: number, uid: string) => acknowledged.has(uid) ? [at - acknowledged.get(uid)!] : [];
    times.shown = [...fetched].flatMap(([uid, at]) => since(at, uid));
    times.drawn = drawn.flatMap(([uid, at]) => since(at, uid));
    for (const [id, at] of said) if (sent.has(id)) times.said.push(at - sent.get(id)!);
    const [told] = await clinicHas(clinic);
    const [left] = await web.metrics("sonodesk_outbox_depth");
    report(times, looks, { seconds, speed, appointments, expected: appointments * DAY.imagesEach });
    console.log(
      `  the clinic's database was away ${OUTAGES} times; at the end it has ${told} images, ${left} events wait`,
    );
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function clinicHas(clinic: FlaskClinic): Promise<number[]> {
  await clinic.reconnect();
  const [row] = await clinic.sql`SELECT count(*)::int AS images FROM dicom_images`;
  return [row!.images];
}

/** The wall clock, milliseconds with fractions: the browser's and ours are one. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** The kiosk in Chromium, which notes when it draws a picture and when it says that a machine has seen somebody. */
class Kiosk {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(browser: Browser, web: Reception): Promise<Kiosk> {
    const { page } = await openPage(browser, SCREENS.wide);
    await useCookie(page, web.address, web.cookie);
    await page.addInitScript(() => {
      const drawn: [string, number][] = [];
      const said: [string, number][] = [];
      Object.assign(globalThis, { drawn, said });
      const now = () => performance.timeOrigin + performance.now();
      const known = new Set<string>();
      document.addEventListener("load", ({ target }) => {
        const uid = target instanceof HTMLImageElement && /instances\/([\d.]+)\/thumbnail/.exec(target.src)?.[1];
        if (!uid || known.has(uid)) return;
        known.add(uid);
        requestAnimationFrame(() => drawn.push([uid, now()]));
      }, { capture: true });
      new MutationObserver(() => {
        for (const row of document.querySelectorAll<HTMLElement>(".row.is-seen-by-machine, .row.is-in-progress")) {
          const id = row.dataset.id!;
          if (known.has(id)) continue;
          known.add(id);
          requestAnimationFrame(() => said.push([id, now()]));
          // pictures are shown of whoever is chosen: this desk follows who is being scanned
          row.querySelector<HTMLElement>(".row-button")?.click();
        }
      }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
    });
    await page.goto(web.address);
    await page.locator(".row").first().waitFor();
    return new Kiosk(page);
  }

  /** Of the page's scripts, megabytes. */
  memory(): Promise<number> {
    return this.#page.evaluate(() =>
      (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6
    );
  }

  times(): Promise<{ drawn: [string, number][]; said: [string, number][] }> {
    return this.#page.evaluate(() => {
      const { drawn, said } = globalThis as unknown as { drawn: [string, number][]; said: [string, number][] };
      return { drawn, said };
    });
  }
}

/** What a receptionist's page asks of the box. */
class Reception {
  readonly address: string;
  readonly cookie: string;

  private constructor(address: string, cookie: string) {
    this.address = address;
    this.cookie = cookie;
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
      headers: { cookie: this.cookie, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  /** Waits until so many bookings have come from the clinic. */
  async until(count: number): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      const found = await (await this.ask(`/api/appointments?date=${localDate(new Date())}`)).json();
      if (found.length >= count) return;
      await pause(100);
    }
    throw new Error("The clinic's bookings did not come within a minute");
  }

  async send(id: string): Promise<{ accessionNumber: string }> {
    return await (await this.ask(`/api/appointments/${id}/send`, {})).json();
  }

  async metrics(...names: string[]): Promise<number[]> {
    const text = await (await this.ask("/metrics")).text();
    return names.map((name) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? 0));
  }
}

/** The kiosk's part: each image that is announced is fetched as a thumbnail. Resolves once the events have ended. */
async function watch(
  web: Reception,
  events: ReadableStreamDefaultReader<Uint8Array>,
  fetched: Map<string, number>,
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
      if (uid !== undefined) void show(web, uid, fetched);
    }
  }
}

async function show(web: Reception, uid: string, fetched: Map<string, number>): Promise<void> {
  await (await web.ask(`/api/instances/${uid}/thumbnail`)).arrayBuffer();
  if (!fetched.has(uid)) fetched.set(uid, now());
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
  times.seen.push(now() - sent);
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
    acknowledged.set(uid, now());
  };
  for (let image = 0; image < DAY.imagesEach; image++) {
    const object = ultrasoundObject({
      ...{ patientId, patientName: item.patientName, accessionNumber, studyInstanceUid, seriesInstanceUid },
      ...{ pixels: 64 * ROWS, shade: image * 12 },
    });
    // the machines work side by side, so that each has as many times as long; the first image takes its time as well
    await pause(apart * MACHINES / DAY.imagesEach * 0.8);
    await store(ULTRASOUND_IMAGE, object.sopInstanceUid, object.data);
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
  looks: Look[],
  { seconds, speed, appointments, expected }: Record<"seconds" | "speed" | "appointments" | "expected", number>,
): void {
  const at = (values: number[], part: number) =>
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;
  const row = (name: string, values: number[]) => ({
    time: name,
    count: values.length,
    median: milliseconds(at(values, 0.5)),
    p95: milliseconds(at(values, 0.95)),
    p99: milliseconds(at(values, 0.99)),
    most: milliseconds(at(values, 1)),
  });
  table(`${seconds} s of a day at ${speed} × real time: ${appointments} appointments, ${MACHINES} machines`, [
    row(`sent → on the machine's list (asked each ${ASK_EVERY} ms)`, times.seen),
    row("sent → the kiosk says that a machine has it", times.said),
    row("C-STORE → acknowledged", times.stored),
    row(`acknowledged → thumbnail fetched (of ${expected})`, times.shown),
    row("acknowledged → drawn on the kiosk, where it is in view", times.drawn),
  ]);
  const quarters = (values: number[]) =>
    [0, 1, 2, 3, 4].map((n) => values[Math.floor((values.length - 1) * n / 4)]!.toFixed(0)).join(", ");
  console.log(`\n  memory of the box at each quarter: ${quarters(looks.map(({ memory }) => memory))} MB`);
  console.log(`  memory of the kiosk's scripts at each quarter: ${quarters(looks.map(({ page }) => page))} MB`);
  console.log(`  most objects waiting for their thumbnail: ${Math.max(...looks.map(({ waiting }) => waiting))}`);
  console.log(`  most events waiting for the clinic's database: ${Math.max(...looks.map(({ outbox }) => outbox))}`);
}

function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}
