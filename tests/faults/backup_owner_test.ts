import assert from "node:assert/strict";
import { backUp } from "../../src/backup/backup.ts";
import { restore } from "../../src/backup/restore.ts";
import { verifyBackup } from "../../src/backup/verify.ts";
import { Store } from "../../src/store/store.ts";
import { Box } from "../support/box.ts";
import { Program } from "../support/program.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

const EVERYTHING_GOES = { snapshots: 3, forget: true };

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-owner-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The data folder of a box that has received objects. */
async function filledBox(data: string, count: number): Promise<void> {
  const box = await Box.start({ data });
  for (let n = 0; n < count; n++) assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0);
  await box.appliance.stop();
}

function everyFile(folder: string, below = ""): Map<string, number> {
  const found = new Map<string, number>();
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${below}`)) {
    const path = `${below}${name}`;
    if (isDirectory) { for (const [inside, size] of everyFile(folder, `${path}/`)) found.set(inside, size); }
    else if (name !== ".lock") found.set(path, Deno.statSync(`${folder}/${path}`).size);
  }
  return found;
}

for (const passphrase of [undefined, "a long sentence"]) {
  for (const named of [true, false]) {
    Deno.test(
      `a new box at the old box's ${passphrase ? "encrypted " : ""}backup${
        named ? "" : ", made before backups had an owner"
      }: three backups remove nothing, the old box goes on with it`,
      () =>
        inFolder(async (folder) => {
          const [old, backup] = [`${folder}/old`, `${folder}/backup`];
          await filledBox(old, 5);
          const options = { folder: backup, ...EVERYTHING_GOES, ...(passphrase && { passphrase }) };
          await backUp({ data: old, ...options });
          if (!named) Deno.removeSync(`${backup}/box.txt`);
          // what an earlier version has left half done is not another's to clear up, either
          Deno.mkdirSync(`${backup}/snapshots/000009-half`);
          Deno.writeTextFileSync(`${backup}/snapshots/000009-half/objects.txt`, "half");
          const before = everyFile(backup);
          await filledBox(`${folder}/new`, 1);
          for (let time = 0; time < 3; time++) {
            await assert.rejects(
              () => backUp({ data: `${folder}/new`, ...options }),
              /it is the backup of another box and stays as it is, choose an empty folder; to have .+ restore it/,
            );
          }
          assert.deepEqual(everyFile(backup), before);
          const { objects, fresh, pruned } = await backUp({ data: old, ...options });
          assert.deepEqual([objects.count, fresh.count, pruned], [5, 0, 0], "it is the old box's still");
          assert.equal(
            Deno.readTextFileSync(`${backup}/box.txt`).trim(),
            new Store(`${old}/sonodesk.sqlite`).settings.boxId(),
          );
          assert.deepEqual((await verifyBackup(options)).damaged, []);
        }),
    );
  }
}

Deno.test("the command says whose the backup is, with exit code 1", () =>
  inFolder(async (folder) => {
    await filledBox(`${folder}/old`, 1);
    await backUp({ data: `${folder}/old`, folder: `${folder}/backup` });
    await filledBox(`${folder}/new`, 0);
    await using command = new Program(["backup", `${folder}/backup`], {
      SONODESK_DATA: `${folder}/new`,
      SONODESK_BACKUP_FORGET: "on",
    });
    assert.equal(await command.ended(), 1);
    assert.match(command.text, /Cannot back up to .+: it is the backup of another box/);
  }));

Deno.test("a box that was restored from its backup goes on with it", () =>
  inFolder(async (folder) => {
    await filledBox(`${folder}/old`, 3);
    await backUp({ data: `${folder}/old`, folder: `${folder}/backup` });
    await restore({ folder: `${folder}/backup`, data: `${folder}/again` });
    const { objects, fresh } = await backUp({
      data: `${folder}/again`,
      folder: `${folder}/backup`,
      ...EVERYTHING_GOES,
    });
    assert.deepEqual([objects.count, fresh.count], [3, 0]);
  }));
