import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Status } from "../../src/dimse/command.ts";
import type { Request } from "../../src/dimse/service.ts";
import { newUid } from "../../src/dicom/uid.ts";
import type { DestinationFields } from "../../src/store/destinations.ts";
import { forwarding, Pacs, pacsAt, quietBox } from "../support/pacs.ts";
import { freePort } from "../support/servers.ts";
import { send } from "../support/sender.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

Deno.test("forwarding: rules say what goes where", async () => {
  await using box = await quietBox();
  const other = "1.2.840.10008.5.1.4.1.1.7";
  const add = (name: string, more: Partial<DestinationFields>) =>
    box.store.destinations.add(pacsAt(1, { name, ...more }));
  const everything = add("everything", {});
  const disabled = add("disabled", { enabled: false });
  const ofMachine = add("of a machine", { rules: [{ machine: "TESTSCU" }] });
  const ofAnother = add("of another", { rules: [{ machine: "US9" }] });
  const byModality = add("by modality", { rules: [{ modality: "CT" }, { modality: "US" }] });
  const byClass = add("by class", { rules: [{ sopClassUid: other }] });
  const all = add("all of a rule", { rules: [{ modality: "US", sopClassUid: other }] });
  const matched = add("matched", { rules: [{ matched: true }] });
  const either = add("either", { rules: [{ matched: true }, { modality: "US" }] });
  const sent = box.send();
  await send(box.storagePort, ultrasoundObject({ patientId: "P7", patientName: "Nobody" }));
  const waiting = ({ id }: { id: string }) => {
    const { waiting, unmatched } = box.store.destinations.queueLength(id);
    return [waiting, unmatched];
  };
  const expected = new Map([
    [everything, [1, 0]],
    [disabled, [0, 0]],
    [ofMachine, [1, 0]],
    [ofAnother, [0, 0]],
    [byModality, [1, 0]],
    [byClass, [0, 0]],
    [all, [0, 0]],
    [matched, [0, 1]],
    [either, [1, 0]],
  ]);
  for (const [destination, counts] of expected) assert.deepEqual(waiting(destination), counts, destination.name);
  await send(box.storagePort, ultrasoundObject({ studyInstanceUid: sent.studyInstanceUid }));
  assert.deepEqual(waiting(matched), [1, 1], "the one of an appointment may go");
});

Deno.test("forwarding: a destination that is down for two days gets everything once it is up, after a restart too", async () => {
  const data = await Deno.makeTempDir({ prefix: "sonodesk-box-" });
  const before = await quietBox(data);
  const port = freePort();
  const { id } = before.store.destinations.add(pacsAt(port));
  const objects = [1, 2, 3].map((shade) => ultrasoundObject({ shade }));
  for (const object of objects) await send(before.storagePort, object);
  const begun = Date.now();
  let now = begun;
  let tries = 0;
  const down = forwarding(before, () => new Date(now));
  for (; now < begun + 2 * 86_400_000; now += 600_000) {
    const earlier = before.store.destinations.find(id)!.attempts;
    await down.look();
    tries += before.store.destinations.find(id)!.attempts - earlier;
  }
  await down.stop();
  assert.ok(tries > 40 && tries < 70, `about one try an hour: ${tries}`);
  const { lastError, nextAt } = before.store.destinations.find(id)!;
  assert.match(lastError, /nothing listens on that port/);
  assert.ok(nextAt !== null);
  assert.equal(before.store.destinations.queueLength(id).waiting, 3);

  await before.appliance.stop();
  await using box = await quietBox(data);
  const pacs = new Pacs();
  await using _server = await pacs.listen(port);
  const again = forwarding(box, () => new Date(now + 3_600_000));
  await again.look();
  assert.deepEqual(
    pacs.received,
    objects.map(({ sopInstanceUid, data }) => ({ sopInstanceUid, bytes: data.length })),
    "in the order in which they came",
  );
  const after = box.store.destinations.find(id)!;
  assert.deepEqual([after.lastError, after.nextAt, after.attempts], ["", null, 0]);
  assert.deepEqual(box.store.destinations.queueLength(id), {
    waiting: 0,
    unmatched: 0,
    held: 0,
    parked: 0,
    sent: 3,
    committed: 0,
  });
  await again.look();
  assert.equal(pacs.received.length, 3, "nothing goes twice");
  assert.equal(box.store.destinations.forgetSent(new Date(Date.now() - 60_000)), 0);
  assert.equal(box.store.destinations.forgetSent(new Date(Date.now() + 60_000)), 3);
  await again.stop();
});

Deno.test("forwarding: what will never be taken is parked with the reason, and does not hold up the rest", async () => {
  await using box = await quietBox();
  const pacs = new Pacs();
  await using server = await pacs.listen();
  const { id } = box.store.destinations.add(pacsAt(server.port));
  const [refused, damaged, good] = [1, 2, 3].map((shade) => ultrasoundObject({ shade })) as [
    ReturnType<typeof ultrasoundObject>,
    ReturnType<typeof ultrasoundObject>,
    ReturnType<typeof ultrasoundObject>,
  ];
  for (const object of [refused, damaged, good]) await send(box.storagePort, object);
  const path = box.appliance.archive.pathOf(box.store.instances.find(damaged.sopInstanceUid)!.path);
  await Deno.writeFile(path, new Uint8Array(1), { append: true });
  pacs.answer = (uid) => uid === refused.sopInstanceUid ? Status.CANNOT_UNDERSTAND : Status.SUCCESS;
  const forward = forwarding(box);
  await forward.look();
  assert.deepEqual(pacs.received.map(({ sopInstanceUid }) => sopInstanceUid), [good.sopInstanceUid]);
  const unsent = box.store.destinations.unsent(id, 10);
  assert.deepEqual(unsent.map(({ sopInstanceUid }) => sopInstanceUid), [
    refused.sopInstanceUid,
    damaged.sopInstanceUid,
  ]);
  assert.match(unsent[0]!.lastError, /^PACS refused it with status c000: No$/);
  assert.match(unsent[1]!.lastError, /not sent on damaged/);
  assert.ok(unsent.every(({ parkedAt }) => parkedAt !== null));
  pacs.answer = () => Status.SUCCESS;
  await forward.look();
  assert.equal(pacs.received.length, 1, "parked is parked");
  box.store.destinations.retry(id);
  await forward.look();
  assert.equal(pacs.received.length, 2);
  await forward.stop();
});

Deno.test("forwarding: a file is not removed while a destination waits for it", async () => {
  await using box = await quietBox();
  const pacs = new Pacs();
  await using server = await pacs.listen();
  box.store.destinations.add(pacsAt(server.port));
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const { store, archive } = box.appliance;
  // a clinic without a database has told it nothing: what is told is not what this is about
  const outbox = new DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  outbox.exec("PRAGMA busy_timeout = 5000; UPDATE outbox SET delivered_at = created_at");
  outbox.close();
  const later = new Date(Date.now() + 100 * 86_400_000);
  assert.equal(await archive.applyRetention(30, later, new AbortController().signal), 0);
  const forward = forwarding(box);
  await forward.look();
  assert.equal(await archive.applyRetention(30, later, new AbortController().signal), 1);
  assert.deepEqual(store.catalogue.instances({}), [], "what is removed is not offered to be retrieved");
  await forward.stop();
});

Deno.test("forwarding: a newer version that comes while the one before is under way goes too", async () => {
  await using box = await quietBox();
  const first = ultrasoundObject({ pixels: 64 * 64 });
  const version = (rows: number) => ultrasoundObject({ sopInstanceUid: first.sopInstanceUid, pixels: 64 * rows });
  const newer = [version(70), version(80)];
  class SlowPacs extends Pacs {
    override async serve(request: Request): Promise<void> {
      const next = newer.shift();
      if (next) await send(box.storagePort, next);
      await super.serve(request);
    }
  }
  const pacs = new SlowPacs();
  // what becomes of a version under way is nothing to the next: whether it was taken or refused
  const answers = [Status.SUCCESS, Status.CANNOT_UNDERSTAND];
  pacs.answer = () => answers.shift() ?? Status.SUCCESS;
  await using server = await pacs.listen();
  const { id } = box.store.destinations.add(pacsAt(server.port));
  await send(box.storagePort, first);
  const forward = forwarding(box);
  await forward.look();
  assert.equal(pacs.associations, 3);
  assert.ok(pacs.received.at(-1)!.bytes > 64 * 80, "the newest is there");
  const { waiting, parked, sent } = box.store.destinations.queueLength(id);
  assert.deepEqual([waiting, parked, sent], [0, 0, 1]);
  await forward.stop();
});

Deno.test("forwarding: a destination without room is left alone for a while", async () => {
  await using box = await quietBox();
  const pacs = new Pacs();
  pacs.answer = () => Status.OUT_OF_RESOURCES;
  await using server = await pacs.listen();
  const { id } = box.store.destinations.add(pacsAt(server.port));
  for (const shade of [1, 2]) await send(box.storagePort, ultrasoundObject({ shade }));
  const forward = forwarding(box);
  await forward.look();
  const { lastError, attempts } = box.store.destinations.find(id)!;
  assert.match(lastError, /status a700/);
  assert.equal(attempts, 1);
  assert.equal(box.store.destinations.queueLength(id).parked, 0);
  pacs.answer = () => Status.SUCCESS;
  box.store.destinations.change(id, {});
  await forward.look();
  assert.equal(pacs.received.length, 2);
  await forward.stop();
});

Deno.test("forwarding: a destination that is full for two days gets everything once it has room", async () => {
  await using box = await quietBox();
  const pacs = new Pacs();
  pacs.answer = () => Status.OUT_OF_RESOURCES;
  await using server = await pacs.listen();
  const { id } = box.store.destinations.add(pacsAt(server.port));
  for (const shade of [1, 2, 3, 4, 5]) await send(box.storagePort, ultrasoundObject({ shade }));
  const begun = Date.now();
  let now = begun;
  const forward = forwarding(box, () => new Date(now));
  for (; now < begun + 2 * 86_400_000; now += 1_800_000) await forward.look();
  assert.ok(pacs.associations > 40 && pacs.associations < 70, `about one try an hour: ${pacs.associations}`);
  const { waiting, parked } = box.store.destinations.queueLength(id);
  assert.deepEqual([waiting, parked], [5, 0]);
  pacs.answer = () => Status.SUCCESS;
  now += 3_600_000;
  await forward.look();
  assert.equal(pacs.received.length, 5);
  await forward.stop();
});

Deno.test("forwarding: an object that a destination has no room for does not keep the others", async () => {
  await using box = await quietBox();
  const pacs = new Pacs();
  await using server = await pacs.listen();
  const { id } = box.store.destinations.add(pacsAt(server.port));
  const [large, ...others] = [1, 2, 3, 4].map((shade) => ultrasoundObject({ shade }));
  pacs.answer = (uid) => uid === large!.sopInstanceUid ? Status.OUT_OF_RESOURCES : Status.SUCCESS;
  for (const object of [large!, ...others]) await send(box.storagePort, object);
  const forward = forwarding(box);
  await forward.look();
  assert.equal(pacs.received.length, 3);
  assert.match(box.store.destinations.find(id)!.lastError, /status a700/);
  assert.equal(box.store.destinations.queueLength(id).parked, 0);
  await forward.stop();
});

Deno.test("forwarding: what a clock that was ahead put off is not waited for once the clock is right", async () => {
  await using box = await quietBox();
  const pacs = new Pacs();
  pacs.commits = true;
  pacs.answer = () => Status.OUT_OF_RESOURCES;
  pacs.answerRequest = () => Status.PROCESSING_FAILURE;
  await using server = await pacs.listen();
  const { id } = box.store.destinations.add(pacsAt(server.port));
  await send(box.storagePort, ultrasoundObject());
  let now = Date.now() + 3650 * 86_400_000;
  const forward = forwarding(box, () => new Date(now));
  await forward.look();
  assert.ok(Date.parse(box.store.destinations.find(id)!.nextAt!) > now);
  pacs.answer = () => Status.SUCCESS;
  await forward.look();
  assert.equal(pacs.received.length, 0, "it waits its time");
  now += 60_000;
  await forward.look();
  assert.deepEqual([pacs.received.length, pacs.requests.length], [1, 1]);
  now = Date.now();
  await forward.look();
  assert.equal(pacs.requests.length, 2, "it is asked again");
  await forward.stop();
});

Deno.test("forwarding: an object that the destination takes in no context is parked", async () => {
  await using box = await quietBox();
  const pacs = new Pacs();
  pacs.accepts = (uid) => uid !== ULTRASOUND_IMAGE;
  await using server = await pacs.listen();
  const { id } = box.store.destinations.add(pacsAt(server.port));
  await send(box.storagePort, ultrasoundObject());
  const forward = forwarding(box);
  await forward.look();
  assert.match(box.store.destinations.unsent(id, 1)[0]!.lastError, /does not take 1\.2\.840.* in transfer syntax 1\.2/);
  await forward.stop();
});

Deno.test("forwarding: 10,000 queued objects go out, a batch an association", async () => {
  await using box = await quietBox();
  const pacs = new Pacs();
  await using server = await pacs.listen();
  const object = ultrasoundObject({ pixels: 64 });
  await send(box.storagePort, object);
  const { id } = box.store.destinations.add(pacsAt(server.port));
  const first = box.store.instances.find(object.sopInstanceUid)!;
  const count = 10_000;
  const study = { studyInstanceUid: newUid(), patientId: "P2", patientName: "Rao^Asha", patientBirthDate: "" };
  const series = { seriesInstanceUid: newUid(), modality: "US", number: 1, description: "", bodyPart: "" };
  await Promise.all(Array.from({ length: count }, (_, index) => {
    const path = first.path.replace(/\.dcm$/, `.${index}.dcm`);
    Deno.linkSync(box.appliance.archive.pathOf(first.path), box.appliance.archive.pathOf(path));
    const { size, sha256, dataOffset, transferSyntaxUid } = first;
    return box.store.instances.record({
      ...{
        sopInstanceUid: `1.2.3.${index}`,
        sopClassUid: ULTRASOUND_IMAGE,
        transferSyntaxUid,
        number: index,
        frames: 1,
      },
      study: { ...study, patientSex: "", accessionNumber: "", studyDate: "", studyTime: "", description: "" },
      series,
      file: { path, size, sha256, dataOffset },
      receivedFrom: "US1",
    });
  }));
  assert.equal(box.store.destinations.queueLength(id).waiting, count);
  const forward = forwarding(box);
  await forward.look();
  assert.deepEqual(box.store.destinations.queueLength(id), {
    waiting: 0,
    unmatched: 0,
    held: 0,
    parked: 0,
    sent: count,
    committed: 0,
  });
  assert.equal(new Set(pacs.received.map(({ sopInstanceUid }) => sopInstanceUid)).size, count);
  assert.equal(pacs.received.length, count);
  assert.equal(pacs.associations, count / 500);
  await forward.stop();
});
