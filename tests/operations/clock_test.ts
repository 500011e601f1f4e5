import assert from "node:assert/strict";
import { ClockWatch } from "../../src/operations/clock_watch.ts";
import { Completion } from "../../src/services/completion.ts";
import { Nightly } from "../../src/operations/nightly.ts";
import { LoginLimits } from "../../src/web/login_limits.ts";
import { backUp } from "../../src/backup/backup.ts";
import { FolderTarget } from "../../src/backup/folder_target.ts";
import { snapshotsIn } from "../../src/backup/format.ts";
import { Store } from "../../src/store/store.ts";
import { Box } from "../support/box.ts";
import { addPerson, PASSWORD } from "../support/scanned_study.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

const YEAR = 365 * 86_400_000;

/** Runs `work` while `Date` is off by `offset` milliseconds, which `work` may change: what setting the clock does. */
async function withClock(work: (set: (offset: number) => void) => Promise<void>): Promise<void> {
  const real = Date;
  let offset = 0;
  const now = () => real.now() + offset;
  const Shifted = new Proxy(real, {
    construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
    get: (target, name) => name === "now" ? now : Reflect.get(target, name),
  });
  globalThis.Date = Shifted;
  try {
    await work((to) => offset = to);
  } finally {
    globalThis.Date = real;
  }
}

function openStore(): Store & Disposable {
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-clock-" });
  const store = new Store(`${folder}/sonodesk.sqlite`);
  return Object.assign(store, {
    [Symbol.dispose]: () => {
      store.close();
      Deno.removeSync(folder, { recursive: true });
    },
  });
}

async function appointmentsToday(address: string, cookie: string) {
  const answer = await fetch(`${address}/api/appointments`, { headers: { cookie } });
  const body = await answer.json();
  return { status: answer.status, dates: (body.appointments ?? body).map?.(({ date }: { date: string }) => date) };
}

Deno.test("Clock: who signed in before the network set the clock stays signed in, and today's list follows", () =>
  withClock(async (set) => {
    set(-20 * YEAR); // a box without a battery
    await using box = await Box.start();
    const watch = new ClockWatch(box.store);
    await addPerson(box, "owner", "admin");
    box.send({ date: "2006-11-27" });
    const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
    const login = await fetch(`${address}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "owner", password: PASSWORD }),
    });
    await login.body?.cancel();
    const cookie = login.headers.get("set-cookie")!.split(";")[0]!;
    assert.equal((await appointmentsToday(address, cookie)).status, 200);

    set(0);
    const today = new Date().toLocaleDateString("sv-SE");
    box.send({ date: today });
    watch.look();
    const { status, dates } = await appointmentsToday(address, cookie);
    assert.equal(status, 200, "still signed in");
    assert.deepEqual(dates, [today]);
    set(-20 * YEAR); // and back: the session does not last for twenty years more
    watch.look();
    set(2 * YEAR - 20 * YEAR);
    assert.equal((await appointmentsToday(address, cookie)).status, 401, "two years later it has ended");
  }));

Deno.test("Clock: a program's token made before the network set the clock ends when it was meant to", () =>
  withClock(async (set) => {
    await Promise.resolve();
    using store = openStore();
    const day = 86_400_000;
    const token = { name: "flask", role: "admin" as const, readOnly: true, createdBy: "owner" };
    const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();
    store.apiTokens.add({ ...token, expiresAt: inDays(90) }, "earlier");
    set(-20 * YEAR); // a box without a battery
    let steady = 0;
    const watch = new ClockWatch(store, { wall: () => Date.now(), steady: () => steady });
    store.apiTokens.add({ ...token, expiresAt: inDays(90) }, "new");
    store.apiTokens.add({ ...token, expiresAt: null }, "for ever");
    set(0);
    watch.look();
    const works = (hash: string) => store.apiTokens.findByHash(hash) !== undefined;
    assert.deepEqual(["earlier", "new", "for ever"].map(works), [true, true, true]);
    steady += 89 * day;
    set(89 * day);
    watch.look(); // time that has passed is no jump
    assert.deepEqual(["earlier", "new", "for ever"].map(works), [true, true, true]);
    set(91 * day);
    assert.deepEqual(["earlier", "new", "for ever"].map(works), [false, false, true]);
  }));

Deno.test("Clock: what is old is removed only by a date that can be believed", () => {
  using store = openStore();
  const hour = 3_600_000;
  const day = 24 * hour;
  let [wall, steady] = [Date.UTC(2030, 2, 10), 0];
  let confirmed = false;
  const clocks = { wall: () => wall, steady: () => steady };
  const pass = (time: number) => {
    wall += time;
    steady += time;
    watch.beat();
  };
  const begin = () => new ClockWatch(store, clocks, () => confirmed);
  let watch = begin();
  pass(0);
  assert.equal(watch.isBelievable, false, "the box has just begun");
  pass(2 * hour);
  assert.equal(watch.isBelievable, true);
  wall += 400 * day;
  assert.equal(watch.isBelievable, false, "it was set a moment ago");
  pass(2 * hour);
  assert.equal(watch.isBelievable, false, "it went a year ahead");
  watch = begin();
  pass(2 * hour);
  assert.equal(watch.isBelievable, false, "also after a start");
  confirmed = true;
  pass(2 * hour);
  assert.equal(watch.isBelievable, true, "a time server says so");
  confirmed = false;
  wall -= 30 * day;
  pass(2 * hour);
  assert.equal(watch.isBelievable, false, "it is behind what it has shown");
  for (let days = 0; days < 8; days++) {
    assert.equal(watch.isBelievable, false);
    watch = begin(); // the box is off at night
    pass(3 * hour);
    wall += 21 * hour;
  }
  watch = begin();
  pass(3 * hour);
  assert.equal(watch.isBelievable, true, "nobody minded for a week");
  watch = begin();
  wall += 30 * day;
  pass(0);
  pass(2 * hour);
  assert.equal(watch.isBelievable, false, "a month ahead after the box was off");
  for (let days = 0; days < 8; days++) pass(day);
  assert.equal(watch.isBelievable, true);
});

Deno.test("Clock: objects and audit keep their order and their rows through jumps", () =>
  withClock(async (set) => {
    await using box = await Box.start();
    for (const years of [0, 10, -30, 0]) {
      set(years * YEAR);
      assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0, `${years} years`);
      box.store.audit.add("owner", "setting changed", String(years));
    }
    assert.equal(box.store.instanceFiles.totals().count, 4);
    assert.deepEqual((await box.store.audit.verify()).broken, []);
    assert.deepEqual(box.store.audit.latest(4).map(({ subject }) => subject), ["0", "-30", "10", "0"]);
  }));

Deno.test("Clock: the back-off of the sign-in lasts as long as it says, wherever the clock goes", () =>
  withClock(async (set) => {
    await Promise.resolve();
    const limits = new LoginLimits();
    while (limits.begin("owner", "192.168.1.9") === 0);
    for (const years of [-30, 10]) {
      set(years * YEAR);
      const wait = limits.begin("owner", "192.168.1.9");
      assert.ok(wait > 0 && wait <= 300, `${wait} s after ${years} years`);
    }
  }));

Deno.test("Clock: a jump ahead completes no appointment whose images have just come", async () => {
  await using box = await Box.start();
  const { accessionNumber, id } = box.send();
  await send(box.storagePort, ultrasoundObject({ accessionNumber, patientId: "P1" }));
  let steady = 0;
  const completion = new Completion(box.store, 30, () => steady);
  const inAnHour = new Date(Date.now() + 3_600_000);
  completion.look(inAnHour);
  assert.equal(box.store.appointments.get(id).status, "images received");
  steady = 31 * 60_000;
  completion.look(inAnHour);
  assert.equal(box.store.appointments.get(id).status, "completed", "and does when the time has really passed");
});

/** What the night's work of a box does, hour by hour. */
async function nights(store: Store, looks: [time: Date, ranFor: number][], work = () => Promise.resolve()) {
  const runs: string[] = [];
  let [now, ran] = [new Date(), 0];
  const nightly = new Nightly(store.settings, () => ran, async () => {
    runs.push(`${now.getDate()}. ${now.getHours()}`);
    await work();
  });
  for (const [time, ranFor] of looks) {
    [now, ran] = [time, ranFor];
    nightly.look(now);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await nightly.stop();
  return runs;
}

Deno.test("Clock: the night's work runs once a night, also when the clock goes over the hour twice", async () => {
  using store = openStore();
  const hours = [1, 2, 2, 1, 2, 3, 4];
  const twice = hours.map((hour) => [new Date(2026, 9, 25, hour, 30), Infinity] as [Date, number]);
  assert.deepEqual(await nights(store, twice), ["25. 2"]);
  assert.deepEqual(await nights(store, twice), [], "nor after a restart in that night");
  assert.deepEqual(await nights(store, [[new Date(2026, 9, 26, 2), 0]]), ["26. 2"]);
});

Deno.test("Clock: a night that the box was off for is made up for by day, once it has run for an hour", async () => {
  using store = openStore();
  const [minute, hour] = [60_000, 3_600_000];
  const at = (day: number, hours: number, ranFor: number) => [new Date(2026, 9, day, hours), ranFor] as [Date, number];
  assert.deepEqual(await nights(store, [at(1, 9, minute), at(1, 10, hour), at(1, 11, 2 * hour)]), ["1. 10"]);
  assert.deepEqual(await nights(store, [at(2, 1, 9 * hour), at(2, 9, minute), at(2, 10, hour)]), ["2. 10"]);
  assert.deepEqual(await nights(store, [at(2, 12, hour)]), [], "a second start on that day");
  assert.deepEqual(await nights(store, [at(3, 1, hour), at(3, 3, hour)]), ["3. 3"], "there was no two o'clock");
});

Deno.test("Clock: a night's work that the box's stop broke off is done again, one that failed is not, until the next", async () => {
  using store = openStore();
  const night = new Date(2026, 9, 1, 2);
  const broken = new Nightly(
    store.settings,
    () => 0,
    (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  );
  broken.look(night);
  await broken.stop();
  const fails = () => Promise.reject(new Error("no room"));
  assert.deepEqual(await nights(store, [[night, 0], [night, 0]], fails), ["1. 2"]);
  assert.deepEqual(await nights(store, [[new Date(2026, 9, 2, 2), 0]]), ["2. 2"]);
  // a clock that was years ahead
  assert.deepEqual(await nights(store, [[new Date(2030, 0, 1, 2), 0], [new Date(2026, 9, 3, 2), 0]]), ["1. 2", "3. 2"]);
});

Deno.test("Clock: a backup made while the clock was wrong is still the latest", () =>
  withClock(async (set) => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-clock-" });
    Deno.mkdirSync(`${folder}/data`);
    new Store(`${folder}/data/sonodesk.sqlite`).close();
    const options = { data: `${folder}/data`, folder: `${folder}/usb` };
    await backUp(options);
    set(-30 * YEAR);
    const { name } = await backUp(options);
    assert.equal((await snapshotsIn(new FolderTarget(options.folder))).at(-1), name);
    await Deno.remove(folder, { recursive: true });
  }));

Deno.test("Clock: a file without a row is found at the start also when the clock shows an earlier year", () =>
  withClock(async (set) => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-clock-" });
    const first = await Box.start({ data: folder });
    const object = ultrasoundObject();
    await send(first.storagePort, object);
    const { path } = first.store.instances.find(object.sopInstanceUid)!;
    await first.appliance.stop();
    for (const { name } of Deno.readDirSync(folder)) {
      if (name.startsWith("sonodesk.sqlite")) Deno.removeSync(`${folder}/${name}`);
    }
    new Store(`${folder}/sonodesk.sqlite`).close(); // without any, a person is asked
    set(-30 * YEAR);
    const box = await Box.start({ data: folder });
    await box.until("it is indexed again", () => box.store.instances.find(object.sopInstanceUid)?.path === path);
    await box.appliance.stop();
    await Deno.remove(folder, { recursive: true });
  }));
