import assert from "node:assert/strict";
import { Tag } from "../../src/dicom/dictionary.ts";
import type { Role } from "../../src/store/users.ts";
import { Box } from "../support/box.ts";
import { tokenFor } from "../support/dicomweb_client.ts";
import { type FetalSexObjects, lookedThrough, sendFetalSex, TOLD } from "../support/fetal_sex_box.ts";
import { addPerson, PASSWORD } from "../support/scanned_study.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

type Ask = (path: string, options?: RequestInit) => Promise<{ status: number; text: string }>;

/** A box in a country, with these objects looked through, and ways to ask it as each role. */
async function withObjects(
  country: string,
  use: (given: { box: Box; objects: FetalSexObjects; as: Record<Role, Ask>; program: Ask }) => Promise<void>,
): Promise<void> {
  await using box = await Box.start({ country });
  const objects = await sendFetalSex(box);
  await lookedThrough(box, objects);
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  const asking = (headers: Record<string, string>): Ask => async (path, options = {}) => {
    const answer = await fetch(address + path, { ...options, headers: { ...headers, ...options.headers } });
    return { status: answer.status, text: await answer.text() };
  };
  const signIn = async (role: Role): Promise<[Role, Ask]> => {
    await addPerson(box, role, role);
    const session = await fetch(`${address}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: role, password: PASSWORD }),
    });
    await session.body?.cancel();
    return [role, asking({ cookie: session.headers.get("set-cookie")!.split(";")[0]! })];
  };
  const roles = await Promise.all((["receptionist", "doctor", "admin"] as const).map(signIn));
  const program = asking({ authorization: `Bearer ${tokenFor(box.store, { role: "admin" })}` });
  await use({ box, objects, as: Object.fromEntries(roles) as Record<Role, Ask>, program });
}

const posted = (body: unknown, method = "POST"): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

Deno.test("Held objects: doctors see their pictures, to decide; receptionists and programs do not, and nobody saves the file", () =>
  withObjects("IN", async ({ objects, as, program }) => {
    const path = `/api/instances/${objects.image.sopInstanceUid}`;
    const asked = async (ask: Ask, part: string) => (await ask(`${path}/${part}`)).status;
    for (const part of ["thumbnail", "frames/1", "description"]) {
      assert.equal(await asked(as.doctor, part), 200, part);
      assert.equal(await asked(as.admin, part), 200, part);
      assert.equal(await asked(program, part), 451, part);
    }
    assert.equal(await asked(as.receptionist, "thumbnail"), 451);
    for (const ask of [as.doctor, as.admin, program]) {
      const { status, text } = await ask(`${path}/file`);
      assert.equal(status, 451);
      assert.match(
        JSON.parse(text).detail,
        /^Cannot save the file: This object may name a fetus's sex \(SeriesDescription, StudyDescription\)/,
      );
      assert.doesNotMatch(text, TOLD);
    }
    const free = `/api/instances/${objects.picture.sopInstanceUid}`;
    for (const part of ["thumbnail", "frames/1", "file"]) {
      assert.equal((await program(`${free}/${part}`)).status, 200, part);
    }
    assert.equal((await as.receptionist(`${free}/thumbnail`)).status, 200);
  }));

Deno.test("A report that words hold opens only to a person who has to decide, and that is written down", () =>
  withObjects("IN", async ({ box, objects, as, program }) => {
    const path = `/api/instances/${objects.words.sopInstanceUid}/report`;
    assert.equal((await as.doctor(path)).status, 451);
    assert.equal((await program(`${path}?toDecide=true`)).status, 451);
    assert.equal((await as.receptionist(`${path}?toDecide=true`)).status, 403);
    const opened = await as.doctor(`${path}?toDecide=true`);
    assert.equal(opened.status, 200);
    assert.match(opened.text, /Looks like a boy/);
    const [event] = box.store.audit.list({}, 1);
    assert.deepEqual([event!.actor, event!.action, event!.subject], [
      "doctor",
      "held report opened",
      objects.words.sopInstanceUid,
    ]);
    // what is coded is left out for everybody, and leaves its place
    const coded = await program(`/api/instances/${objects.coded.sopInstanceUid}/report`);
    assert.equal(coded.status, 200);
    assert.doesNotMatch(coded.text, TOLD);
    assert.match(coded.text, /"withheld":true/);
    assert.match(coded.text, /4\.71/);
  }));

Deno.test("Once a doctor has settled the words, the object leaves and is shown whole; in codes it stays", () =>
  withObjects("IN", async ({ box, objects, as, program }) => {
    const settle = async (ask: Ask, uid: string) => {
      const [reason] = box.store.attention.ofInstance(uid);
      return (await ask(`/api/attention/${reason!.id}/settle`, posted({ reason: "the father's name" }))).status;
    };
    const { image, words, coded, studyInstanceUids } = objects;
    assert.equal(await settle(program, image.sopInstanceUid), 403, "no program decides");
    assert.equal(await settle(as.receptionist, image.sopInstanceUid), 403);
    assert.equal(await settle(as.doctor, coded.sopInstanceUid), 409);
    assert.equal(await settle(as.doctor, image.sopInstanceUid), 204);
    assert.equal(await settle(as.doctor, words.sopInstanceUid), 204);
    const [, ofWords, ofImage] = studyInstanceUids;
    await box.until("it is read again", () =>
      box.store.measurements.ofReport(words.sopInstanceUid).length > 0 &&
      box.store.studies.summary(ofImage!)!.description !== "");
    assert.match((await as.doctor(`/api/studies/${ofImage}`)).text, /OB baby boy/);
    const heard = box.store.outbox.nextBatch({ events: 1000, characters: 1e9 })
      .filter(({ type, payload }) => type === "study" && payload.studyInstanceUid === ofImage);
    assert.deepEqual([heard[0]!.payload.description, heard.at(-1)!.payload.description], ["", "OB baby boy"]);
    assert.match((await as.doctor(`/api/studies/${ofWords}/measurements.csv`)).text, /4\.72/);
    assert.equal((await program(`/api/instances/${image.sopInstanceUid}/file`)).status, 200);
    assert.equal((await program(`/dicom-web/studies/${ofImage}`)).status, 200);
    assert.equal((await program(`/api/instances/${coded.sopInstanceUid}/file`)).status, 451);
    assert.equal(box.store.attention.keepsFromLeaving(coded.sopInstanceUid), true);
  }));

Deno.test("A held image is on no sheet of paper: its star does not count, and it gets none", () =>
  withObjects("IN", async ({ box, objects, as }) => {
    const star = (uid: string) => as.doctor(`/api/instances/${uid}/star`, posted({ frame: 1 }, "PUT"));
    assert.equal((await star(objects.image.sopInstanceUid)).status, 451);
    assert.equal((await star(objects.picture.sopInstanceUid)).status, 200);
    box.store.stars.put({ sopInstanceUid: objects.image.sopInstanceUid, frame: 1 }, "doctor");
    const starsOf = async (study: number) =>
      JSON.parse((await as.doctor(`/api/studies/${objects.studyInstanceUids[study]}`)).text).stars.length;
    assert.equal(await starsOf(2), 0);
    assert.equal(await starsOf(4), 1);
  }));

Deno.test("Set to India later, the box looks through what it has; set elsewhere, it shows again what it left out", () =>
  withObjects("", async ({ box, objects, as, program }) => {
    const settings = (value: string | null) => as.admin("/api/settings", posted({ SONODESK_COUNTRY: value }, "PATCH"));
    const lists = async () => {
      const studies = objects.studyInstanceUids.map((uid) => program(`/api/studies/${uid}/measurements`));
      const trees = [objects.coded, objects.words].map(({ sopInstanceUid }) =>
        program(`/api/instances/${sopInstanceUid}/report`)
      );
      return (await Promise.all([program("/api/studies"), ...studies, ...trees])).map(({ text }) => text).join("\n");
    };
    assert.match(await lists(), TOLD);
    assert.equal((await settings("IN")).status, 200);
    const { status } = await program(`/api/instances/${objects.image.sopInstanceUid}/file`);
    assert.ok([409, 451].includes(status), `${status} while it is looked through, or once it was`);
    await lookedThrough(box, objects);
    assert.doesNotMatch(await lists(), TOLD);
    for (const name of ["coded", "words", "image"] as const) {
      assert.equal((await program(`/api/instances/${objects[name].sopInstanceUid}/file`)).status, 451, name);
    }
    assert.equal((await settings(null)).status, 200);
    await box.until("it is read again", () => box.store.measurements.ofReport(objects.words.sopInstanceUid).length > 0);
    await box.until(
      "it is called as it was",
      () => box.store.studies.list({}, { limit: 9 }).some(({ description }) => /boy/.test(description)),
    );
    assert.match(await lists(), TOLD);
    assert.equal((await program(`/api/instances/${objects.coded.sopInstanceUid}/file`)).status, 200);
  }));

Deno.test("An object that the box cannot look through is held for a person; a newer version that says nothing is free", () =>
  withObjects("IN", async ({ box, program }) => {
    const told = ultrasoundObject({ texts: [[Tag.ImageComments, "LT", "beti"]] });
    await send(box.storagePort, told);
    const { sopInstanceUid } = told;
    const held = () => box.store.attention.ofInstance(sopInstanceUid).map(({ parameters }) => parameters.field);
    await box.until("it is held", () => held().length > 0);
    assert.deepEqual(held(), ["ImageComments"]);
    const studyInstanceUid = box.store.instances.find(sopInstanceUid)!.studyInstanceUid;
    await send(box.storagePort, ultrasoundObject({ sopInstanceUid, studyInstanceUid }));
    await box.until("the newer version is free", () => !box.store.attention.keepsFromLeaving(sopInstanceUid));
    assert.equal((await program(`/api/instances/${sopInstanceUid}/file`)).status, 200);

    const broken = ultrasoundObject();
    box.store.changes.subscribe((change) => {
      if (change.noun !== "instance" || change.id !== broken.sopInstanceUid) return;
      Deno.removeSync(box.appliance.archive.pathOf(box.store.instances.find(broken.sopInstanceUid)!.path));
    });
    await send(box.storagePort, broken);
    await box.until("it is held", () => box.store.attention.ofInstance(broken.sopInstanceUid).length > 0);
    assert.equal(box.store.attention.ofInstance(broken.sopInstanceUid)[0]!.parameters.field, "the box cannot read it");
  }));
