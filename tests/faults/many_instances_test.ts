// runs alone: how long the box answers nobody is measured
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Status } from "../../src/dimse/command.ts";
import { BoxProcess } from "../support/box_process.ts";
import { send } from "../support/sender.ts";
import { answering, assertAnswering } from "../support/silence.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

/** As many instances as one series is made to have. */
const INSTANCES = 100_000;

async function isThere(address: string): Promise<boolean> {
  try {
    await (await fetch(address)).body?.cancel();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false; // the port of images is opened a moment before
    throw error;
  }
}

/** So many instances beside the one that came, all with its file. */
function multiply(path: string, sopInstanceUid: string): void {
  using database = new DatabaseSync(path);
  database.exec("PRAGMA busy_timeout = 10000");
  const columns = database.prepare("SELECT name FROM pragma_table_info('instances')").all().map(({ name }) =>
    `${name}`
  );
  const values = columns.map((name) =>
    name === "sop_instance_uid" || name === "path" ? `${name} || '.' || n` : name === "number" ? "n" : name
  );
  database.exec(
    `WITH RECURSIVE counted(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM counted WHERE n < ${INSTANCES})
     INSERT INTO instances (${columns}) SELECT ${values} FROM instances, counted
     WHERE sop_instance_uid = '${sopInstanceUid}'`,
  );
}

Deno.test(
  "a study of 100,000 instances: its metadata and the list of its day come in pages, and nobody waits",
  answering(async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-many-" });
    const environment = { SONODESK_ADMIN_USERNAME: "admin", SONODESK_ADMIN_PASSWORD: "a long password" };
    const object = ultrasoundObject({ studyDate: "20261122" });
    let box = await BoxProcess.start(folder, environment);
    try {
      assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
      await box.stop();
      multiply(`${folder}/sonodesk.sqlite`, object.sopInstanceUid);
      linkFiles(folder);
      box = await BoxProcess.start(folder, environment);
      const address = `http://127.0.0.1:${box.webPort}`;
      await until("the pages open", () => isThere(`${address}/healthz`));
      const signIn = await fetch(`${address}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "admin", password: "a long password" }),
      });
      await signIn.body!.cancel();
      const cookie = signIn.headers.get("set-cookie")!.split(";")[0]!;
      const get = (path: string) => fetch(`${address}${path}`, { headers: { cookie } });
      const stillAnswering = async (when: string) => assertAnswering(await (await get("/metrics")).text(), when);
      await stillAnswering("once started");

      const list = await get("/api/studies?date=2026-11-22");
      const bytes = await list.text();
      const [study] = JSON.parse(bytes);
      assert.ok(bytes.length < 1_000_000, `${bytes.length} bytes of JSON`); // it was 21 MB
      assert.equal(study.series[0].instanceCount, INSTANCES);
      assert.equal(study.series[0].instances.length, 500);
      await stillAnswering("after the list of the day");
      const numbers: number[] = study.series[0].instances.map(({ number }: { number: number }) => number);
      let left = study.instancesLeftAfter;
      for (let pages = 0; pages < 3; pages++) {
        const page = await (await get(`/api/studies/${study.studyInstanceUid}?instancesAfter=${left}`)).json();
        numbers.push(...page.series[0].instances.map(({ number }: { number: number }) => number));
        left = page.instancesLeftAfter;
      }
      assert.deepEqual(numbers, Array.from({ length: 3500 }, (_, n) => n + 1), "each once, in order");
      await stillAnswering("after four pages of the study");

      const metadata = `/dicom-web/studies/${study.studyInstanceUid}/metadata`;
      const page = await (await get(`${metadata}?limit=3&offset=2`)).json();
      assert.equal(page.length, 3);
      const whole = await get(metadata);
      let length = 0;
      const started = performance.now();
      for await (const piece of whole.body!) {
        length += piece.length;
        if (length > 20_000_000 || performance.now() - started > 20_000) break;
      }
      assert.ok(length > 100_000, `${length} bytes of metadata`);
      await stillAnswering("after the metadata");
      const tooMany = await get(`/dicom-web/instances?limit=5000`);
      assert.deepEqual([tooMany.status, /more than 10000 at once/.test(await tooMany.text())], [400, true]);
      await stillAnswering("after a search through all"); // it was 25 s
      console.log(`memory at most ${Math.round(box.peakMemory)} MB, ${length} bytes read`);
      assert.ok(box.peakMemory < 500, `${box.peakMemory} MB`);
    } finally {
      await box.kill();
      await Deno.remove(folder, { recursive: true });
    }
  }),
);

/** Every row has a path of its own: names of a few files. */
function linkFiles(folder: string): void {
  using database = new DatabaseSync(`${folder}/sonodesk.sqlite`);
  const rows = database.prepare("SELECT path FROM instances").all().map(({ path }) => `${folder}/archive/${path}`);
  const [first] = rows.toSorted((a, b) => a.length - b.length);
  let source = first!;
  rows.filter((path) => path !== first).forEach((path, n) => {
    // a file has no more than some ten thousand names
    if (n % 30_000 === 0) Deno.copyFileSync(first!, source = path);
    else Deno.linkSync(source, path);
  });
}
