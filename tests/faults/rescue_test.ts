import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Appliance } from "../../src/appliance.ts";
import { RESTORING } from "../../src/backup/restore.ts";
import { backUp } from "../../src/backup/backup.ts";
import { keepSnapshot, keptSnapshots } from "../../src/rescue/kept_snapshots.ts";
import { hashPassword } from "../../src/web/password.ts";
import { APPOINTMENT } from "../support/box.ts";
import { Program } from "../support/program.ts";
import { RunningBox } from "../support/running_box.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

/** What a box of a test has before something happens to it. */
interface Before {
  folder: string;
  data: string;
  /** SOP Instance UIDs that were acknowledged. */
  received: string[];
}

const STORE = "sonodesk.sqlite";

/** A box with an admin, an admitted machine, a booking, images, a copy of its store and a backup; it is not running. */
async function withBox(test: (before: Before) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-rescue-" });
  try {
    const data = `${folder}/data`;
    const received: string[] = [];
    {
      await using box = new RunningBox(data);
      const { store } = await box.works();
      store.users.add({
        ...{ username: "asha", displayName: "Asha", role: "admin" },
        passwordHash: await hashPassword("a long password"),
      });
      store.appointments.add(APPOINTMENT, "box");
      store.settings.set("SONODESK_NAME", "Sunrise");
      for (let n = 0; n < 3; n++) received.push(await stored(box));
    }
    await keepSnapshot(data);
    await backUp({ data, folder: `${folder}/backup` });
    {
      await using box = new RunningBox(data);
      await box.works();
      received.push(await stored(box)); // of neither the copy nor the backup
    }
    await test({ folder, data, received });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Sends an object. @returns its UID, which the box has acknowledged */
async function stored(box: RunningBox): Promise<string> {
  const object = ultrasoundObject();
  assert.equal((await send(box.storagePort, object)).status, 0);
  return object.sopInstanceUid;
}

/** Changes bytes in the middle of a page of the store that the start reads. */
function flipBytes(path: string, at: (sqlite: DatabaseSync) => number[]): void {
  const sqlite = new DatabaseSync(path);
  sqlite.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  const pages = at(sqlite);
  const { page_size: size } = sqlite.prepare("PRAGMA page_size").get() as { page_size: number };
  sqlite.close();
  using file = Deno.openSync(path, { write: true });
  for (const page of pages) {
    file.seekSync((page - 1) * size + (page === 1 ? 100 : 0), Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(64).fill(0x5a));
  }
}

/** The first pages of a table and of its indexes. */
const rootsOf = (table: string) => (sqlite: DatabaseSync) =>
  sqlite.prepare("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ? AND rootpage > 0").all(table)
    .map(({ rootpage }) => rootpage as number);

/** Somebody at the box's own screen. */
class Person {
  #cookie = "";
  readonly #box: RunningBox;

  constructor(box: RunningBox) {
    this.#box = box;
  }

  ask(path: string, body?: unknown): Promise<Response> {
    return fetch(this.#box.address + path, {
      headers: { cookie: this.#cookie, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
  }

  // deno-lint-ignore no-explicit-any -- what a test looks at in it, it names
  async json(path: string, body?: unknown): Promise<any> {
    const answer = await this.ask(path, body);
    const text = await answer.text();
    assert.ok(answer.ok, text);
    return JSON.parse(text);
  }

  /** Gives the code that the page shows here. */
  async comeIn(): Promise<void> {
    const { code } = await this.json("/api/rescue");
    const answer = await this.ask("/api/rescue/session", { code });
    assert.equal(answer.status, 204);
    this.#cookie = answer.headers.get("set-cookie")!.split(";")[0]!;
  }
}

/**
 * The box is in rescue for this cause: its page opens, nothing is told without the code, machines are refused for a
 * while and nothing of them is acknowledged. @returns somebody who has given the code
 */
async function seeRescue(box: RunningBox, cause: string): Promise<Person> {
  await box.needsRescue();
  const person = new Person(box);
  const page = await person.ask("/");
  assert.match(await page.text(), /rescue\/main\.ts/);
  assert.match(page.headers.get("content-security-policy")!, /default-src 'none'/);
  const health = await person.ask("/healthz");
  assert.equal(health.status, 503);
  assert.match((await health.json()).checks[0].detail, /Open the box's page and choose what to do/);
  const refused = await person.ask("/api/appointments");
  assert.deepEqual([refused.status, (await refused.json()).rescue], [503, true]);
  const seen = await person.json("/api/rescue");
  assert.deepEqual([seen.cause, seen.signedIn, seen.detail, seen.ways], [cause, false, undefined, undefined]);
  assert.equal((await person.ask("/api/rescue/choice", { way: "try again" })).status, 401);
  assert.equal((await person.ask("/api/rescue/session", { code: "no-code" })).status, 403);
  for (const port of [box.storagePort, box.worklistPort]) {
    await assert.rejects(send(port, ultrasoundObject()), /refuses the association: it is busy, try again later/);
  }
  await person.comeIn();
  return person;
}

/** Chooses, and waits until the box works. */
async function choose(box: RunningBox, person: Person, choice: Record<string, unknown>): Promise<Appliance> {
  const before = box.now;
  const answer = await person.ask("/api/rescue/choice", choice);
  assert.equal(answer.status, 202, await answer.text());
  await until("it changes over", () => box.now !== before);
  return await box.works();
}

/** Every acknowledged image is there again with its file, the page of the box answers, and machines can store. */
async function seeAllIsWell(box: RunningBox, appliance: Appliance, received: string[]): Promise<void> {
  const { store, archive } = appliance;
  for (const uid of received) {
    await until("the image is there", () => store.instances.find(uid));
    assert.ok(Deno.statSync(archive.pathOf(store.instances.find(uid)!.path)).isFile);
  }
  const page = await fetch(`${box.address}/api/rescue`);
  await page.body?.cancel();
  assert.equal(page.status, 404, "the rescue's page sees by it that the box is back");
  await stored(box);
}

function asideOf(data: string): string[] {
  return [...Deno.readDirSync(`${data}/aside`)].flatMap(({ name }) =>
    [...Deno.readDirSync(`${data}/aside/${name}`)].map((file) => file.name)
  ).sort();
}

Deno.test("a store whose first page is damaged: back to the copy beside it; what came since is found again", () =>
  withBox(async ({ data, received }) => {
    flipBytes(`${data}/${STORE}`, () => [1]);
    const damaged = Deno.readFileSync(`${data}/${STORE}`);
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "store unreadable");
    const { detail, snapshots, ways } = await person.json("/api/rescue");
    assert.match(detail, /malformed/);
    assert.deepEqual(ways, ["try again", "snapshot", "restore", "index"]);
    assert.equal(snapshots.length, 1);
    const appliance = await choose(box, person, { way: "snapshot", snapshot: snapshots[0].name });
    assert.equal(appliance.store.users.findByUsername("asha")?.role, "admin");
    assert.equal(appliance.store.settings.get("SONODESK_NAME"), "Sunrise");
    await seeAllIsWell(box, appliance, received);
    const [aside] = [...Deno.readDirSync(`${data}/aside`)];
    assert.match(aside!.name, /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}$/);
    assert.deepEqual(Deno.readFileSync(`${data}/aside/${aside!.name}/${STORE}`), damaged, "kept as it was");
    const { events } = await appliance.store.audit.verify();
    assert.ok(events > 0);
  }));

Deno.test("a store that is no store: trying again shows the same, a new one is made from the images", () =>
  withBox(async ({ data, received }) => {
    Deno.writeFileSync(`${data}/${STORE}`, crypto.getRandomValues(new Uint8Array(20_000)));
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "store unreadable");
    const before = box.now;
    assert.equal((await person.ask("/api/rescue/choice", { way: "try again" })).status, 202);
    await until("it changes over", () => box.now !== before);
    const again = await person.json("/api/rescue");
    assert.deepEqual([again.cause, again.signedIn], ["store unreadable", true], "who gave the code need not again");
    const appliance = await choose(box, person, { way: "index" });
    assert.equal(appliance.store.users.any(), false, "nothing could be read: the first start asks anew");
    await seeAllIsWell(box, appliance, received);
    assert.deepEqual(asideOf(data), [STORE]);
  }));

Deno.test("damage found while it runs: the box goes on as its rescue; people and machines come along to a new store", () =>
  withBox(async ({ data, received }) => {
    flipBytes(`${data}/${STORE}`, rootsOf("dicom_accounts"));
    await using box = new RunningBox(data);
    const { store } = await box.works();
    const seen = store.damaged;
    assert.throws(() => store.dicomAccounts.all(), /malformed/);
    assert.match(await seen, /malformed/);
    const person = await seeRescue(box, "store damaged");
    const appliance = await choose(box, person, { way: "index" });
    assert.equal(appliance.store.users.findByUsername("asha")?.role, "admin");
    assert.equal(appliance.store.appointments.onDay(APPOINTMENT.date).length, 1);
    await seeAllIsWell(box, appliance, received);
  }));

Deno.test("damage found while it runs, then a power cut: the next start does not go on with the damaged store", () =>
  withBox(async ({ data, received }) => {
    flipBytes(`${data}/${STORE}`, rootsOf("measurements"));
    Deno.writeTextFileSync(`${data}/.damaged`, "database disk image is malformed");
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "store damaged");
    const { snapshots } = await person.json("/api/rescue");
    await seeAllIsWell(box, await choose(box, person, { way: "snapshot", snapshot: snapshots[0].name }), received);
    assert.equal([...Deno.readDirSync(data)].some(({ name }) => name === ".damaged"), false);
  }));

Deno.test("a migration that fails: the store is as it was, and a backup brings the box back", () =>
  withBox(async ({ folder, data, received }) => {
    const sqlite = new DatabaseSync(`${data}/${STORE}`);
    sqlite.exec("PRAGMA user_version = 32"); // what the next step adds is there already
    sqlite.close();
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "migration failed");
    const wrong = await person.ask("/api/rescue/backup", { backup: { folder: `${folder}/nowhere` } });
    assert.equal(wrong.status, 409);
    await wrong.body?.cancel();
    const backup = { folder: `${folder}/backup` };
    const [{ name, objects }] = await person.json("/api/rescue/backup", { backup });
    assert.equal(objects, 3);
    const appliance = await choose(box, person, { way: "restore", snapshot: name, backup });
    assert.equal(appliance.store.users.findByUsername("asha")?.role, "admin");
    await seeAllIsWell(box, appliance, received);
    assert.ok(asideOf(data).includes(STORE));
  }));

Deno.test("a store of a newer version: nothing is touched, and it says so", () =>
  withBox(async ({ data }) => {
    const sqlite = new DatabaseSync(`${data}/${STORE}`);
    sqlite.exec("PRAGMA user_version = 9999");
    sqlite.close();
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "store newer");
    assert.match((await person.json("/api/rescue")).detail, /it has schema 9999/);
  }));

for (const how of ["gone", "empty"] as const) {
  Deno.test(`the store is ${how} beside a full archive: no new box by itself; the copy, or the images, bring it back`, () =>
    withBox(async ({ data, received }) => {
      for (const name of [STORE, `${STORE}-wal`, `${STORE}-shm`]) {
        await Deno.remove(`${data}/${name}`).catch(() => undefined);
      }
      if (how === "empty") Deno.writeTextFileSync(`${data}/${STORE}`, "");
      await using box = new RunningBox(data);
      const person = await seeRescue(box, "store empty");
      const { ways, snapshots } = await person.json("/api/rescue");
      assert.ok(ways.includes("begin anew"));
      const choice = how === "gone" ? { way: "snapshot", snapshot: snapshots[0].name } : { way: "index" };
      await seeAllIsWell(box, await choose(box, person, choice), received);
    }));
}

Deno.test("begin anew, when a person says so: an empty box, and the former images stay in a folder of their own", () =>
  withBox(async ({ data, received }) => {
    Deno.removeSync(`${data}/${STORE}`);
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "store empty");
    const appliance = await choose(box, person, { way: "begin anew" });
    await stored(box);
    for (const uid of received) assert.equal(appliance.store.instances.find(uid), undefined);
    const kept: string[] = [];
    const look = (folder: string) => {
      for (const { name, isDirectory } of Deno.readDirSync(folder)) {
        if (isDirectory) look(`${folder}/${name}`);
        else if (name.endsWith(".dcm")) kept.push(name);
      }
    };
    look(`${data}/aside`);
    assert.equal(kept.length, received.length);
  }));

Deno.test("the archive's disk is not plugged in: once it is, trying again is all", () =>
  withBox(async ({ folder, data, received }) => {
    Deno.renameSync(`${data}/archive`, `${folder}/unplugged`);
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "archive missing");
    Deno.renameSync(`${folder}/unplugged`, `${data}/archive`);
    const appliance = await choose(box, person, { way: "try again" });
    await seeAllIsWell(box, appliance, received);
    assert.equal(appliance.store.instanceFiles.damagedCount(), 0);
  }));

Deno.test("the archive is gone: a backup brings its files and the store stays; or the box goes on without them", () =>
  withBox(async ({ folder, data, received }) => {
    Deno.removeSync(`${data}/archive`, { recursive: true });
    const backup = { folder: `${folder}/backup` };
    {
      await using box = new RunningBox(data);
      const person = await seeRescue(box, "archive missing");
      const appliance = await choose(box, person, { way: "restore", backup });
      await seeAllIsWell(box, appliance, received.slice(0, 3));
      assert.ok(appliance.store.instances.find(received[3]!), "the store knows what the backup does not have");
    }
    Deno.removeSync(`${data}/archive`, { recursive: true });
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "archive missing");
    const appliance = await choose(box, person, { way: "without images" });
    await stored(box);
    await until("what is missing is told", () => appliance.store.instanceFiles.damagedCount() >= 4);
  }));

Deno.test("a restore that was broken off: it can be done again from the page, or left", () =>
  withBox(async ({ folder, data, received }) => {
    Deno.writeTextFileSync(`${data}/${RESTORING}`, "000001-20261129T000000Z");
    {
      await using box = new RunningBox(data);
      const person = await seeRescue(box, "restore broken off");
      await seeAllIsWell(box, await choose(box, person, { way: "leave restore" }), received);
    }
    Deno.writeTextFileSync(`${data}/${RESTORING}`, "000001-20261129T000000Z");
    await using box = new RunningBox(data);
    const person = await seeRescue(box, "restore broken off");
    const appliance = await choose(box, person, { way: "restore", backup: { folder: `${folder}/backup` } });
    await seeAllIsWell(box, appliance, received);
  }));

Deno.test({
  name: "a disk that the system has made read-only: the page says so, and the box goes on once it can be written",
  ignore: Deno.uid() !== 0, // mounting takes root
  fn: () =>
    withBox(async ({ data, received }) => {
      const mount = async (...args: string[]) => {
        const { success, stderr } = await new Deno.Command("mount", { args }).output();
        assert.ok(success, new TextDecoder().decode(stderr));
      };
      await mount("--bind", data, data);
      try {
        await mount("-o", "remount,bind,ro", data);
        await using box = new RunningBox(data);
        const person = await seeRescue(box, "disk not writable");
        assert.deepEqual((await person.json("/api/rescue")).ways, ["try again"]);
        await mount("-o", "remount,bind,rw", data);
        await seeAllIsWell(box, await choose(box, person, { way: "try again" }), received);
      } finally {
        await new Deno.Command("umount", { args: ["--lazy", data] }).output();
      }
    }),
});

Deno.test("the copies beside the store: three, none of a store that is damaged, and not part of a backup", () =>
  withBox(async ({ folder, data }) => {
    for (let n = 0; n < 4; n++) assert.equal(await keepSnapshot(data), undefined);
    assert.deepEqual(keptSnapshots(data).map(({ name }) => name.slice(0, 6)), ["000005", "000004", "000003"]);
    const { name } = await backUp({ data, folder: `${folder}/backup` });
    const { files } = JSON.parse(Deno.readTextFileSync(`${folder}/backup/snapshots/${name}/manifest.json`));
    assert.deepEqual(files.filter(({ path }: { path: string }) => /snapshots|aside/.test(path)), []);
    flipBytes(`${data}/${STORE}`, rootsOf("measurements"));
    assert.match((await keepSnapshot(data))!, /./);
    assert.equal(keptSnapshots(data)[0]!.name.slice(0, 6), "000005", "the good ones stay");
  }));

Deno.test("beside an empty store and a full archive no command makes a new store, which the next start would take", () =>
  withBox(async ({ folder, data }) => {
    Deno.writeTextFileSync(`${data}/${STORE}`, "");
    for (const name of [`${STORE}-wal`, `${STORE}-shm`]) await Deno.remove(`${data}/${name}`).catch(() => undefined);
    for (const args of [["verify"], ["audit-verify"], ["self-test"], ["backup", `${folder}/backup`]]) {
      await using command = new Program(args, { SONODESK_DATA: data });
      assert.equal(await command.ended(), 1, args.join(" "));
      assert.match(command.text, /the archive is full and the store beside it is empty or gone/);
    }
    assert.equal(Deno.statSync(`${data}/${STORE}`).size, 0);
    await using box = new RunningBox(data);
    await seeRescue(box, "store empty");
  }));
