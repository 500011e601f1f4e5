import assert from "node:assert/strict";
import { readAddress } from "../../src/clinic/address.ts";
import { RequestReader } from "../../src/clinic/requests.ts";
import { ClinicSession } from "../../src/clinic/session.ts";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

Deno.test("The clinic's program asks the box in SQL, and hears what came of it", async (t) => {
  await using server = await PostgresServer.start();

  const answered = async (clinic: FlaskClinic, id: string) => {
    const [row] = await clinic.sql`SELECT answered_at, refusal FROM sonodesk.requests WHERE id = ${id}`;
    return row!.answered_at === null ? undefined : { refusal: row!.refusal as string | null };
  };
  const ask = async (clinic: FlaskClinic, call: string): Promise<string> =>
    (await clinic.sql.unsafe<{ id: string }[]>(`SELECT sonodesk.${call}::text AS id`))[0]!.id;

  await t.step("send and recall are done within a moment, and answered; what is not possible says why", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url, readEvery: 60_000 });
    const id = await clinic.book();
    await box.until("the booking is here", () => box.store.appointments.find(id));

    const sent = await ask(clinic, `send(${id})`);
    assert.deepEqual(await box.until("it is answered", () => answered(clinic, sent)), { refusal: null });
    assert.equal(box.store.appointments.get(id).status, "sent");
    const isSent = async () => (await clinic.sql`SELECT mwl_sent FROM appointments WHERE id = ${id}`)[0]!.mwl_sent;
    await box.until("the clinic sees it", isSent);
    assert.match(
      box.store.audit.list({ action: "appointment sent" }, 1)[0]!.actor,
      /^postgres in the clinic's database$/,
    );

    const recalled = await ask(clinic, `recall('${id}')`);
    assert.deepEqual(await box.until("it is answered", () => answered(clinic, recalled)), { refusal: null });
    assert.equal(box.store.appointments.get(id).status, "scheduled");
    const again = await ask(clinic, `recall(${id})`);
    assert.match((await box.until("it is answered", () => answered(clinic, again))).refusal!, /not on/);
    const nowhere = await ask(clinic, `send(${id}, 'NO-SUCH')`);
    assert.notEqual((await box.until("it is answered", () => answered(clinic, nowhere))).refusal, null);
    assert.equal(box.store.appointments.get(id).status, "scheduled");
  });

  await t.step("one whose answer is on its way is not done again", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const id = await clinic.book();
    await box.until("the booking is here", () => box.store.appointments.find(id));
    await box.link.stop();
    await ask(clinic, `send(${id})`);
    const session = new ClinicSession(readAddress(clinic.url));
    const reader = new RequestReader(box.store, box.store.settings.boxId(), () => false);
    await reader.read(session);
    box.store.worklistItems.recall(id, "reception");
    await reader.read(session);
    session.close();
    assert.equal(box.store.appointments.get(id).status, "scheduled", "reception took it back, and it stays so");
    await box.restart();
    await box.untilDelivered();
    assert.equal((await clinic.sql`SELECT FROM sonodesk.requests WHERE answered_at IS NULL`).length, 0);
  });

  await t.step(
    "mwl_sent that the clinic's program sets is followed where a setting lets it, else put back with the reason",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      let follows = true;
      await using box = await ClinicBox.start({ url: clinic.url, followsMarks: () => follows });
      const id = await clinic.book();
      await box.until("the booking is here", () => box.store.appointments.find(id));
      const status = () => box.store.appointments.get(id).status;
      await clinic.sql`UPDATE appointments SET mwl_sent = true WHERE id = ${id}`;
      await box.until("it is sent", () => status() === "sent");
      await box.untilDelivered();
      await clinic.sql`UPDATE appointments SET mwl_sent = false WHERE id = ${id}`;
      await box.until("it is recalled", () => status() === "scheduled");
      await box.untilDelivered();
      assert.equal((await clinic.sql`SELECT FROM sonodesk.requests`).length, 2, "what the box sets asks nothing");
      follows = false;
      await clinic.sql`UPDATE appointments SET mwl_sent = true WHERE id = ${id}`;
      await box.until(
        "it is put back",
        async () => (await clinic.sql`SELECT mwl_sent FROM appointments WHERE id = ${id}`)[0]!.mwl_sent === false,
      );
      assert.equal(status(), "scheduled");
      const [last] = await clinic.sql`SELECT refusal FROM sonodesk.requests ORDER BY id DESC`;
      assert.match(last!.refusal, /the box alone sets it/);
    },
  );

  await t.step(
    "a database that was brought back gives a request's id again: the new one is done, the old answer is not its",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      const [first, second] = [await clinic.book(), await clinic.book({ patientId: "P2", firstName: "Vera" })];
      for (const id of [first, second]) await box.until("the booking is here", () => box.store.appointments.find(id));
      await box.untilDelivered();
      const copy = await clinic.backUp();
      const before = await ask(clinic, `send(${first})`);
      await box.until("it is answered", () => answered(clinic, before));
      await box.untilDelivered();
      await box.link.stop();
      await clinic.restore(copy);
      const after = await ask(clinic, `send(${second})`);
      assert.equal(after, before, "the same id");
      await box.restart();
      assert.deepEqual(await box.until("it is answered", () => answered(clinic, after)), { refusal: null });
      assert.equal(box.store.appointments.get(second).status, "sent");
    },
  );

  await t.step(
    "about an appointment that no box reads: it is said after a while, and keeps no other from being done",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      await clinic.sql`INSERT INTO sonodesk.requests (appointment_id, action, requested_by, requested_at)
      VALUES ('987654', 'send', 'clinic', now() - interval '11 minutes'), ('987655', 'send', 'clinic', now())`;
      const [old, young] = await clinic.sql`SELECT id::text FROM sonodesk.requests ORDER BY id`;
      assert.match(
        (await box.until("it is said", () => answered(clinic, old!.id))).refusal!,
        /No box reads this appointment/,
      );
      assert.equal(await answered(clinic, young!.id), undefined, "another box may still take it");
    },
  );

  await t.step("of two boxes on one database one takes it", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using one = await ClinicBox.start({ url: clinic.url });
    await using other = await ClinicBox.start({ url: clinic.url });
    const id = await clinic.book();
    for (const box of [one, other]) await box.until("the booking is here", () => box.store.appointments.find(id));
    const request = await ask(clinic, `send(${id})`);
    await one.until("it is answered", () => answered(clinic, request));
    const statuses = [one, other].map((box) => box.store.appointments.get(id).status).sort();
    assert.deepEqual(statuses, ["scheduled", "sent"]);
  });

  await t.step("whoever listens hears of results and of an appointment's way", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const heard: Record<string, string | null>[] = [];
    await clinic.sql.listen("sonodesk_results", (payload) => void heard.push(JSON.parse(payload)));
    const id = await clinic.book();
    const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
    box.store.worklistItems.send(id, null, "reception");
    await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
    // two lanes deliver beside each other: which comes first is nobody's promise
    await box.until("the image is heard", () => heard.some(({ event }) => event === "image"));
    await box.until(
      "so is the way",
      () => heard.some(({ appointment, event }) => appointment === id && event === "appointment status"),
    );
    assert.deepEqual(heard.find(({ event }) => event === "image"), {
      study: studyInstanceUid,
      appointment: id,
      event: "image",
    });
  });
});
