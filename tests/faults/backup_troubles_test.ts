import assert from "node:assert/strict";
import { checkIntegrity } from "../../src/archive/integrity.ts";
import { backUp } from "../../src/backup/backup.ts";
import { lastBackup, targetStates } from "../../src/backup/last_backup.ts";
import { filesToBring, noteFilesToBring } from "../../src/backup/files_to_bring.ts";
import { FolderTarget } from "../../src/backup/folder_target.ts";
import { lastMending, mendFromBackup } from "../../src/backup/mend.ts";
import { NightlyBackup } from "../../src/backup/nightly_backup.ts";
import { isProofDue, lastProof, proofsOf, proveBackup } from "../../src/backup/proof.ts";
import { S3Target } from "../../src/backup/s3_target.ts";
import { backupFolders, type BackupSettings } from "../../src/backup/settings.ts";
import { verifyBackup } from "../../src/backup/verify.ts";
import { Snapshot } from "../../src/store/snapshot.ts";
import { Store } from "../../src/store/store.ts";
import { Box } from "../support/box.ts";
import { runProgram } from "../support/program.ts";
import { BUCKET } from "../support/s3_server.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/** A folder that is removed at the end; `data` in it is that of a box that has stopped, with a few received files. */
async function withData(work: (folder: string, data: string) => Promise<void>, pixels = 64 * 1000): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-backup-troubles-" });
  const data = `${folder}/data`;
  try {
    await Deno.mkdir(data);
    const box = await Box.start({ data });
    for (let shade = 0; shade < 4; shade++) {
      assert.equal((await send(box.storagePort, ultrasoundObject({ shade, pixels }))).status, 0);
    }
    await box.appliance.stop();
    await work(folder, data);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A store that answers every request with one refusal, as Amazon's, Ceph's and MinIO's word them. */
function refusing(status: number, code: string, message: string) {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response(body, { status }));
  const access = { endpoint: `http://127.0.0.1:${server.addr.port}`, region: "us-east-1" };
  const target = new S3Target(`s3://${BUCKET}`, { ...access, accessKeyId: "a", secretAccessKey: "b" });
  return { target, endpoint: access.endpoint, [Symbol.asyncDispose]: () => server.shutdown() };
}

for (
  const [what, status, code, message, advice] of [
    ["is over its quota (Ceph)", 403, "QuotaExceeded", "quota", /it has no room left.*quota raised/],
    [
      "is over its quota (MinIO)",
      409,
      "XMinioAdminBucketQuotaExceeded",
      "Bucket quota exceeded",
      /it has no room left/,
    ],
    ["is full (MinIO)", 507, "XMinioStorageFull", "Storage backend has reached its minimum free drive", /no room left/],
    ["is of another region", 400, "AuthorizationHeaderMalformed", "the region is wrong", /check its region/],
    ["knows no such key", 403, "InvalidAccessKeyId", "The key does not exist", /check the access key/],
    [
      "has another time",
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the server's time is too large.",
      /let the network set the box's clock/,
    ],
  ] as const
) {
  Deno.test(`a store that ${what}: that is said, and it is not taken for a network or another trouble`, async () => {
    await using trouble = refusing(status, code, message);
    await assert.rejects(trouble.target.list("objects"), (error: Error) => {
      assert.match(error.message, advice);
      return code === "InvalidAccessKeyId" || !/check the (network|access key)/.test(error.message);
    });
  });
}

Deno.test({
  name: "a backup disk that is full, and one that can only be read: that is said, and what is on it stays",
  ignore: Deno.uid() !== 0, // mounting takes root
  fn: () =>
    withData(async (folder, data) => {
      const disk = `${folder}/disk`;
      await Deno.mkdir(disk);
      const run = async (command: string, ...args: string[]) =>
        assert.ok((await new Deno.Command(command, { args }).output()).success, command);
      await run("mount", "-t", "tmpfs", "-o", "size=3000000", "tmpfs", disk);
      try {
        await Deno.writeFile(`${disk}/films`, new Uint8Array(2_500_000));
        await assert.rejects(backUp({ data, folder: `${disk}/backup` }), /^Refused: Cannot back up to .*: it is full/);
        await Deno.remove(`${disk}/films`);
        assert.equal((await backUp({ data, folder: `${disk}/backup` })).objects.count, 4);
        await run("mount", "-o", "remount,ro", disk);
        await assert.rejects(backUp({ data, folder: `${disk}/backup` }), /Read-only|only be read/);
      } finally {
        await run("umount", disk);
      }
    }, 64 * 5000),
});

Deno.test("a night whose backup failed is in health and in the metrics at once, and goes with the next good one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-backup-troubles-" });
  await using box = await Box.start({ backupFolder: `${folder}/usb` });
  try {
    box.store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash: "-" });
    await send(box.storagePort, ultrasoundObject());
    await Deno.mkdir(`${folder}/usb`);
    const nightly = new NightlyBackup(box.store, box.folder, () => ({ backupFolder: `${folder}/usb` }));
    const night = () => nightly.run(new AbortController().signal);
    const metric = async (name: string) => {
      const answer = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/metrics`);
      const start = `sonodesk_${name} `;
      return (await answer.text()).split("\n").find((line) => line.startsWith(start))?.slice(start.length);
    };
    await night();
    const health = () => metric('health{part="backup"}');
    assert.deepEqual([await health(), await metric("backup_failed")], ["0", "0"]);
    await Deno.rename(`${folder}/usb`, `${folder}/pulled`);
    await night();
    assert.deepEqual([await health(), await metric("backup_failed")], ["1", "1"]);
    await Deno.rename(`${folder}/pulled`, `${folder}/usb`);
    await night();
    assert.deepEqual([await health(), await metric("backup_failed")], ["0", "0"]);
    assert.equal(lastBackup(box.store.settings)!.failedAt, null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a piece of a backup that has the right name and half its bytes is brought again; one that was changed too, once it is read", async () => {
  await withData(async (folder, data) => {
    for (const [name, passphrase] of [["plain", undefined], ["encrypted", "a long sentence of words"]] as const) {
      const options = { data, folder: `${folder}/${name}`, ...(passphrase && { passphrase }) };
      await backUp(options);
      const [first, second] = (await new FolderTarget(options.folder).list("objects")) as [string, string];
      assert.equal((await backUp(options)).fresh.count, 0, "nothing travels twice");
      const half = `${options.folder}/${first}`;
      Deno.truncateSync(half, Deno.statSync(half).size - 1);
      assert.equal((await backUp(options)).fresh.count, 1);
      assert.deepEqual((await verifyBackup(options)).damaged, []);

      const changed = Deno.readFileSync(`${options.folder}/${second}`);
      changed[changed.length - 40]! ^= 1;
      Deno.writeFileSync(`${options.folder}/${second}`, changed);
      assert.equal((await backUp(options)).fresh.count, 0, "its length is right");
      const found = await verifyBackup(options);
      assert.deepEqual(found.objects, [second.split("/").at(-1)!.replace(".age", "")]);
      const store = new Store(`${data}/sonodesk.sqlite`);
      try {
        const current = { backupFolder: options.folder, ...(passphrase && { backupPassphrase: passphrase }) };
        const parts = { settings: store.settings, data, current };
        await proveBackup(parts, new AbortController().signal);
        const proof = lastProof(store.settings)!;
        assert.deepEqual([proof.damaged, proof.mended, proof.why], [0, 1, ""]);
        assert.deepEqual((await verifyBackup(options)).damaged, []);

        // it is read back again by itself when that is old, and not before
        assert.equal(isProofDue(store.settings, options.folder), false);
        const later = (days: number) => new Date(Date.now() + days * 86_400_000);
        assert.equal(isProofDue(store.settings, options.folder, later(6)), false);
        assert.equal(isProofDue(store.settings, options.folder, later(8)), true);
      } finally {
        store.close();
      }
    }
  });
});

Deno.test("a file of the archive that is damaged, and one that is gone, come back from an encrypted backup byte for byte", async () => {
  await withData(async (folder, data) => {
    const environment = { SONODESK_DATA: data, SONODESK_BACKUP_PASSPHRASE: "a long sentence of words" };
    await backUp({ data, folder: `${folder}/usb`, passphrase: environment.SONODESK_BACKUP_PASSPHRASE });
    const paths = pathsOf(data);
    const before = paths.map((path) => Deno.readFileSync(path));
    const rotten = before[0]!.slice();
    rotten[rotten.length - 1]! ^= 1;
    Deno.writeFileSync(paths[0]!, rotten);
    Deno.removeSync(paths[1]!);
    assert.equal((await runProgram(["verify"], environment)).code, 1);
    const mended = await runProgram(["mend", `${folder}/usb`], environment);
    assert.deepEqual([mended.code, mended.text.trim()], [0, "2 files mended from the backup"]);
    assert.deepEqual(paths.map((path) => Deno.readFileSync(path)), before);
    assert.equal((await runProgram(["verify"], environment)).code, 0);
  });
});

Deno.test("files that a new box waits for: they stay awaited while their disk is away, and come once it is back", async () => {
  await withData(async (folder, data) => {
    const usb = `${folder}/usb`;
    await backUp({ data, folder: usb });
    const paths = pathsOf(data);
    for (const path of paths) Deno.removeSync(path);
    const store = new Store(`${data}/sonodesk.sqlite`);
    const mend = () =>
      mendFromBackup(store.instanceFiles, store.settings, data, { backupFolder: "" }, new AbortController().signal);
    try {
      await checkIntegrity(`${data}/archive`, store);
      noteFilesToBring(store.settings, { folder: usb });
      await Deno.rename(usb, `${usb} is away`);
      await mend();
      assert.deepEqual(filesToBring(store.settings), { folder: usb });
      assert.match(lastMending(store.settings)!.detail, /there is no whole backup/);
      await Deno.rename(`${usb} is away`, usb);
      await mend();
      assert.equal(filesToBring(store.settings), undefined);
      assert.deepEqual([lastMending(store.settings)!.mended, store.instanceFiles.damagedCount()], [paths.length, 0]);
    } finally {
      store.close();
    }
  });
});

Deno.test("two disks that take turns and a bucket that refuses: each place has its state, and only trouble is told", async () => {
  await withData(async (folder, data) => {
    await using trouble = refusing(403, "QuotaExceeded", "quota");
    const { endpoint } = trouble;
    const [one, two] = [`${folder}/one`, `${folder}/two`];
    await Deno.mkdir(one);
    await Deno.mkdir(two);
    const store = new Store(`${data}/sonodesk.sqlite`);
    const settings: BackupSettings = { backupFolder: `${one}, ${two}` };
    const nightly = new NightlyBackup(store, data, () => settings);
    const night = async () => {
      await nightly.run(new AbortController().signal);
      return targetStates(store.settings, backupFolders(settings));
    };
    try {
      assert.deepEqual((await night()).map(({ objects, failedAt }) => [objects, failedAt]), [[4, null], [4, null]]);
      await Deno.rename(two, `${two} is away`);
      const turn = await night();
      assert.deepEqual(turn.map(({ absent }) => absent), [false, true]);
      assert.notEqual(turn[1]!.at, null, "its last good one is known");
      assert.equal(lastBackup(store.settings)!.failedAt, null, "no trouble: the other one has it all");
      await proveBackup({ settings: store.settings, current: settings, data }, new AbortController().signal);
      assert.deepEqual(proofsOf(store.settings).map(({ folder, why }) => [folder, why]), [[one, ""]]);
      assert.equal(isProofDue(store.settings, two), false, "it cannot be read now");
      await Deno.rename(`${two} is away`, two);
      await Deno.rename(one, `${one} is away`);
      assert.deepEqual((await night()).map(({ absent }) => absent), [true, false]);
      assert.equal(isProofDue(store.settings, two), true);

      Object.assign(settings, {
        backupFolder: `${one}, ${two}, s3://${BUCKET}`,
        ...{ backupS3Endpoint: endpoint, backupS3Access: "a", backupS3Secret: "b" },
      });
      const [, good, refused] = await night();
      assert.equal(good!.failedAt, null);
      assert.equal(refused!.at, null);
      assert.match(refused!.why, /has no room left/);
      assert.match(lastBackup(store.settings)!.why, /has no room left/, "a place that refuses is told at once");
      await Deno.rename(two, `${two} is away`);
      assert.match((await night())[1]!.why, /the backups in it are gone/);
    } finally {
      store.close();
    }
  });
});

/** The files of the received objects. */
function pathsOf(data: string): string[] {
  using snapshot = new Snapshot(`${data}/sonodesk.sqlite`);
  return [...snapshot.files()].map(({ path }) => `${data}/archive/${path}`);
}
