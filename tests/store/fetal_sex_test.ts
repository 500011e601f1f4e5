import assert from "node:assert/strict";
import { newUid } from "../../src/dicom/uid.ts";
import { Store } from "../../src/store/store.ts";
import { ULTRASOUND_IMAGE } from "../support/ultrasound_object.ts";

/** A store in a country with a destination, and a way to record objects of one study. */
async function withStore(
  country: string,
  use: (store: Store, record: (description?: string, uid?: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-fetal-" });
  const store = new Store(`${folder}/sonodesk.sqlite`);
  store.fetalSex.followCountry(country);
  store.destinations.add({
    ...{ name: "PACS", aeTitle: "PACS", address: "127.0.0.1", port: 104, tls: false, enabled: true, rules: [] },
    asTheyCame: true,
  });
  const studyInstanceUid = newUid();
  const record = async (description = "", sopInstanceUid = newUid()) => {
    await store.instances.record(store.fetalSex.shown({
      ...{ sopInstanceUid, sopClassUid: ULTRASOUND_IMAGE, transferSyntaxUid: "1.2.840.10008.1.2.1" },
      ...{ number: 1, frames: 1, receivedFrom: "US-1" },
      study: {
        ...{ studyInstanceUid, patientId: "P1", patientName: "Sharma^Priya", patientBirthDate: "", patientSex: "F" },
        ...{ accessionNumber: "", studyDate: "2026-11-22", studyTime: "", description },
      },
      series: { seriesInstanceUid: `${studyInstanceUid}.1`, modality: "US", number: 1, description, bodyPart: "" },
      file: { path: newUid(), size: 10, sha256: newUid(), dataOffset: 0 },
    }));
    return sopInstanceUid;
  };
  try {
    await use(store, record);
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const leaving = (store: Store) => ({
  catalogue: store.catalogue.instances({}).map(({ sopInstanceUid }) => sopInstanceUid),
  studies: store.catalogue.studies({}).map(({ instances }) => instances),
  forwarding: store.destinations.ready(store.destinations.all()[0]!.id, 10).map(({ sopInstanceUid }) => sopInstanceUid),
  waiting: store.destinations.queueLength(store.destinations.all()[0]!.id).waiting,
});
const NOTHING = { catalogue: [], studies: [], forwarding: [], waiting: 0 };
const all = (uid: string) => ({ catalogue: [uid], studies: [1], forwarding: [uid], waiting: 1 });
const NO_FINDING = { coded: false, words: [] };

Deno.test("Fetal sex: nothing leaves before it was looked through, nor when it comes again with other bytes", () =>
  withStore("IN", async (store, record) => {
    const uid = await record();
    assert.deepEqual(leaving(store), NOTHING);
    assert.equal(store.attention.keepsFromLeaving(uid), true);
    assert.deepEqual(store.fetalSex.unscreened(10), [uid]);
    store.transaction(() => store.fetalSex.screened(store.instances.find(uid)!, NO_FINDING));
    assert.deepEqual(leaving(store), all(uid));
    await record("", uid);
    assert.deepEqual(leaving(store), NOTHING);
    assert.deepEqual(store.fetalSex.unscreened(10), [uid]);
  }));

Deno.test("Fetal sex: words hold an object until somebody has settled them; a newer version that says more is held anew", () =>
  withStore("IN", async (store, record) => {
    const uid = await record();
    const screen = (field: string) =>
      store.transaction(() =>
        store.fetalSex.screened(store.instances.find(uid)!, { coded: false, words: [{ field }] })
      );
    assert.equal(screen("StudyDescription"), true);
    assert.deepEqual(leaving(store), NOTHING);
    const [reason] = store.attention.ofInstance(uid);
    assert.equal(
      reason!.sentence,
      "This object may name a fetus's sex (StudyDescription): it is held back until a doctor has looked",
    );
    assert.equal(store.attention.settle(reason!.id, "meera", "the mother's"), true);
    assert.deepEqual(leaving(store), all(uid));
    assert.equal(screen("StudyDescription"), false, "what was settled is not asked again");
    assert.deepEqual(leaving(store), all(uid));
    assert.equal(screen("ImageComments"), true);
    assert.deepEqual(leaving(store), NOTHING);
    assert.equal(store.transaction(() => store.fetalSex.screened(store.instances.find(uid)!, NO_FINDING)), false);
    assert.deepEqual(leaving(store), all(uid), "a newer version does not say so any more");
    assert.equal(store.attention.reopen(reason!.id), true);
    assert.deepEqual(leaving(store), NOTHING);
  }));

Deno.test("Fetal sex: what a machine calls a study is not kept where it may tell; other words are", () =>
  withStore("IN", async (store, record) => {
    await record("OB baby boy");
    const [study] = store.studies.list({}, { limit: 10 });
    assert.deepEqual([study!.description, study!.series[0]!.description], ["", ""]);
    assert.equal(study!.patientSex, "F", "the mother's stays");
  }));

Deno.test("Fetal sex: once the clinic is in India nothing that is here leaves or shows before it was looked through", () =>
  withStore("DE", async (store, record) => {
    const uid = await record("OB baby boy");
    assert.deepEqual(leaving(store), all(uid));
    assert.equal(store.studies.list({}, { limit: 10 })[0]!.description, "OB baby boy");
    const told = () => JSON.stringify(store.outbox.nextBatch({ events: 100, characters: 1e6 }));
    assert.match(told(), /baby boy/);
    store.fetalSex.followCountry("IN");
    assert.deepEqual(leaving(store), NOTHING);
    assert.equal(store.studies.list({}, { limit: 10 })[0]!.description, "");
    assert.doesNotMatch(told(), /baby boy/, "the clinic has not heard of it yet, and does not now");
    store.transaction(() =>
      store.fetalSex.screened(store.instances.find(uid)!, { coded: true, words: [{ field: "StudyDescription" }] })
    );
    assert.deepEqual(leaving(store), NOTHING);
    store.fetalSex.followCountry("DE");
    assert.deepEqual(leaving(store), all(uid));
    assert.deepEqual(store.attention.ofInstance(uid), []);
    const next = await record();
    assert.equal(store.attention.keepsFromLeaving(next), false);
  }));
