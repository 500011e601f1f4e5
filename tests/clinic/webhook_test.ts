import assert from "node:assert/strict";
import { signatureOf, Webhook } from "../../src/clinic/webhook.ts";
import { Store } from "../../src/store/store.ts";
import { Backoff } from "../../src/timing/backoff.ts";
import { HearingProgram, SECRET } from "./hearing_program.ts";
import { until } from "../support/until.ts";

/** A box's store with what tells the program, without machines, pages and a clinic's database. */
class TellingBox implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sonodesk-webhook-" });
  readonly current: { webhook: string; webhookSecret: string };
  store = this.#open();
  webhook = this.#make();

  constructor(address: string) {
    this.current = { webhook: address, webhookSecret: SECRET };
  }

  #open(): Store {
    return new Store(`${this.folder}/sonodesk.sqlite`);
  }

  #make(): Webhook {
    return new Webhook(this.store, this, new Backoff(20, 100));
  }

  /** As a box that was restarted. */
  async restart(): Promise<void> {
    await this.webhook.stop();
    this.store.close();
    this.store = this.#open();
    this.webhook = this.#make();
    this.webhook.start();
  }

  /** Books a walk-in, which the program is told. */
  book(id: string): void {
    const patient = { id: `P-${id}`, firstName: "Priya", lastName: "Sharma", birthDate: null, gender: "", phone: "" };
    const when = { date: "2026-11-29", time: "10:00:00" };
    this.store.appointments.add({ id, patient, ...when, doctor: "", department: "", description: "" }, "box");
  }

  async [Symbol.asyncDispose]() {
    await this.webhook.stop();
    this.store.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("Webhook: signed as the standard's own example is", () => {
  // the vector that the Standard Webhooks libraries are tested with
  assert.equal(
    signatureOf(SECRET, 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'),
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

Deno.test("Webhook: a program that is away hears everything later, in its order, each under one id, and no name", async () => {
  await using program = new HearingProgram();
  await using box = new TellingBox(program.address);
  box.book("before");
  box.webhook.start();
  await until("telling has begun", () => box.store.settings.get("webhook.began") !== undefined);
  for (const n of [1, 2, 3]) box.book(`walk-in-${n}`);
  await until("the first is tried", () => (box.store.webhookMessages.next()?.attempts ?? 0) > 1);
  assert.equal(box.webhook.status().state, "behind");
  assert.ok(box.store.webhookMessages.next()!.error !== "");
  program.open();
  await until("three are heard", () => box.webhook.status().waiting === 0);
  // one whose answer is lost comes again under the same id
  let lost = 1;
  program.answers = () => lost-- > 0 ? new Response(null, { status: 503 }) : new Response("taken");
  box.book("walk-in-4");
  await until("it is taken", () => program.heard.length === 5 && box.webhook.status().state === "well");
  const ids = program.heard.map(({ id }) => id);
  assert.equal(new Set(ids).size, 4);
  assert.deepEqual(
    [...new Map(program.heard.map((one) => [one.id, one])).values()].map(({ type, data }) => [type, data.appointment]),
    [1, 2, 3, 4].map((n) => ["appointment.booked", `walk-in-${n}`]),
    "and nothing of before",
  );
  assert.doesNotMatch(JSON.stringify(program.heard), /Priya|Sharma|P-walk/);
});

Deno.test("Webhook: a box that is restarted in the middle of an answer goes on with that message", async () => {
  await using program = new HearingProgram();
  program.open();
  await using box = new TellingBox(program.address);
  box.webhook.start();
  await until("telling has begun", () => box.store.settings.get("webhook.began") !== undefined);
  let answer = () => {};
  program.answers = () => new Promise((resolve) => answer = () => resolve(new Response("late")));
  box.book("1");
  box.book("2");
  await until("the first is asked", () => program.heard.length === 1);
  await box.webhook.stop();
  program.answers = () => new Response("taken");
  answer();
  await box.restart();
  await until("both are taken", () => box.store.webhookMessages.latest(9).every(({ state }) => state === "delivered"));
  assert.deepEqual(program.heard.map(({ data }) => data.appointment), ["1", "1", "2"]);
  assert.equal(program.heard[0]!.id, program.heard[1]!.id);
});

Deno.test("Webhook: a message that is refused for good is given up, holds up nothing, and is sent again on a tap", async () => {
  await using program = new HearingProgram();
  program.open();
  await using box = new TellingBox(program.address);
  box.webhook.start();
  await until("telling has begun", () => box.store.settings.get("webhook.began") !== undefined);
  let refuses = true;
  program.answers = (type) =>
    // a page that leads to a login has not taken it either
    refuses && type === "appointment.booked"
      ? new Response(null, { status: 302, headers: { location: "/login" } })
      : new Response(null, { status: 200 });
  box.book("1");
  box.store.worklistItems.send("1", null, "reception");
  await until("the second has arrived", () => program.heard.some(({ type }) => type === "appointment.status"));
  const [second, first] = box.store.webhookMessages.latest(2);
  assert.deepEqual([first!.state, first!.attempts, first!.status], ["failed", 5, 302]);
  assert.equal(second!.type, "appointment.status");
  assert.equal(program.heard.at(-1)!.data.status, "sent");
  refuses = false;
  assert.equal(box.webhook.again(first!.id), true);
  assert.equal(box.webhook.again(first!.id), false, "it waits already");
  await until("it is taken", () => box.store.webhookMessages.latest(2).every(({ state }) => state === "delivered"));
  assert.equal(box.webhook.again(first!.id), false, "it was taken");
});

Deno.test("Webhook: nothing goes out without a secret, and nothing of a time when nobody was to be told", async () => {
  await using program = new HearingProgram();
  program.open();
  await using box = new TellingBox(program.address);
  box.current.webhookSecret = "";
  box.webhook.start();
  await until("telling has begun", () => box.store.settings.get("webhook.began") !== undefined);
  box.book("1");
  await until("it waits", () => box.webhook.status().waiting === 1);
  assert.equal(box.webhook.status().state, "no secret");
  assert.equal((await box.webhook.test()).ok, false);
  box.current.webhookSecret = SECRET;
  box.store.settings.set("SONODESK_WEBHOOK_SECRET", SECRET);
  await until("it is heard", () => program.heard.length === 1);

  box.current.webhook = "";
  box.store.settings.remove("SONODESK_WEBHOOK");
  await until("telling has ended", () => box.store.settings.get("webhook.began") === undefined);
  box.book("2");
  box.current.webhook = program.address;
  box.store.settings.set("SONODESK_WEBHOOK", program.address);
  await until("it has begun again", () => box.store.settings.get("webhook.began") !== undefined);
  box.book("3");
  await until("the third is heard", () => program.heard.length === 2);
  assert.deepEqual(program.heard.map(({ data }) => data.appointment), ["1", "3"]);
  assert.deepEqual(await box.webhook.test().then(({ ok, coded }) => [ok, coded?.code]), [true, "webhook-taken"]);
});
