import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Pictures } from "../../src/imaging/pictures.ts";
import { StudyFollower } from "../../src/imaging/study_follower.ts";
import { ClinicBox } from "../clinic/clinic_box.ts";
import { until } from "../support/until.ts";

const MANY = 130_000;

Deno.test("A box starts with any number of objects that have not been looked through", async () => {
  await using box = await ClinicBox.make({ url: undefined });
  // an archive was brought here within the hour before the plug was pulled
  await box.receive({ patientId: "P1", patientName: "Sharma^Priya" });
  using file = new DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  file.exec(`
    WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${MANY})
    INSERT INTO instances (sop_instance_uid, series_instance_uid, sop_class_uid, transfer_syntax_uid, frames, path, size,
      sha256, data_offset, received_at, received_from)
    SELECT '1.2.3.' || value, series_instance_uid, sop_class_uid, transfer_syntax_uid, 1, 'studies/' || value, 1, '', 0,
      received_at, received_from FROM n, (SELECT * FROM instances LIMIT 1)`);
  const pictures = new Pictures({ cacheFolder: `${box.folder}/cache` });
  const follower = new StudyFollower(box.store, (path) => `${box.folder}/${path}`, pictures);
  try {
    follower.start();
    await until("all of them wait", () => follower.depth > MANY - 1000);
    assert.ok(follower.depth <= MANY + 1);
  } finally {
    pictures.close();
    await follower.stop();
  }
});

Deno.test("While objects come without a pause some are drawn all the same, and all once nothing comes", async () => {
  await using box = await ClinicBox.make({ url: undefined });
  const file = new URL("../../fixtures/dicom/us_rgb.dcm", import.meta.url).pathname;
  const pictures = new Pictures({ cacheFolder: `${box.folder}/cache` });
  const follower = new StudyFollower(box.store, () => file, pictures);
  try {
    follower.start();
    // nobody waits for the disk, which may be busy: that would be a pause
    const received: Promise<unknown>[] = [];
    await until("one of them has been drawn", async () => {
      for (const most = received.length + 50; received.length < most && follower.depth >= received.length - 1;) {
        received.push(box.receive({ patientId: "P1", patientName: "Sharma^Priya" }));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return follower.depth < received.length - 1;
    });
    await Promise.all(received);
    await until("all of them have", () => follower.depth === 0);
  } finally {
    pictures.close();
    await follower.stop();
  }
});
