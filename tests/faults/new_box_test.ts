import assert from "node:assert/strict";
import { backUp } from "../../src/backup/backup.ts";
import { RESTORING } from "../../src/backup/restore.ts";
import { isFile } from "../../src/objects/files.ts";
import { backupsOnDisks } from "../../src/rescue/ways_back.ts";
import { hashPassword } from "../../src/web/password.ts";
import { APPOINTMENT } from "../support/box.ts";
import { BoxProcess } from "../support/box_process.ts";
import { PASSWORD } from "../support/scanned_study.ts";
import { randomFrom } from "../support/random.ts";
import { RunningBox } from "../support/running_box.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

const PASSPHRASE = "a long sentence of words";

/** A dead box's backup, encrypted, with an admin, a booking, certificates and so many images. */
async function backupOfDeadBox(folder: string, images: number): Promise<Map<string, string>> {
  const data = `${folder}/dead`;
  const received = new Map<string, string>();
  {
    await using box = new RunningBox(data);
    const { store } = await box.works();
    store.users.add({
      ...{ username: "asha", displayName: "Asha", role: "admin" },
      passwordHash: await hashPassword(PASSWORD),
    });
    store.appointments.add(APPOINTMENT, "box");
    store.settings.set("SONODESK_NAME", "Sunrise");
    for (let shade = 0; shade < images; shade++) {
      const object = ultrasoundObject({ shade });
      assert.equal((await send(box.storagePort, object)).status, 0);
      const { path, sha256 } = store.instances.find(object.sopInstanceUid)!;
      received.set(path, sha256);
    }
    await Deno.mkdir(`${data}/certificates`, { recursive: true });
    // many, so that a plug can be pulled between two of them
    for (let n = 0; n < 200; n++) await Deno.writeTextFile(`${data}/certificates/own-${n}.txt`, "of the dead box");
  }
  await backUp({ data, folder: `${folder}/usb`, passphrase: PASSPHRASE });
  return received;
}

/** Asks a box as a browser does, with the cookie that it has given. */
function browser(address: string) {
  let cookie = "";
  return async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(address + path, {
      method,
      headers: { cookie, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}

type Ask = ReturnType<typeof browser>;

/** What a box is now: not set up, rescued, or at work; undefined while it changes over. */
async function kindOf(ask: Ask): Promise<"first start" | "rescue" | "works" | undefined> {
  const rescue = await ask("GET", "/api/rescue").catch(() => undefined);
  if (rescue === undefined) return undefined;
  if (rescue.status === 200) return "rescue";
  const box = await ask("GET", "/api/box").catch(() => undefined);
  return box?.status === 200 ? box.body.setup === undefined ? "works" : "first start" : undefined;
}

const becomes = (ask: Ask, kind: string) =>
  until(`the box is at ${kind}`, async () => await kindOf(ask) === kind || undefined);

Deno.test("a new box is made from a backup at its first start: with the setup code, the store first and the files following", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-new-box-" });
  try {
    const received = await backupOfDeadBox(folder, 5);
    assert.deepEqual(backupsOnDisks([folder]), [`${folder}/usb`], "the disk is found");
    await using box = new RunningBox(`${folder}/new`);
    await box.works();
    const ask = browser(box.address);
    const { setup } = (await ask("GET", "/api/box")).body;
    assert.equal((await ask("POST", "/api/setup/restore", { code: "0000-0000" })).status, 403);
    assert.equal((await ask("POST", "/api/setup/restore", { code: setup.code })).status, 204);
    await becomes(ask, "rescue");
    const state = (await ask("GET", "/api/rescue")).body;
    assert.deepEqual([state.cause, state.signedIn, state.ways], ["new box", true, [
      "restore",
      "replace",
      "first start",
    ]]);

    // back to the first start, and here again
    assert.equal((await ask("POST", "/api/rescue/choice", { way: "first start" })).status, 202);
    await becomes(ask, "first start");
    const again = (await ask("GET", "/api/box")).body.setup.code;
    assert.equal((await ask("POST", "/api/setup/restore", { code: again })).status, 204);
    await becomes(ask, "rescue");

    const backup = { folder: `${folder}/usb`, passphrase: PASSPHRASE };
    const [snapshot] = (await ask("POST", "/api/rescue/backup", { backup })).body;
    assert.equal(snapshot.objects, 5);
    assert.ok(snapshot.bytes > 1000 && snapshot.time.startsWith("20"), "how much, and of when");
    const wrong = { ...backup, passphrase: "not it" };
    await ask("POST", "/api/rescue/choice", { way: "restore", snapshot: snapshot.name, backup: wrong });
    await until("it is refused", async () => (await ask("GET", "/api/rescue")).body.failed ?? undefined);
    await ask("POST", "/api/rescue/choice", { way: "restore", snapshot: snapshot.name, backup });
    await becomes(ask, "works");

    const { store, archive } = await box.works();
    assert.equal(store.users.findByUsername("asha")!.role, "admin");
    assert.equal((await ask("POST", "/api/session", { username: "asha", password: PASSWORD })).status, 200);
    assert.equal(Deno.readTextFileSync(`${folder}/new/certificates/own-199.txt`), "of the dead box");
    await until("all files are here", () => store.instanceFiles.damagedCount() === 0 || undefined);
    assert.deepEqual((await archive.checkIntegrity()).damaged, []);
    for (const path of received.keys()) assert.ok(Deno.statSync(archive.pathOf(path)).isFile);
    assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0, "it takes new images");
    assert.equal((await ask("POST", "/api/setup/restore", { code: again })).status, 409, "never again");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the plug is pulled while a new box is made from a backup: it is at its start page, goes on, or has the whole store", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-new-box-" });
  const random = randomFrom("SONODESK_NEW_BOX_SEED");
  const seen: string[] = [];
  try {
    const received = await backupOfDeadBox(folder, 4);
    const backup = { folder: `${folder}/usb`, passphrase: PASSPHRASE };
    for (let round = 0; round < 3; round++) {
      const data = `${folder}/new-${round}`;
      for (let cut = 0;; cut++) {
        const box = await BoxProcess.start(data);
        const ask = browser(`http://127.0.0.1:${box.webPort}`);
        const kind = await until("the box is something", () => kindOf(ask));
        seen.push(kind);
        if (kind === "works") {
          const login = await ask("POST", "/api/session", { username: "asha", password: PASSWORD });
          assert.equal(login.status, 200, "the whole store is there");
          await until("all files are here", async () => {
            const { checks } = (await ask("GET", "/healthz")).body;
            return checks.find(({ name }: { name: string }) => name === "files").status === "ok" || undefined;
          });
          for (const path of received.keys()) assert.ok(Deno.statSync(`${data}/archive/${path}`).isFile, path);
          await box.kill();
          break;
        }
        assert.ok(cut < 6, "it comes to an end");
        if (kind === "first start") {
          const { setup } = (await ask("GET", "/api/box")).body;
          assert.equal((await ask("POST", "/api/setup/restore", { code: setup.code })).status, 204);
          await becomes(ask, "rescue");
        } else {
          const { code } = (await ask("GET", "/api/rescue")).body;
          assert.equal((await ask("POST", "/api/rescue/session", { code })).status, 204);
        }
        const [snapshot] = (await ask("POST", "/api/rescue/backup", { backup })).body;
        const chosen = await ask("POST", "/api/rescue/choice", { way: "restore", snapshot: snapshot.name, backup });
        assert.equal(chosen.status, 202);
        // the plug, before anything of the backup is here, or once it has begun to come; in the end not any more
        if (cut < 3) {
          if (random.chance(0.8)) await until("it has begun", () => isFile(`${data}/${RESTORING}`) || undefined);
          await new Promise((resolve) => setTimeout(resolve, random.next() * 400));
        } else await becomes(ask, "works");
        await box.kill();
      }
    }
    console.log(`seen after the cuts: ${seen.join(", ")}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a new box whose backup broke off in the middle: it is left and the box is at its start page, or it goes on and is whole", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-new-box-" });
  try {
    await backupOfDeadBox(folder, 2);
    const backup = { folder: `${folder}/usb`, passphrase: PASSPHRASE };
    const [name] = [...Deno.readDirSync(`${folder}/usb/snapshots`)].map(({ name }) => name);
    const last = `${folder}/usb/snapshots/${name}/files/certificates/own-150.txt.age`;
    const whole = Deno.readFileSync(last);
    for (const goesOn of [false, true]) {
      const data = `${folder}/new-${goesOn}`;
      Deno.writeFileSync(last, whole.subarray(0, 10));
      {
        await using box = new RunningBox(data);
        await box.works();
        const ask = browser(box.address);
        const { setup } = (await ask("GET", "/api/box")).body;
        await ask("POST", "/api/setup/restore", { code: setup.code });
        await becomes(ask, "rescue");
        await ask("POST", "/api/rescue/choice", { way: "restore", snapshot: name, backup });
        await until("it broke off", async () => (await ask("GET", "/api/rescue")).body.failed ?? undefined);
      }
      Deno.writeFileSync(last, whole);
      await using box = new RunningBox(data);
      const code = await box.needsRescue();
      const ask = browser(box.address);
      await ask("POST", "/api/rescue/session", { code });
      const { cause, ways } = (await ask("GET", "/api/rescue")).body;
      assert.deepEqual([cause, ways], ["restore broken off", ["restore", "leave restore"]]);
      if (!goesOn) {
        await ask("POST", "/api/rescue/choice", { way: "leave restore" });
        await becomes(ask, "first start");
        assert.deepEqual([...Deno.readDirSync(data)].filter(({ name }) => name.startsWith(RESTORING)), []);
        continue;
      }
      await ask("POST", "/api/rescue/choice", { way: "restore", snapshot: name, backup });
      await becomes(ask, "works");
      const { store } = await box.works();
      assert.ok(store.users.findByUsername("asha"));
      await until("all files are here", () => store.instanceFiles.damagedCount() === 0 || undefined);
      assert.equal(Deno.readTextFileSync(`${data}/certificates/own-199.txt`), "of the dead box");
      assert.deepEqual([...Deno.readDirSync(data)].filter(({ name }) => name.startsWith(".restoring")), []);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
