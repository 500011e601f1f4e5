import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { backUp } from "../../src/backup/backup.ts";
import { FolderTarget } from "../../src/backup/folder_target.ts";
import { snapshotsIn } from "../../src/backup/format.ts";
import { lastBackup } from "../../src/backup/last_backup.ts";
import { NightlyBackup } from "../../src/backup/nightly_backup.ts";
import { restore } from "../../src/backup/restore.ts";
import { S3Target } from "../../src/backup/s3_target.ts";
import { verifyBackup } from "../../src/backup/verify.ts";
import { Store } from "../../src/store/store.ts";
import { assertHolds, filledData } from "../support/filled_data.ts";
import { programCommand, runProgram } from "../support/program.ts";
import { BUCKET, S3Server } from "../support/s3_server.ts";
import { freePort } from "../support/servers.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-s3-backup-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const environmentOf = ({ access }: S3Server) => ({
  SONODESK_BACKUP_S3_ENDPOINT: access.endpoint,
  SONODESK_BACKUP_S3_ACCESS: access.accessKeyId,
  SONODESK_BACKUP_S3_SECRET: access.secretAccessKey,
});

Deno.test("S3: a backup to a bucket is killed, goes on where it was, is proven, and comes back byte for byte", async () => {
  await using server = await S3Server.start();
  await inFolder(async (folder) => {
    const [data, fresh] = [`${folder}/data`, `${folder}/fresh`];
    // one of more than two parts of an upload, one of exactly a part's multiple or so, and small ones
    const objects = await filledData(data, [19_000_000, 8_400_000, 40_000, 50_000, 60_000, 70_000]);
    const where = `s3://${BUCKET}/box one`;
    const env = { ...environmentOf(server), SONODESK_DATA: data };
    const place = new S3Target(where, server.access);
    const slow = programCommand(["backup", where, "--rate", "6M"], env).spawn();
    while ((await place.list("objects")).length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
    slow.kill("SIGKILL");
    await slow.output();
    const arrived = await wholeIn(place);
    assert.ok(arrived >= 1 && arrived < 6, `${arrived} had arrived`);
    assert.deepEqual(await snapshotsIn(place), [], "a backup that was broken off is none");

    const again = await runProgram(["backup", where], env);
    assert.equal(again.code, 0, again.text);
    assert.match(again.text, new RegExp(`6 objects, .*; ${6 - arrived} of them new`));
    const proven = await runProgram(["backup-verify", where], environmentOf(server));
    assert.equal(proven.code, 0, proven.text);
    assert.match(proven.text, /all whole/);
    const restored = await runProgram(["restore", where], { ...environmentOf(server), SONODESK_DATA: fresh });
    assert.equal(restored.code, 0, restored.text);
    assertHolds(fresh, objects);
    assert.equal(again.text.includes(server.access.secretAccessKey + "R"), false);

    // an object that is damaged there is found, deleted it comes again
    const damaged = (await place.list("objects"))[0]!;
    await place.write(damaged, new Response("something else").body!);
    const options = { data, folder: where, s3: server.access };
    assert.equal((await verifyBackup(options)).damaged.length, 1);
    await place.remove(damaged);
    assert.equal((await backUp(options)).fresh.count, 1);
    assert.deepEqual((await verifyBackup(options)).damaged, []);
  });
});

/** How many objects are whole: this server also lists one whose upload was cut off, which Amazon's never does. */
async function wholeIn(place: S3Target): Promise<number> {
  const isWhole = async (path: string) => {
    const bytes = await new Response(await place.read(path)).bytes();
    return path.endsWith(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex());
  };
  return (await Promise.all((await place.list("objects")).map(isWhole))).filter(Boolean).length;
}

Deno.test("S3: more files than one page of a list, and names with spaces, are all found", async () => {
  await using server = await S3Server.start();
  const place = new S3Target(`s3://${BUCKET}/a b`, server.access, 3);
  const paths = Array.from({ length: 8 }, (_, n) => `objects/${n}+x y`);
  await Promise.all(paths.map((path) => place.write(path, new Response("y").body!)));
  assert.deepEqual(await place.list("objects"), paths);
  assert.deepEqual(
    await new S3Target(`s3://${BUCKET}/a`, server.access).list("objects"),
    [],
    "not those of another path",
  );
  await assert.rejects(place.read("objects/none"), Deno.errors.NotFound);
  await place.remove("objects/none");
  assert.equal(await place.write("objects/refused", new Response("z").body!, () => false), false);
  assert.equal((await place.list("objects")).length, paths.length);
});

Deno.test("S3: encrypted, nothing of a patient is in the bucket", async () => {
  await using server = await S3Server.start();
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    const objects = await filledData(data, [40_000, 9_000_000]);
    const options = { data, folder: `s3://${BUCKET}`, s3: server.access, passphrase: "a long sentence" };
    await backUp(options);
    assert.equal((await backUp(options)).fresh.count, 0);
    const place = new S3Target(options.folder, server.access);
    const paths = [...await place.list("objects"), ...await place.list("snapshots")];
    assert.ok(paths.length >= 8);
    for (const path of paths) {
      const text = new TextDecoder("latin1").decode(await new Response(await place.read(path)).arrayBuffer());
      assert.ok(!text.includes("Sharma") && !text.includes("SQLite format"), path);
    }
    assert.deepEqual((await verifyBackup(options)).damaged, []);
    await restore({ ...options, data: `${folder}/fresh` });
    assertHolds(`${folder}/fresh`, objects);
  });
});

Deno.test("S3: a wrong secret, a bucket that is not there and a store that does not answer are said in words", async () => {
  await using server = await S3Server.start();
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    await filledData(data, [1000]);
    const to = (s3: Partial<S3Server["access"]>, where = `s3://${BUCKET}`) =>
      backUp({ data, folder: where, s3: { ...server.access, ...s3 } });
    await assert.rejects(to({ secretAccessKey: "wrong" }), (error: Error) => {
      assert.match(error.message, /^Cannot back up to s3:\/\/clinic: .*403.*check the access key, its secret/);
      return !error.message.includes("wrong");
    });
    await assert.rejects(to({}, "s3://nowhere"), /404.*check the name of the bucket/);
    await assert.rejects(to({ endpoint: "nas.local:9000" }), /its store's address nas.local:9000 is none/);
    await assert.rejects(to({}, "s3://Not a bucket"), /write it as s3:\/\/bucket or s3:\/\/bucket\/path/);
    await assert.rejects(backUp({ data, folder: "s3://clinic" }), /set SONODESK_BACKUP_S3_ENDPOINT/);

    const store = new Store(`${data}/sonodesk.sqlite`);
    try {
      const settings = {
        backupFolder: `s3://${BUCKET}`,
        backupS3Endpoint: `http://127.0.0.1:${freePort()}`,
        backupS3Access: "a",
        backupS3Secret: "b",
      };
      const nightly = new NightlyBackup(store, data, () => settings);
      await nightly.run(new AbortController().signal);
      assert.match(lastBackup(store.settings)!.why, /does not answer .*check the network and its address/);
      Object.assign(settings, {
        backupS3Endpoint: server.access.endpoint,
        backupS3Access: server.access.accessKeyId,
        backupS3Secret: server.access.secretAccessKey,
      });
      await nightly.run(new AbortController().signal);
      assert.deepEqual([lastBackup(store.settings)!.failedAt, lastBackup(store.settings)!.objects], [null, 1]);
    } finally {
      store.close();
    }
  });
});

Deno.test("Backup: what no kept copy of the store needs is forgotten where that is set, and never more than that", async () => {
  await using server = await S3Server.start();
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    const objects = await filledData(data, [1000, 2000, 3000]);
    for (const place of [new FolderTarget(`${folder}/usb`), new S3Target(`s3://${BUCKET}/forget`, server.access)]) {
      const options = { data, folder: place.name, s3: server.access, snapshots: 2, prune: true };
      const objectsThere = async () => (await place.list("objects")).length;
      assert.deepEqual([(await backUp(options)).pruned, await objectsThere()], [0, 3]);

      // two are removed from the box by its retention rule, one after the other
      const uids = [...objects.keys()];
      const remove = (uid: string | undefined) => removedAt(data, uid!, new Date().toISOString());
      remove(uids[0]);
      assert.equal((await backUp(options)).pruned, 0, "the copy of the night before needs it");
      remove(uids[1]);
      assert.equal((await backUp({ ...options, prune: false })).pruned, 0);
      assert.equal(await objectsThere(), 3, "not where it is not set");
      assert.equal((await backUp(options)).pruned, 2);
      assert.equal(await objectsThere(), 1);
      assert.deepEqual((await verifyBackup(options)).damaged, []);
      assert.equal((await snapshotsIn(place)).length, 2);

      // a copy of which nobody knows what it needs keeps everything
      removedAt(data, uids[2]!, new Date().toISOString());
      const latest = (await snapshotsIn(place)).at(-1);
      await place.write(`snapshots/${latest}/objects.txt`, new Response("").body!);
      await assert.rejects(backUp(options), /its list is damaged: remove that backup/);
      assert.equal(await objectsThere(), 1);
      for (const uid of uids) removedAt(data, uid, null);
    }
  });
});

/** As the retention rule marks an object whose file it has removed. */
function removedAt(data: string, sopInstanceUid: string, at: string | null): void {
  const sqlite = new DatabaseSync(`${data}/sonodesk.sqlite`);
  sqlite.prepare(`UPDATE instances SET removed_at = ? WHERE sop_instance_uid = ?`).run(at, sopInstanceUid);
  sqlite.close();
}

Deno.test("S3: several files are put, read back and brought at once, never more than a few; a refusal ends it and nobody writes afterwards", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    await filledData(data, Array.from({ length: 20 }, (_, n) => 1000 + n));
    const under = { now: 0, most: 0, puts: 0 };
    const reads = { now: 0, most: 0, refuse: false, refused: 0 };
    let refuse = false;
    const files = new Map<string, ArrayBuffer>();
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      const url = new URL(request.url);
      const key = url.pathname.slice(`/${BUCKET}/`.length);
      if (url.searchParams.has("list-type")) {
        const below = url.searchParams.get("prefix")!;
        const found = [...files].filter(([name]) => name.startsWith(below));
        return new Response(
          found.map(([name, { byteLength }]) => `<Contents><Key>${name}</Key><Size>${byteLength}</Size></Contents>`)
            .join(""),
        );
      }
      if (request.method !== "PUT") {
        reads.most = Math.max(reads.most, ++reads.now);
        await new Promise((resolve) => setTimeout(resolve, 20));
        reads.now -= 1;
        if (reads.refuse && /objects\/..\/./.test(key) && ++reads.refused > 5) return new Response("", { status: 403 });
        return key === "" ? new Response("") : new Response(files.get(key), { status: files.has(key) ? 200 : 404 });
      }
      under.most = Math.max(under.most, ++under.now);
      const body = await request.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, 20));
      under.now -= 1;
      under.puts += 1;
      if (refuse && under.puts > 5) {
        return new Response("<Error><Code>QuotaExceeded</Code></Error>", { status: 403 });
      }
      files.set(key, body);
      return new Response("", { headers: { etag: "1" } });
    });
    const access = { endpoint: `http://127.0.0.1:${server.addr.port}`, region: "us-east-1" };
    const options = { data, folder: `s3://${BUCKET}`, s3: { ...access, accessKeyId: "a", secretAccessKey: "b" } };
    refuse = true;
    await assert.rejects(backUp(options), /it has no room left/);
    assert.equal(under.now, 0, "nothing is under way once it has been told");
    refuse = false;
    assert.equal((await backUp(options)).objects.count, 20);
    assert.ok(under.most >= 4 && under.most <= 8, `${under.most} at once`);
    const puts = under.puts;
    assert.equal((await backUp(options)).fresh.count, 0);
    assert.ok(under.puts - puts < 10, "no object travels twice");

    // read back as quickly, and brought
    reads.most = 0;
    assert.deepEqual((await verifyBackup(options)).damaged, []);
    assert.ok(reads.most >= 4 && reads.most <= 8, `${reads.most} read at once`);
    reads.most = 0;
    reads.refuse = true;
    const fresh = { ...options, data: `${folder}/fresh` };
    await assert.rejects(restore(fresh), /check the access key/);
    assert.equal(reads.now, 0, "nothing is under way once it has been told");
    reads.refuse = false;
    assert.equal((await restore(fresh)).objects.count, 20);
    assert.ok(reads.most >= 4 && reads.most <= 8, `${reads.most} brought at once`);
    assert.deepEqual([...Deno.readDirSync(fresh.data)].filter(({ name }) => name.startsWith(".restoring")), []);
  });
});
