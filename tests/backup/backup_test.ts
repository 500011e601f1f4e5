import assert from "node:assert/strict";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { backUp } from "../../src/backup/backup.ts";
import { readManifest, snapshotsIn } from "../../src/backup/format.ts";
import { FolderTarget } from "../../src/backup/folder_target.ts";
import { backupTargets, lastBackup } from "../../src/backup/last_backup.ts";
import { NightlyBackup } from "../../src/backup/nightly_backup.ts";
import { restore, RESTORING } from "../../src/backup/restore.ts";
import { verifyBackup } from "../../src/backup/verify.ts";
import { Store } from "../../src/store/store.ts";
import { Box } from "../support/box.ts";
import { BoxProcess } from "../support/box_process.ts";
import { programCommand, runProgram } from "../support/program.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-backup-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A data folder with a few objects in it, of a box that has stopped. Returns their bytes by UID. */
async function filledData(data: string, objects = 4): Promise<Map<string, Uint8Array>> {
  await Deno.mkdir(data);
  const box = await Box.start({ data });
  const sent = new Map<string, Uint8Array>();
  for (let shade = 0; shade < objects; shade++) {
    const object = ultrasoundObject({ shade, pixels: 64 * 500 });
    assert.equal((await send(box.storagePort, object)).status, 0);
    sent.set(object.sopInstanceUid, object.data);
  }
  await Deno.mkdir(`${data}/certificates`);
  await Deno.writeTextFile(`${data}/certificates/root.pem`, "a certificate");
  await box.appliance.stop();
  return sent;
}

/** Each object is in the data folder, byte for byte. */
function assertHolds(data: string, objects: Map<string, Uint8Array>): void {
  const store = new Store(`${data}/sonodesk.sqlite`);
  try {
    for (const [uid, bytes] of objects) {
      const instance = store.instances.find(uid);
      assert.ok(instance, `${uid} is not in the store`);
      const file = Deno.readFileSync(`${data}/archive/${instance.path}`);
      assert.deepEqual(file.subarray(readFileMeta(file).dataOffset), bytes, uid);
    }
  } finally {
    store.close();
  }
}

function filesBelow(folder: string): string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) found.push(...filesBelow(`${folder}/${name}`));
    else found.push(`${folder}/${name}`);
  }
  return found;
}

Deno.test("a backup runs while machines store, is killed, goes on where it was, and comes back byte for byte", async () => {
  await inFolder(async (folder) => {
    const [data, backups, fresh] = [`${folder}/data`, `${folder}/usb`, `${folder}/fresh`];
    await Deno.mkdir(data);
    await using box = await BoxProcess.start(data);
    const acknowledged = new Map<string, Uint8Array>();
    let storing = true;
    const machine = (async () => {
      while (storing) {
        const object = ultrasoundObject({ pixels: 64 * 3000, shade: acknowledged.size % 256 });
        const { status, comment } = await send(box.storagePort, object);
        assert.equal(status, 0, comment);
        acknowledged.set(object.sopInstanceUid, object.data);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    machine.catch(() => {}); // told where it is awaited: what fails before that is what went wrong
    while (acknowledged.size < 20) await new Promise((resolve) => setTimeout(resolve, 20));

    // about two objects a second: it is killed in the middle of one
    const slow = programCommand(["backup", backups, "--rate", "400K"], { SONODESK_DATA: data }).spawn();
    const arrived = () => {
      try {
        return filesBelow(`${backups}/objects`);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    };
    while (arrived().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    slow.kill("SIGKILL");
    await slow.output();
    const before = arrived();
    assert.deepEqual(await snapshotsIn(new FolderTarget(backups)), [], "a backup that was broken off is none");
    assert.match((await runProgram(["backup-verify", backups], {})).text, /there is no whole backup/);
    const times = new Map(before.map((path) => [path, Deno.statSync(path).mtime!.getTime()]));

    const expected = new Map(acknowledged);
    const again = await runProgram(["backup", backups], { SONODESK_DATA: data });
    assert.equal(again.code, 0, again.text);
    storing = false;
    await machine;
    assert.ok(acknowledged.size > expected.size, "machines stored meanwhile");
    for (const path of before) {
      assert.equal(Deno.statSync(path).mtime!.getTime(), times.get(path), "did not travel twice");
    }
    assert.deepEqual([...Deno.readDirSync(`${backups}/incoming`)], [], "no half file is left");
    assert.deepEqual([...Deno.readDirSync(data)].filter(({ name }) => name.startsWith("backup-")), []);

    const verified = await runProgram(["backup-verify", backups], {});
    assert.equal(verified.code, 0, verified.text);
    assert.match(verified.text, /all whole/);
    const restored = await runProgram(["restore", backups], { SONODESK_DATA: fresh });
    assert.equal(restored.code, 0, restored.text);
    assertHolds(fresh, expected);
    assert.equal(await box.stop(), 0);

    // the restored folder is a box: it starts, holds its files against its rows, and takes in more
    const revived = await Box.start({ data: fresh });
    try {
      assert.equal((await send(revived.storagePort, ultrasoundObject())).status, 0);
      assert.deepEqual((await revived.appliance.archive.checkIntegrity()).damaged, []);
      assert.equal(revived.store.instanceFiles.damagedCount(), 0);
    } finally {
      await revived.appliance.stop();
    }
  });
});

Deno.test("only new objects travel, and everything of the data folder comes back", async () => {
  await inFolder(async (folder) => {
    const [data, backups] = [`${folder}/data`, `${folder}/usb`];
    const objects = await filledData(data);
    const first = await backUp({ data, folder: backups });
    assert.deepEqual([first.objects.count, first.fresh.count, first.missing], [4, 4, []]);
    const second = await backUp({ data, folder: backups });
    assert.deepEqual([second.objects.count, second.fresh.count], [4, 0]);
    assert.equal((await snapshotsIn(new FolderTarget(backups))).length, 2);
    const { manifest } = await readManifest(new FolderTarget(backups));
    assert.deepEqual(manifest.files.map(({ path }) => path), ["certificates/root.pem"]);

    const { damaged, objects: back } = await restore({ folder: backups, data: `${folder}/fresh` });
    assert.deepEqual([damaged, back.count], [[], 4]);
    assertHolds(`${folder}/fresh`, objects);
    assert.equal(Deno.readTextFileSync(`${folder}/fresh/certificates/root.pem`), "a certificate");
    const all = (root: string) => filesBelow(root).map((path) => path.slice(root.length)).sort();
    assert.deepEqual(all(`${folder}/fresh`), all(data), "neither more nor less");
  });
});

Deno.test("a restore overwrites nothing, and one that was broken off is finished before a box starts", async () => {
  await inFolder(async (folder) => {
    const [data, backups, fresh] = [`${folder}/data`, `${folder}/usb`, `${folder}/fresh`];
    const objects = await filledData(data);
    const { name } = await backUp({ data, folder: backups });
    await assert.rejects(() => restore({ folder: backups, data }), /it is not empty and nothing in it is overwritten/);

    Deno.mkdirSync(fresh);
    Deno.writeTextFileSync(`${fresh}/${RESTORING}`, name); // as the first thing a restore does
    await assert.rejects(() => Box.start({ data: fresh }), /a restore into it was broken off/);
    await restore({ folder: backups, data: fresh });
    assertHolds(fresh, objects);
    const box = await Box.start({ data: fresh });
    await box.appliance.stop();
    await assert.rejects(() => restore({ folder: folder, data: `${folder}/other` }), /there is no whole backup/);
  });
});

Deno.test("verify finds a changed, a cut and a missing file of a backup, and restore says what did not come back", async () => {
  await inFolder(async (folder) => {
    const [data, backups] = [`${folder}/data`, `${folder}/usb`];
    await filledData(data);
    await backUp({ data, folder: backups });
    const [changed, cut, gone] = filesBelow(`${backups}/objects`) as [string, string, string];
    const bytes = Deno.readFileSync(changed);
    bytes[900]! ^= 1;
    Deno.writeFileSync(changed, bytes);
    Deno.truncateSync(cut, 1000);
    Deno.removeSync(gone);
    const { damaged } = await verifyBackup({ folder: backups });
    assert.equal(damaged.length, 3, damaged.join("\n"));
    for (const path of [changed, cut, gone]) {
      assert.ok(damaged.some((line) => line.startsWith(path.slice(backups.length + 1))), path);
    }
    const result = await restore({ folder: backups, data: `${folder}/fresh` });
    assert.deepEqual([result.objects.count, result.damaged.length], [1, 3]);

    // deleted, they are brought again
    for (const path of [changed, cut]) Deno.removeSync(path);
    assert.equal((await backUp({ data, folder: backups })).fresh.count, 3);
    assert.deepEqual((await verifyBackup({ folder: backups })).damaged, []);

    const store = `${backups}/snapshots/${(await snapshotsIn(new FolderTarget(backups))).at(-1)}/store.sqlite`;
    Deno.truncateSync(store, Deno.statSync(store).size - 4096);
    assert.match((await verifyBackup({ folder: backups })).damaged.join(), /store\.sqlite: its bytes are not those/);
    await assert.rejects(() => restore({ folder: backups, data: `${folder}/again` }), /its store is damaged/);
  });
});

Deno.test("a file that is damaged in the archive is named, and does not take the place of a good one", async () => {
  await inFolder(async (folder) => {
    const [data, backups] = [`${folder}/data`, `${folder}/usb`];
    await filledData(data, 2);
    const [damaged] = filesBelow(`${data}/archive/studies`) as [string];
    const bytes = Deno.readFileSync(damaged);
    bytes[1000]! ^= 1;
    Deno.writeFileSync(damaged, bytes);
    const { missing, objects } = await backUp({ data, folder: backups });
    assert.deepEqual(missing, [damaged.slice(`${data}/archive/`.length)]);
    assert.equal(objects.count, 1);
    assert.deepEqual((await verifyBackup({ folder: backups })).damaged, [], "the backup is what it says it is");
  });
});

Deno.test("with a passphrase nothing of a patient can be read in the backup, and it comes back with it alone", async () => {
  await inFolder(async (folder) => {
    const [data, backups] = [`${folder}/data`, `${folder}/usb`];
    const objects = await filledData(data, 2);
    const passphrase = "a long sentence";
    await backUp({ data, folder: backups, passphrase });
    for (const path of filesBelow(backups)) {
      const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
      assert.ok(!text.includes("Sharma") && !text.includes("SQLite format"), path);
      if (path.endsWith(".age")) assert.ok(text.startsWith("age-encryption.org/v1\n"), path);
    }
    assert.equal((await backUp({ data, folder: backups, passphrase })).fresh.count, 0);
    await assert.rejects(() => backUp({ data, folder: backups }), /it is encrypted, set SONODESK_BACKUP_PASSPHRASE/);
    await assert.rejects(
      () => verifyBackup({ folder: backups, passphrase: "another" }),
      /the passphrase is not the one it was made with/,
    );
    assert.deepEqual((await verifyBackup({ folder: backups, passphrase })).damaged, []);
    await restore({ folder: backups, data: `${folder}/fresh`, passphrase });
    assertHolds(`${folder}/fresh`, objects);
  });
});

Deno.test("the night's backup is noted, and is not made into the empty folder of a disk that is not plugged in", async () => {
  await inFolder(async (folder) => {
    const [data, backups] = [`${folder}/data`, `${folder}/usb`];
    await filledData(data, 1);
    const store = new Store(`${data}/sonodesk.sqlite`);
    try {
      const nightly = new NightlyBackup(store, data, () => ({ backupFolder: backups, backupPassphrase: undefined }));
      const signal = new AbortController().signal;
      await nightly.run(signal);
      assert.match(lastBackup(store.settings)!.why, /it is not there, check that the disk is plugged in/);
      Deno.mkdirSync(backups);
      await nightly.run(signal);
      const last = lastBackup(store.settings)!;
      assert.deepEqual([last.objects, last.failedAt, last.folder], [1, null, backups]);
      Deno.removeSync(backups, { recursive: true });
      Deno.mkdirSync(backups);
      await nightly.run(signal);
      assert.match(lastBackup(store.settings)!.why, /the backups in it are gone/);
      assert.equal(lastBackup(store.settings)!.at, last.at, "the last good one is still known");
      assert.deepEqual([...Deno.readDirSync(backups)], []);
    } finally {
      store.close();
    }
  });
});

Deno.test("a backup that somebody makes elsewhere does not make the box forget that a disk is missing", async () => {
  await inFolder(async (folder) => {
    const [data, disk] = [`${folder}/data`, `${folder}/disk`];
    await filledData(data, 1);
    Deno.mkdirSync(disk);
    const nightly = async () => {
      const store = new Store(`${data}/sonodesk.sqlite`);
      await new NightlyBackup(store, data, () => ({ backupFolder: disk })).run(new AbortController().signal);
      const last = lastBackup(store.settings)!;
      store.close();
      return last;
    };
    assert.equal((await nightly()).failedAt, null);
    assert.equal((await runProgram(["backup", `${folder}/stick`], { SONODESK_DATA: data })).code, 0);
    Deno.removeSync(disk, { recursive: true });
    Deno.mkdirSync(disk); // what an unplugged disk leaves: its mount point
    assert.match((await nightly()).why, /the backups in it are gone, .* for a new disk name another folder/);
    assert.deepEqual([...Deno.readDirSync(disk)], []);
  });
});

Deno.test("what a backup by hand has done is known to the box beside it at once", async () => {
  await inFolder(async (folder) => {
    const [data, backups] = [`${folder}/data`, `${folder}/usb`];
    await Deno.mkdir(data);
    await using box = await Box.start({ data });
    assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0);
    assert.equal(lastBackup(box.store.settings), undefined);
    const { code, text } = await runProgram(["backup", backups], { SONODESK_DATA: data });
    assert.equal(code, 0, text);
    const last = lastBackup(box.store.settings);
    assert.deepEqual([last?.folder, last?.objects], [backups, 1]);
    assert.deepEqual(backupTargets(box.store.settings), [backups]);
  });
});

Deno.test("one backup of a box at a time, wherever to; one that was killed is in nobody's way", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    const objects = await filledData(data, 6);
    const slow = programCommand(["backup", `${folder}/one`, "--rate", "60K"], { SONODESK_DATA: data }).spawn();
    const begun = () => [...Deno.readDirSync(data)].some(({ name }) => /^backup-.+\.sqlite$/.test(name));
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(
      () => backUp({ data, folder: `${folder}/two` }),
      /another backup of this box is under way, wait until it has ended/,
    );
    assert.ok(begun(), "the copy of the other's store is still there");
    const { code } = await slow.output();
    assert.equal(code, 0);
    const { damaged, name } = await verifyBackup({ folder: `${folder}/one` });
    assert.deepEqual(damaged, []);

    const killed = programCommand(["backup", `${folder}/three`, "--rate", "60K"], { SONODESK_DATA: data }).spawn();
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 20));
    killed.kill("SIGKILL");
    await killed.output();
    assert.equal((await backUp({ data, folder: `${folder}/one` })).objects.count, 6);
    assert.equal(begun(), false, "what the killed one left is cleared");
    await restore({ folder: `${folder}/one`, data: `${folder}/fresh`, name });
    assertHolds(`${folder}/fresh`, objects);
  });
});

Deno.test("an update that waits and a disk's own folder do not travel, and a backup never goes into the data folder", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    await filledData(data, 1);
    for (const name of ["update", "requests", "wishes", "lost+found"]) Deno.mkdirSync(`${data}/${name}`);
    Deno.writeTextFileSync(`${data}/update/bundle.raucb`, "an update");
    for (const name of ["requests", "wishes"]) Deno.writeTextFileSync(`${data}/${name}/reset`, "of this hour");
    await backUp({ data, folder: `${folder}/usb` });
    const { name, manifest } = await readManifest(new FolderTarget(`${folder}/usb`));
    assert.deepEqual(manifest.files.map(({ path }) => path), ["certificates/root.pem"]);
    // nor does a backup that somebody else made bring a request back
    for (const path of ["requests/reset", "./requests/ssh", "wishes/reset"]) {
      manifest.files.push({ ...manifest.files[0]!, path });
    }
    Deno.writeTextFileSync(`${folder}/usb/snapshots/${name}/manifest.json`, JSON.stringify(manifest));
    Deno.mkdirSync(`${folder}/used/cache/pictures`, { recursive: true });
    await assert.rejects(() => restore({ folder: `${folder}/usb`, data: `${folder}/used` }), /it is not empty/);
    for (const name of ["lost+found", "cache/deno"]) Deno.mkdirSync(`${folder}/fresh/${name}`, { recursive: true });
    await restore({ folder: `${folder}/usb`, data: `${folder}/fresh` });
    assert.deepEqual(
      [...Deno.readDirSync(`${folder}/fresh`)].map(({ name }) => name).sort(),
      [".lock", "archive", "cache", "certificates", "lost+found", "sonodesk.sqlite"],
    );
    for (const within of [data, `${data}/backup`, `${data}/../data/x`]) {
      await assert.rejects(() => backUp({ data, folder: within }), /it is in the box's own data folder/);
    }
  });
});

Deno.test("what a plain backup that was broken off has left is not there for good once there is a passphrase", async () => {
  await inFolder(async (folder) => {
    const [data, backups] = [`${folder}/data`, `${folder}/usb`];
    await filledData(data, 2);
    await backUp({ data, folder: backups });
    Deno.removeSync(`${backups}/snapshots`, { recursive: true }); // broken off before it was a backup
    assert.equal(filesBelow(`${backups}/objects`).length, 2);
    const passphrase = "a long sentence";
    await backUp({ data, folder: backups, passphrase });
    const objects = filesBelow(`${backups}/objects`);
    assert.deepEqual(objects.filter((path) => !path.endsWith(".age")), []);
    assert.equal(objects.length, 2);
    assert.deepEqual((await verifyBackup({ folder: backups, passphrase })).damaged, []);
  });
});
