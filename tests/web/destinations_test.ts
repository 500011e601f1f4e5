import assert from "node:assert/strict";
import { TestBox } from "../support/web_box.ts";

const PACS = { aeTitle: "PACS", address: "192.168.1.9", port: 104 };

Deno.test("Destinations: added, changed, seen with their queue, retried and removed by an admin", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await box.fetch(`/api/destinations${path}`, { method, cookie, body });
    return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json() };
  };
  const added = await ask("POST", "", { ...PACS, rules: [{ modality: "US", matched: true }] });
  assert.equal(added.status, 201);
  const { id } = added.body;
  assert.deepEqual(
    [added.body.name, added.body.enabled, added.body.tls, added.body.queue],
    ["PACS", true, false, { waiting: 0, unmatched: 0, held: 0, parked: 0, sent: 0, committed: 0 }],
  );
  await box.receive({ studyInstanceUid: "1.2.3", patientId: "P-9", patientName: "Nobody" });
  assert.equal((await ask("GET", "")).body[0].queue.unmatched, 1);
  const [queued] = (await ask("GET", `/${id}/queue`)).body;
  assert.deepEqual([queued.studyInstanceUid, queued.parkedAt, queued.attempts], ["1.2.3", null, 0]);

  const changed = await ask("PATCH", `/${id}`, { name: "Big archive", enabled: false });
  assert.deepEqual([changed.status, changed.body.name, changed.body.enabled, changed.body.port], [
    200,
    "Big archive",
    false,
    104,
  ]);
  assert.equal((await ask("POST", `/${id}/retry`)).status, 200);
  assert.deepEqual((await ask("POST", `/${id}/verify`)).body, { ok: true, detail: "Big archive answered" });
  assert.equal((await ask("DELETE", `/${id}`)).status, 204);
  assert.deepEqual((await ask("GET", "")).body, []);
  assert.equal((await ask("GET", `/${id}/queue`)).status, 404);
  assert.deepEqual(box.store.audit.latest(4).map(({ action }) => action), [
    "destination removed",
    "forwarding retried",
    "destination changed",
    "destination added",
  ]);
  await box.stop();
});

Deno.test("Destinations: what cannot be is refused in words", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const refusal = async (body: unknown) => {
    const answer = await box.fetch("/api/destinations", { method: "POST", cookie, body });
    assert.equal(answer.status, 400);
    return (await answer.json()).detail;
  };
  assert.match(await refusal({ ...PACS, port: 0 }), /port must be a whole number from 1 to 65535/);
  assert.match(await refusal({ ...PACS, address: "" }), /address must not be empty/);
  assert.match(await refusal({ ...PACS, aeTitle: "A\\B" }), /aeTitle must be 1 to 16/);
  assert.match(await refusal({ ...PACS, rules: [{ colour: "red" }] }), /rules/);
  assert.match(await refusal({ ...PACS, rules: [{ sopClassUid: "ultrasound" }] }), /must be the UID of a SOP class/);
  await box.stop();
});

Deno.test("Destinations: older studies by the rules and by their days, and one study by hand", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const ask = async (path: string, body: unknown) => {
    const answer = await box.fetch(`/api/${path}`, { method: "POST", cookie, body });
    return { status: answer.status, body: await answer.json() };
  };
  const receive = (studyInstanceUid: string) =>
    box.receive({ studyInstanceUid, patientId: "P-9", patientName: "Nobody" });
  for (const study of ["1.2.3", "1.2.3", "1.2.4"]) await receive(study);
  const { body: { id } } = await ask("destinations", { ...PACS, rules: [{ modality: "US", matched: true }] });
  const { body: { id: other } } = await ask("destinations", { ...PACS, rules: [{ modality: "CT" }] });
  const queue = (id: string) => box.store.destinations.queueLength(id);
  assert.deepEqual((await ask(`destinations/${other}/older`, {})).body, { queued: 0 }, "no rule fits");
  assert.deepEqual((await ask(`destinations/${id}/older`, { to: "2001-01-01" })).body, { queued: 0 });
  assert.deepEqual((await ask(`destinations/${id}/older`, { from: "2001-01-01" })).body, { queued: 3 });
  assert.equal(queue(id).unmatched, 3, "the rule holds for them too");
  assert.deepEqual((await ask(`destinations/${id}/older`, {})).body, { queued: 0 }, "nothing is queued twice");
  assert.equal((await ask(`destinations/${id}/older`, { from: "yesterday" })).status, 400);

  assert.deepEqual((await ask("studies/1.2.3/forward", { destinationId: other })).body, { queued: 2 });
  assert.equal(queue(other).waiting, 2, "by hand no rule counts");
  box.store.destinations.sent(other, box.store.destinations.ready(other, 9).map(({ sequence }) => sequence));
  assert.equal(queue(other).sent, 2);
  assert.deepEqual((await ask("studies/1.2.3/forward", { destinationId: other })).body, { queued: 2 });
  assert.deepEqual([queue(other).sent, queue(other).waiting], [0, 2], "it is sent again");
  assert.equal((await ask("studies/1.2.9/forward", { destinationId: other })).status, 404);
  assert.equal((await ask("studies/1.2.3/forward", { destinationId: "nowhere" })).status, 404);
  await box.stop();
});
