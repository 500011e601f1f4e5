import assert from "node:assert/strict";
import { Hono } from "hono";
import { say } from "../../src/sentences.ts";
import { EventHub } from "../../src/web/event_hub.ts";
import { eventRoutes } from "../../src/web/api/events.ts";
import type { WebEnv } from "../../src/web/context.ts";
import type { Parts } from "../../src/web/parts.ts";
import type { Problem } from "../../src/web/problem.ts";
import type { SignedIn } from "../../src/web/sign_ins.ts";
import { TestBox, today } from "../support/web_box.ts";

const PAGE = { session: "s", user: "u", address: "127.0.0.1" };
const LIMITS = { ownScreen: 0, perSession: 10, perUser: 10, perAddress: 10 };

interface Event {
  name: string;
  // deno-lint-ignore no-explicit-any
  data: any;
}

/** Reads events until `enough` says so. */
async function read(answer: Response, enough: (events: Event[]) => boolean): Promise<Event[]> {
  const events: Event[] = [];
  let text = "";
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  while (!enough(events)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const name = /^event: (.+)$/m.exec(block)?.[1];
      if (name) events.push({ name, data: JSON.parse(/^data: (.+)$/m.exec(block)![1]!) });
    }
  }
  await reader.cancel();
  return events;
}

const named = (name: string) => (events: Event[]) => events.some((event) => event.name === name);

Deno.test("Events: hello first, then what reception did, with the whole appointment", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const answer = await box.fetch("/api/events", { cookie });
  assert.match(answer.headers.get("content-type")!, /^text\/event-stream/);
  const reading = read(answer, (events) => events.some(({ data }) => data.appointment?.status === "sent"));
  const sent = await box.fetch(`/api/appointments/${appointment.id}/send`, { cookie, method: "POST" });
  await sent.body?.cancel();
  const events = await reading;
  assert.equal(events[0]!.name, "hello");
  assert.match(events[0]!.data.serverId, /^[0-9a-f-]{36}$/);
  const event = events.findLast(({ name }) => name === "appointment")!;
  assert.equal(event.data.id, appointment.id);
  assert.equal(event.data.appointment.patient.lastName, "Rao");
  await box.stop();
});

Deno.test("Events: an image that arrives names its appointment and frames; outbox rows are not told", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const answer = await box.fetch("/api/events", { cookie });
  const reading = read(answer, named("instance"));
  const uid = await box.receive({
    studyInstanceUid: appointment.studyInstanceUid,
    patientId: "P-1",
    patientName: "Rao^Asha",
  }, { frames: 30 });
  const events = await reading;
  assert.deepEqual(events.find(({ name }) => name === "instance")!.data, {
    noun: "instance",
    id: uid,
    studyInstanceUid: appointment.studyInstanceUid,
    appointmentId: appointment.id,
    frames: 30,
  });
  assert.equal(named("outbox event")(events), false);
  await box.stop();
});

Deno.test("Events: a burst about one appointment is told once", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const answer = await box.fetch("/api/events", { cookie });
  const reading = read(answer, named("machine"));
  // all in one turn, so that no timer can run between them
  for (let n = 0; n < 20; n++) {
    box.store.appointments.record(appointment.id, "image received", say("received-from", { machine: "US-1" }));
  }
  box.store.machines.heard("US-2", "10.0.0.2");
  const events = await reading;
  assert.equal(events.filter(({ name }) => name === "appointment").length, 1);
  await box.stop();
});

Deno.test("Events: signing out ends the stream, a closed page is forgotten", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const answer = await box.fetch("/api/events", { cookie });
  const reading = read(answer, () => false);
  await box.fetch("/api/session", { cookie, method: "DELETE" });
  assert.equal((await reading)[0]!.name, "hello");
  await box.stop();
});

Deno.test("Events: the box says now and then that it is there, so that a page knows when it is not", async () => {
  const box = await TestBox.start();
  const hub = new EventHub(box.store, "1", undefined, 20);
  let heard = "";
  for await (const bytes of hub.open(PAGE, () => true) as ReadableStream<Uint8Array>) {
    heard += new TextDecoder().decode(bytes);
    if (heard.split("event: alive\n").length > 2) break;
  }
  hub.close();
  await box.stop();
});

Deno.test("Events: listeners are bounded, and one that does not read is let go", async () => {
  const box = await TestBox.start();
  const hub = new EventHub(box.store, "1", { ...LIMITS, clients: 3, waiting: 2 });
  const streams = [1, 2, 3].map(() => hub.open(PAGE, () => true) as ReadableStream<Uint8Array>);
  assert.equal(hub.open(PAGE, () => true), "all");
  await streams[0]!.cancel();
  await streams[1]!.cancel();
  assert.equal(hub.clients, 1);
  // the one left does not read: when its queue is full it is dropped, and its stream ends
  const { promise: dropped, resolve } = Promise.withResolvers<void>();
  const knocking = setInterval(() => {
    if (hub.clients === 0) resolve();
    else box.store.machines.heard("US-2", "10.0.0.2");
  }, 10);
  await dropped;
  clearInterval(knocking);
  const left = await new Response(streams[2]).text();
  assert.equal(left.split("event: ").length - 1, 2, "what was queued is still delivered, then it ends");
  hub.close();
  await box.stop();
});

Deno.test("Events: hello and each sign of life say the box's time and day", async () => {
  const box = await TestBox.start();
  const hub = new EventHub(box.store, "1", undefined, 20);
  const answer = new Response(hub.open(PAGE, () => true) as ReadableStream<Uint8Array>);
  const events = await read(answer, named("alive"));
  for (const name of ["hello", "alive"]) {
    const { data } = events.find((event) => event.name === name)!;
    assert.ok(Math.abs(Date.parse(data.now) - Date.now()) < 60_000, data.now);
    assert.equal(data.today, today());
  }
  hub.close();
  await box.stop();
});

Deno.test("Events: with every place of the others taken, the box's own screen still has its own", async () => {
  const box = await TestBox.start();
  const hub = new EventHub(box.store, "1");
  const open: unknown[] = [];
  const listen = (address: string, user: string, session: string) => hub.open({ address, user, session }, () => true);
  for (let n = 0; n < 24; n++) open.push(listen("192.168.1.9", "anna", `s${n % 4}`));
  assert.ok(open.every((one) => one instanceof ReadableStream));
  assert.equal(listen("192.168.1.10", "anna", "other"), "user");
  assert.ok(listen("127.0.0.1", "anna", "own") instanceof ReadableStream, "anna has 24 pages elsewhere");
  for (let n = 0; n < 60; n++) listen(`192.168.2.${n}`, `user ${n}`, `session ${n}`);
  assert.equal(listen("192.168.3.1", "one more", "one more"), "all");
  assert.ok(listen("127.0.0.1", "reception", "own screen") instanceof ReadableStream);
  hub.close();
  await box.stop();
});

Deno.test("Events: a page too many is told so at once, with a code that says whose they are", async (t) => {
  const box = await TestBox.start();
  const cases = [
    [{ perUser: 0 }, "192.168.1.9", 429, "too-many-pages-of-user"],
    [{ perAddress: 0 }, "192.168.1.9", 429, "too-many-pages-of-address"],
    [{ clients: 4, ownScreen: 4 }, "192.168.1.9", 503, "too-many-pages"],
    [{ clients: 0 }, "127.0.0.1", 503, "too-many-pages"],
  ] as const;
  for (const [limits, address, status, code] of cases) {
    await t.step(`${code}, at ${address}`, async () => {
      const hub = new EventHub(box.store, "1", { ...LIMITS, clients: 9, waiting: 9, ...limits });
      const signedIn = { tokenHash: "s", user: { id: "u" } } as SignedIn;
      const app = new Hono<WebEnv>();
      const parts = { events: hub, signIns: { isStill: () => true } } as unknown as Parts;
      app.get("/api/events", (context) => {
        context.set("signedIn", signedIn);
        return eventRoutes[0]!.handle(context, parts);
      });
      app.onError((error) => (error as Problem).response());
      const refused = await app.request("/api/events", {}, { address, secure: false });
      const problem = await refused.json();
      assert.deepEqual([refused.status, problem.code], [status, code]);
      assert.equal(refused.headers.get("retry-after"), "10");
      hub.close();
    });
  }
  await box.stop();
});

Deno.test("Events: a restart of the server is a new hello", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const hello = async () => (await read(await box.fetch("/api/events", { cookie }), named("hello")))[0]!.data.serverId;
  const first = await hello();
  assert.equal(await hello(), first);
  await box.restart();
  assert.notEqual(await hello(), first);
  await box.stop();
});
