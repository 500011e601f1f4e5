import assert from "node:assert/strict";
import { backUp } from "../../../src/backup/backup.ts";
import { restore } from "../../../src/backup/restore.ts";
import { S3Target } from "../../../src/backup/s3_target.ts";
import { verifyBackup } from "../../../src/backup/verify.ts";
import { assertHolds, filledData } from "../../support/filled_data.ts";
import { programCommand } from "../../support/program.ts";
import { RadosGateway } from "../../support/rados_gateway.ts";

const HOUR = 3_600_000;

Deno.test("A bucket of Ceph's S3 server: backed up, killed, proven, brought back; each trouble is said by its name", async (t) => {
  await using server = await RadosGateway.start();
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-bucket-" });
  const data = `${folder}/data`;
  const where = "s3://clinic/box one";
  try {
    await server.bucket("clinic");
    // one of several parts of an upload, one of about a part, and small ones
    const objects = await filledData(data, [19_000_000, 5_242_880, 40_000, 50_000, 60_000]);
    const place = new S3Target(where, server.access);
    const options = { data, folder: where, s3: server.access };

    await t.step("killed in the middle it goes on where it was, and nothing of it is left over", async () => {
      const env = {
        SONODESK_DATA: data,
        SONODESK_BACKUP_S3_ENDPOINT: server.access.endpoint,
        SONODESK_BACKUP_S3_ACCESS: server.access.accessKeyId,
        SONODESK_BACKUP_S3_SECRET: server.access.secretAccessKey,
      };
      const slow = programCommand(["backup", where, "--rate", "6M"], env).spawn();
      while ((await place.list("objects")).length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
      slow.kill("SIGKILL");
      await slow.output();
      const arrived = (await place.list("objects")).length;
      assert.ok(arrived >= 1 && arrived < objects.size, `${arrived} had arrived`);
      assert.equal((await backUp(options)).fresh.count, objects.size - arrived);
    });

    await t.step("it is proven, comes back byte for byte, and what is damaged there is found and mended", async () => {
      assert.deepEqual((await verifyBackup(options)).damaged, []);
      await restore({ ...options, data: `${folder}/fresh` });
      assertHolds(`${folder}/fresh`, objects);
      const [damaged] = await place.list("objects");
      await place.write(damaged!, new Response("something else").body!);
      assert.equal((await verifyBackup(options)).damaged.length, 1);
      await place.remove(damaged!);
      assert.equal((await backUp(options)).fresh.count, 1);
    });

    await t.step("more than a page of a list, names with spaces and signs, none that is there", async () => {
      const pages = new S3Target("s3://clinic/a b", server.access, 3);
      const paths = Array.from({ length: 8 }, (_, n) => `objects/${n}+x y&é`);
      await Promise.all(paths.map((path) => pages.write(path, new Response("y").body!)));
      assert.deepEqual(await pages.list("objects"), paths);
      await assert.rejects(pages.read("objects/none"), Deno.errors.NotFound);
      await pages.remove("objects/none");
    });

    await t.step("encrypted, nothing of a patient is in it", async () => {
      const secret = { ...options, folder: "s3://clinic/sealed", passphrase: "a long sentence" };
      await backUp(secret);
      const sealed = new S3Target(secret.folder, server.access);
      for (const path of [...await sealed.list("objects"), ...await sealed.list("snapshots")]) {
        const text = new TextDecoder("latin1").decode(await new Response(await sealed.read(path)).arrayBuffer());
        assert.ok(!text.includes("Sharma") && !text.includes("SQLite format"), path);
      }
      assert.deepEqual((await verifyBackup(secret)).damaged, []);
    });

    await t.step("a key it does not know, a wrong secret, no such bucket", async () => {
      const to = (s3: Partial<typeof server.access>, folder = where) =>
        backUp({ ...options, folder, s3: { ...server.access, ...s3 } });
      await assert.rejects(to({ accessKeyId: "NOBODY" }), /403.*check the access key, its secret/);
      await assert.rejects(to({ secretAccessKey: "wrong" }), /403.*check the access key, its secret/);
      await assert.rejects(to({}, "s3://nowhere"), /404.*check the name of the bucket/);
    });

    await t.step("a clock that is an hour behind is no wrong key", async () => {
      const clock = globalThis.Date;
      globalThis.Date = class extends clock {
        constructor(...args: []) {
          super(...(args.length === 0 ? [clock.now() - HOUR] : args) as []);
        }
      } as DateConstructor;
      try {
        await assert.rejects(place.list("objects"), /clock/);
      } finally {
        globalThis.Date = clock;
      }
    });

    await t.step("its quota is used up: it has no room left, and what was there stays whole", async () => {
      await server.quota(1_000_000);
      const full = { ...options, folder: "s3://clinic/full" };
      await assert.rejects(backUp(full), /it has no room left/);
      assert.deepEqual((await verifyBackup(options)).damaged, []);
      await server.quota(-1);
      assert.equal((await backUp(full)).objects.count, objects.size);
    });

    await t.step("it is gone in the middle: it does not answer; back again, the backup goes on", async () => {
      const late = { ...options, folder: "s3://clinic/late" };
      const before = new S3Target(late.folder, server.access);
      const backingUp = backUp({ ...late, bytesPerSecond: 6_000_000 });
      const failing = assert.rejects(backingUp, /does not answer .*check the network and its address/);
      while ((await before.list("objects")).length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
      await server.kill();
      await failing;
      await server.up();
      assert.ok((await backUp(late)).fresh.count < objects.size);
      assert.deepEqual((await verifyBackup(late)).damaged, []);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
