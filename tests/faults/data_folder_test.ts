import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { reconcile } from "../../src/archive/reconcile.ts";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { Store } from "../../src/store/store.ts";
import { restore } from "../../src/backup/restore.ts";
import { backUp } from "../../src/backup/backup.ts";
import { Box } from "../support/box.ts";
import { BoxProcess } from "../support/box_process.ts";
import { Program } from "../support/program.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-data-folder-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a second start on the data folder of a running box, ten times: it names the other one and touches nothing", () =>
  inFolder(async (folder) => {
    const data = `${folder}/data`;
    await using box = await BoxProcess.start(data);
    const stored: ReturnType<typeof ultrasoundObject>[] = [];
    const storing = (async () => {
      for (let count = 0; count < 60; count++) {
        const object = ultrasoundObject({ shade: count });
        assert.equal((await send(box.storagePort, object)).status, 0);
        stored.push(object);
      }
    })();
    const half = `${data}/archive/incoming/still-growing.part`;
    Deno.writeTextFileSync(half, "half");
    const samePorts = {
      SONODESK_WEB_PORT: box.webPort,
      SONODESK_WORKLIST_PORT: box.worklistPort,
      SONODESK_STORAGE_PORT: box.storagePort,
    };
    for (let round = 0; round < 10; round++) {
      await using second = new Program([round === 9 ? "demo" : "start"], {
        SONODESK_DATA: data,
        ...(round % 2 === 0 ? {} : samePorts),
      });
      assert.equal(await second.ended(), 1, second.text);
      assert.match(
        second.text,
        /Cannot use the data folder .+: another box, or a restore, is at work in it, stop that/,
      );
    }
    await storing;
    assert.equal(Deno.readTextFileSync(half), "half", "a half file of the running box is not swept");
    const store = new Store(`${data}/sonodesk.sqlite`);
    for (const { sopInstanceUid, data: bytes } of stored) {
      const file = Deno.readFileSync(`${data}/archive/${store.instances.find(sopInstanceUid)!.path}`);
      assert.deepEqual(file.subarray(readFileMeta(file).dataOffset), bytes);
    }
    store.close();
  }));

Deno.test("beside the running box: its files are verified and backed up, and nothing is restored over it", () =>
  inFolder(async (folder) => {
    const data = `${folder}/data`;
    await using box = await BoxProcess.start(data);
    assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0);
    for (const args of [["verify"], ["audit-verify"], ["backup", `${folder}/backup`]]) {
      await using beside = new Program(args, { SONODESK_DATA: data });
      assert.equal(await beside.ended(), 0, beside.text);
    }
    await using test = new Program(["self-test"], {
      SONODESK_DATA: data,
      SONODESK_WEB_PORT: box.webPort,
      SONODESK_WORKLIST_PORT: box.worklistPort,
      SONODESK_STORAGE_PORT: box.storagePort,
    });
    assert.equal(await test.ended(), 0, test.text);
    await assert.rejects(restore({ folder: `${folder}/backup`, data }), /Cannot use the data folder/);
  }));

Deno.test("a box that was killed leaves no lock, and one that has stopped gives the folder back", () =>
  inFolder(async (folder) => {
    const killed = await BoxProcess.start(folder);
    await killed.kill();
    const box = await Box.start({ data: folder });
    await assert.rejects(() => Box.start({ data: folder }), /another box, or a restore, is at work in it/);
    await box.appliance.stop();
    const again = await Box.start({ data: folder });
    await again.appliance.stop();
  }));

Deno.test("a port that is taken: half files are there still when the start has failed", () =>
  inFolder(async (folder) => {
    await using other = await Box.start();
    await Deno.mkdir(`${folder}/archive/incoming`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/archive/incoming/half.part`, "half");
    const { webPort } = other.appliance.ports;
    await assert.rejects(() => Box.start({ data: folder, webPort }), /another program uses it/);
    assert.equal(Deno.readTextFileSync(`${folder}/archive/incoming/half.part`), "half");
    const box = await Box.start({ data: folder });
    assert.deepEqual([...Deno.readDirSync(`${folder}/archive/incoming`)], [], "and are gone once the box works");
    await box.appliance.stop();
  }));

/** Reconciles a folder of which the rows come only when a file without one has been found: another process was slower. */
async function reconcileWhileRowsCome(folder: string, late: () => void) {
  const store = new Store(`${folder}/sonodesk.sqlite`);
  try {
    return await reconcile(`${folder}/archive`, store, {
      isBeingReceived: () => false,
      alone: (_uid, work) => {
        late();
        return work();
      },
    }, new AbortController().signal);
  } finally {
    store.close();
  }
}

Deno.test("a row that comes while its file is looked at: the file is not removed as its own copy", () =>
  inFolder(async (folder) => {
    const box = await Box.start({ data: folder });
    const object = ultrasoundObject();
    assert.equal((await send(box.storagePort, object)).status, 0);
    const path = box.appliance.archive.pathOf(box.store.instances.find(object.sopInstanceUid)!.path);
    await box.appliance.stop();
    const beside = new DatabaseSync(`${folder}/sonodesk.sqlite`);
    beside.exec("PRAGMA foreign_keys = OFF; CREATE TABLE kept AS SELECT * FROM instances; DELETE FROM instances");
    const found = await reconcileWhileRowsCome(folder, () => beside.exec("INSERT INTO instances SELECT * FROM kept"));
    beside.close();
    assert.deepEqual(found, { indexed: 0, repeated: 0, older: 0, unreadable: 0, missing: 0 });
    assert.ok(Deno.statSync(path).isFile);
  }));

Deno.test("the file of a row under another name of the same file is no copy of it", () =>
  inFolder(async (folder) => {
    const box = await Box.start({ data: folder });
    const object = ultrasoundObject();
    assert.equal((await send(box.storagePort, object)).status, 0);
    const path = box.appliance.archive.pathOf(box.store.instances.find(object.sopInstanceUid)!.path);
    await box.appliance.stop();
    Deno.linkSync(path, `${path}.also.dcm`);
    const found = await reconcileWhileRowsCome(folder, () => {});
    assert.deepEqual(found, { indexed: 0, repeated: 0, older: 0, unreadable: 0, missing: 0 });
    assert.equal(Deno.statSync(path).nlink, 2);
  }));

Deno.test("the lock is not part of a backup", () =>
  inFolder(async (folder) => {
    const box = await Box.start({ data: `${folder}/data` });
    const { name } = await backUp({ data: `${folder}/data`, folder: `${folder}/backup` });
    await box.appliance.stop();
    const manifest = JSON.parse(Deno.readTextFileSync(`${folder}/backup/snapshots/${name}/manifest.json`));
    assert.deepEqual(manifest.files.filter(({ path }: { path: string }) => path === ".lock"), []);
  }));
