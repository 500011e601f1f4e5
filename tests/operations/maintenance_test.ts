import assert from "node:assert/strict";
import { Box } from "../support/box.ts";
import { addPerson, PASSWORD } from "../support/scanned_study.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

Deno.test("Maintenance: an admin begins a backup and a check of all files, sees how they went, and nobody else does", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-maintenance-" });
  try {
    await using box = await Box.start();
    const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
    const signIn = async (username: "owner" | "anna", role: "admin" | "doctor") => {
      await addPerson(box, username, role);
      const body = JSON.stringify({ username, password: PASSWORD });
      const headers = { "content-type": "application/json" };
      const login = await fetch(`${address}/api/session`, { method: "POST", headers, body });
      await login.body?.cancel();
      return login.headers.get("set-cookie")!.split(";")[0]!;
    };
    const cookie = await signIn("owner", "admin");
    const ask = async (method: string, path: string, as = cookie) => {
      const answer = await fetch(address + path, { method, headers: { cookie: as } });
      return { status: answer.status, ...await answer.json() };
    };
    const ended = (task: "backup" | "verification") =>
      box.until(`the ${task} has ended`, () => box.store.settings.get(`last ${task}`) !== undefined);
    const { sopInstanceUid } = await store(box);
    assert.equal((await ask("POST", "/api/care/backup", await signIn("anna", "doctor"))).status, 403);
    assert.match((await ask("POST", "/api/care/backup")).detail, /no place for backups is set/);
    assert.equal((await ask("POST", "/api/care/dusting")).status, 404);
    const before = await ask("GET", "/api/care");
    assert.deepEqual(before.backup, { runningSince: null, last: null, targets: [], proofs: [] });

    box.store.settings.set("SONODESK_BACKUP_FOLDER", folder);
    const begun = await ask("POST", "/api/care/backup");
    assert.equal(begun.status, 202);
    assert.notEqual(begun.backup.runningSince, null);
    await ended("backup");
    const { last } = (await ask("GET", "/api/care")).backup;
    assert.deepEqual([last.objects, last.failedAt, last.folder], [1, null, folder]);
    assert.ok([...Deno.readDirSync(folder)].some(({ name }) => name === "snapshots"));

    const proof = async () => {
      const before = box.store.settings.get("backup proofs");
      assert.equal((await ask("POST", "/api/care/proof")).status, 202);
      await box.until("the proof has ended", () => box.store.settings.get("backup proofs") !== before);
      return (await ask("GET", "/api/care")).proof.last;
    };
    const proven = await proof();
    assert.deepEqual([proven.damaged, proven.why, proven.folder], [0, "", folder]);
    assert.ok(proven.files >= 2, "the store and the object");
    const kept = filesBelow(`${folder}/objects`)[0]!;
    Deno.truncateSync(kept, 100);
    const again = await proof();
    assert.deepEqual([again.damaged, again.mended, again.why], [0, 1, ""], "brought again from this box");

    const path = box.store.instances.find(sopInstanceUid)!.path;
    Deno.truncateSync(box.appliance.archive.pathOf(path), 200);
    assert.equal((await ask("POST", "/api/care/verification")).status, 202);
    await ended("verification");
    const checked = (await ask("GET", "/api/care")).verification;
    assert.deepEqual([checked.last.files, checked.last.damaged], [1, 1]);

    // from the backup, byte for byte, while that has it
    const mend = async () => {
      const before = box.store.settings.get("last mending");
      assert.equal((await ask("POST", "/api/care/mend")).status, 202);
      await box.until("it is mended", () => box.store.settings.get("last mending") !== before);
      return (await ask("GET", "/api/care")).mend.last;
    };
    const damage = async () => {
      Deno.truncateSync(box.appliance.archive.pathOf(path), 200);
      await box.appliance.archive.checkIntegrity();
    };
    const mended = await mend();
    assert.deepEqual([mended.mended, mended.left, mended.detail], [1, 0, ""]);
    assert.equal(box.store.instanceFiles.damagedCount(), 0);
    assert.deepEqual((await box.appliance.archive.checkIntegrity()).damaged, []);
    // what is in neither stays damaged, and is told, here and of the backup
    await damage();
    Deno.truncateSync(kept, 100);
    const broken = await proof();
    assert.deepEqual([broken.damaged, broken.coded.code], [1, "backup-proof-damaged"]);
    assert.match(broken.why, /^Damaged files in the backup: 1, the first is objects\/.* could not be brought again/);
    const left = await mend();
    assert.deepEqual([left.mended, left.left, left.coded?.code], [0, 1, "mending-left"], JSON.stringify(left));
    await Deno.remove(`${folder}/snapshots`, { recursive: true });
    assert.match((await proof()).why, /there is no whole backup/);
    const done = box.store.audit.latest(20).map(({ action }) => action);
    assert.ok(done.includes("backup started") && done.includes("verification started"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function store(box: Box) {
  const object = ultrasoundObject({});
  assert.equal((await send(box.storagePort, object)).status, 0);
  return object;
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}
