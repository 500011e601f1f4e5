import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { newUid } from "../../src/dicom/uid.ts";
import { Store } from "../../src/store/store.ts";
import { ULTRASOUND_IMAGE } from "../support/ultrasound_object.ts";

/** A store with the rows of three files, and its path. */
async function withFiles(use: (store: Store, path: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-files-" });
  const path = `${folder}/sonodesk.sqlite`;
  const store = new Store(path);
  try {
    const studyInstanceUid = newUid();
    for (const number of [1, 2, 3]) {
      await store.instances.record({
        ...{ sopInstanceUid: newUid(), sopClassUid: ULTRASOUND_IMAGE, transferSyntaxUid: "1.2.840.10008.1.2.1" },
        ...{ number, frames: 1, receivedFrom: "US-1" },
        study: {
          ...{ studyInstanceUid, patientId: "P1", patientName: "Sharma^Priya", patientBirthDate: "", patientSex: "F" },
          ...{ accessionNumber: "", studyDate: "2026-11-22", studyTime: "", description: "" },
        },
        series: {
          seriesInstanceUid: `${studyInstanceUid}.1`,
          modality: "US",
          number: 1,
          description: "",
          bodyPart: "",
        },
        file: { path: `file ${number}`, size: 10, sha256: newUid(), dataOffset: 0 },
      });
    }
    await use(store, path);
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Goes through all files as a check does. @returns which were read, in order */
function check(store: Store): string[] {
  const read: string[] = [];
  for (const { path } of store.instanceFiles.files()) {
    read.push(path);
    store.instanceFiles.markVerified(path, undefined);
  }
  return read;
}

Deno.test("InstanceFiles: a check that begins in the same millisecond as the one before reads every file all the same, once", () =>
  withFiles((store) => {
    const first = check(store);
    assert.deepEqual(first.toSorted(), ["file 1", "file 2", "file 3"]);
    for (let n = 0; n < 50; n++) assert.deepEqual(check(store), first, "in the order in which they were verified");
  }));

Deno.test("InstanceFiles: files that were verified while the clock was years ahead are checked again, once each", () =>
  withFiles((store, path) => {
    check(store);
    using database = new DatabaseSync(path);
    database.exec("UPDATE instances SET verified_at = '2039-03-01T12:00:00.000Z' WHERE path <> 'file 2'");
    assert.deepEqual(check(store).toSorted(), ["file 1", "file 2", "file 3"]);
    assert.deepEqual(check(store).toSorted(), ["file 1", "file 2", "file 3"]);
  }));

Deno.test("InstanceFiles: a check that broke off goes on with what it did not come to", () =>
  withFiles((store) => {
    const [first] = check(store);
    store.instanceFiles.markVerified(first!, undefined);
    assert.equal(check(store).at(-1), first);
  }));
