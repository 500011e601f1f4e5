import assert from "node:assert/strict";
import { matchingInCatalogue, named } from "../../src/services/catalogue_query.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { Store } from "../../src/store/store.ts";

function matching(...query: Parameters<typeof matchingInCatalogue>): { found: Dataset[]; complete: boolean } {
  const [looking, found] = [matchingInCatalogue(...query), [] as Dataset[]];
  let step = looking.next();
  for (; !step.done; step = looking.next()) if (step.value !== undefined) found.push(step.value);
  return { found, complete: step.value };
}

Deno.test("searching the catalogue: two searches at once, and a write between, find all in order", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-catalogue-" });
  const store = new Store(`${folder}/sonodesk.sqlite`);
  const record = (number: number) =>
    store.instances.record({
      ...{ sopInstanceUid: `1.2.${number}`, sopClassUid: "1.2.3", transferSyntaxUid: "1.2.840.10008.1.2.1", number },
      frames: 1,
      study: {
        ...{ studyInstanceUid: "1.3", patientId: "P1", patientName: "Rao^Asha", patientBirthDate: "" },
        ...{ patientSex: "", accessionNumber: "", studyDate: "2026-11-01", studyTime: "", description: "" },
      },
      series: { seriesInstanceUid: "1.3.0", modality: "US", number: 1, description: "", bodyPart: "" },
      file: { path: `${number}`, size: 1, sha256: "", dataOffset: 0 },
      receivedFrom: "US1",
    });
  for (let number = 500; number > 0; number--) await record(number);
  const searches = [1, 2].map(() => ({ found: [] as string[], pages: store.catalogue.inPages("instances", {}) }));
  let under = 2;
  for (let step = 0; under > 0; step++) {
    const search = searches[step % 2]!;
    const next = search.pages.next();
    if (next.done) under -= 1;
    else search.found.push(...next.value.map(({ instanceNumber }) => `${instanceNumber}`));
    if (step === 1) await record(501);
    if (step === 2) {
      assert.throws(() =>
        store.transaction(() => {
          store.settings.set("x", "y");
          throw new Error("undone");
        }), /undone/);
    }
  }
  const all = Array.from({ length: 500 }, (_, index) => `${index + 1}`);
  for (const { found } of searches) assert.deepEqual(found.slice(0, 500), all);
  store.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("searching the catalogue: of too many the newest studies are looked at, and it says that those are not all", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-catalogue-" });
  const store = new Store(`${folder}/sonodesk.sqlite`);
  for (const day of ["01", "03", "02"]) {
    const uid = `1.2.${day.slice(1)}`;
    await store.instances.record({
      ...{ sopInstanceUid: `${uid}.1`, sopClassUid: "1.2.3", transferSyntaxUid: "1.2.840.10008.1.2.1", number: 1 },
      frames: 1,
      study: {
        ...{ studyInstanceUid: uid, patientId: "P1", patientName: "Rao^Asha", patientBirthDate: "" },
        ...{ patientSex: "", accessionNumber: "", studyDate: `2026-11-${day}`, studyTime: "", description: "" },
      },
      series: { seriesInstanceUid: `${uid}.0`, modality: "US", number: 1, description: "", bodyPart: "" },
      file: { path: uid, size: 1, sha256: "", dataOffset: 0 },
      receivedFrom: "US1",
    });
  }
  const search = (most?: number, identifier = new Dataset()) => {
    const { found, complete } = matching(store.catalogue, identifier, "STUDY", most);
    return [found.map((study) => study.text("StudyDate")), complete];
  };
  assert.deepEqual(search(), [["20261103", "20261102", "20261101"], true]);
  assert.deepEqual(search(3), [["20261103", "20261102", "20261101"], true]);
  assert.deepEqual(search(2), [["20261103", "20261102"], false]);
  const oldest = new Dataset().setText(Tag.StudyDate, "DA", "20261101");
  assert.deepEqual(search(2, oldest), [["20261101"], true], "a day narrows before it is counted");
  const { complete } = matching(store.catalogue, new Dataset(), "IMAGE", 2);
  assert.equal(complete, false);
  const names = (patientId: string) =>
    store.catalogue.instances(named(new Dataset().setText(Tag.PatientID, "LO", patientId))).length;
  assert.deepEqual(["P1", "P*", "*", "P?"].map(names), [3, 0, 0, 0], "a name is no pattern");
  store.close();
  await Deno.remove(folder, { recursive: true });
});
