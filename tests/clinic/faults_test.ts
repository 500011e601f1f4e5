import assert from "node:assert/strict";
import { say } from "../../src/sentences.ts";
import { LONGEST_HOLD } from "../../src/store/outbox.ts";
import { seededRandom } from "../../src/simulator/random.ts";
import { Box } from "../support/box.ts";
import { run } from "../support/peers.ts";
import { ClinicBox, measurement } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";
import { TcpProxy } from "./tcp_proxy.ts";

const WAY = ["sent", "seen by machine", "in progress", "images received"];

/** The oracle's ear: every row that is written to these tables, in the order of writing. */
async function listen(clinic: FlaskClinic): Promise<void> {
  await clinic.sql.unsafe(`
    CREATE TABLE heard (id bigserial PRIMARY KEY, relation text, operation text, key text);
    CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO public.heard (relation, operation, key) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(NEW) ->> TG_ARGV[0]);
      RETURN NULL;
    END $$;
    CREATE TRIGGER hear AFTER INSERT OR UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION hear('last_name');
    CREATE TRIGGER hear AFTER INSERT ON appointments FOR EACH ROW EXECUTE FUNCTION hear('id');
    CREATE TRIGGER hear AFTER INSERT OR UPDATE ON dicom_images FOR EACH ROW EXECUTE FUNCTION hear('sop_instance_uid');
    CREATE TRIGGER hear AFTER INSERT OR UPDATE ON measurements FOR EACH ROW EXECUTE FUNCTION hear('sop_instance_uid');
    -- a booking that comes later gives its studies the clinic's id, which is not the study again
    CREATE TRIGGER hear AFTER INSERT OR UPDATE OF study_description ON dicom_studies FOR EACH ROW EXECUTE FUNCTION hear('study_instance_uid');`);
}

/** Each event's effect exactly once, in order per aggregate. */
async function assertExactlyOnce(clinic: FlaskClinic, walkIns: number, imagesEach: number): Promise<void> {
  const twice = await clinic.sql`SELECT relation, key FROM heard GROUP BY relation, key HAVING count(*) > 1`;
  assert.deepEqual([...twice], [], "nothing was written twice");
  const [counts] = await clinic.sql`
    SELECT (SELECT count(*)::int FROM patients) AS patients, (SELECT count(*)::int FROM appointments) AS appointments,
      (SELECT count(*)::int FROM dicom_studies) AS studies, (SELECT count(*)::int FROM dicom_images) AS images,
      (SELECT count(*)::int FROM measurements) AS measurements`;
  assert.deepEqual({ ...counts }, {
    patients: walkIns,
    appointments: walkIns,
    studies: walkIns,
    images: walkIns * imagesEach,
    measurements: walkIns,
  });
  const ways = await clinic.sql`
    SELECT array_to_json(array_agg(status ORDER BY id)) AS way FROM sonodesk.appointment_steps GROUP BY appointment_id`;
  assert.equal(ways.length, walkIns);
  for (const { way } of ways) assert.deepEqual(way, WAY);
  const [strangers] = await clinic.sql`
    SELECT count(*)::int AS count FROM dicom_studies s
      LEFT JOIN appointments a ON a.id::text = s.appointment_id LEFT JOIN patients p ON p.id = a.patient_id
    WHERE p.id IS DISTINCT FROM s.patient_id`;
  assert.equal(strangers!.count, 0, "every study is with an appointment of the clinic, and its patient");
}

/** A walk-in's whole way with some images. */
async function examine(box: ClinicBox, n: number, images: number): Promise<void> {
  const { id, patient, studyInstanceUid } = box.walkIn({ firstName: `First${n}`, lastName: `Last${n}` });
  box.store.worklistItems.send(id, null, "reception");
  box.store.worklistItems.seen([id], "US-1");
  box.store.appointments.record(id, "scan started", say("begun-on", { machine: "US-1" }));
  const who = { patientId: patient.id, patientName: `Last${n}^First${n}`, studyInstanceUid };
  const received = await Promise.all(
    Array.from({ length: images }, (_, image) => box.receive(who, { number: image + 1 })),
  );
  box.store.measurements.replace(studyInstanceUid, received[0]!.sopInstanceUid, [measurement("Weight", String(n))]);
}

/** Whole numbers from `least` to `most`, the same for the same seed, which is printed. */
function seeded(): (least: number, most: number) => number {
  const seed = Number(Deno.env.get("SONODESK_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  console.log(`SONODESK_TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  return (least, most) => least + Math.floor(random() * (most - least + 1));
}

/** Runs something with a clock that can be set: `set(years)` from the right time. */
async function withClock(work: (set: (years: number) => void) => Promise<void>): Promise<void> {
  const Right = globalThis.Date;
  let years = 0;
  class Set extends Right {
    constructor(...values: [] | [number]) {
      super(values[0] ?? Set.now());
    }
    static override now = () => Right.now() + years * 365 * 86_400_000;
  }
  globalThis.Date = Set as DateConstructor;
  try {
    await work((to) => years = to);
  } finally {
    globalThis.Date = Right;
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("The clinic's database fails in every way, and nothing is lost or told twice", async (t) => {
  await using server = await PostgresServer.start();

  await t.step("the server is killed and started again at random", async () => {
    const random = seeded();
    await using clinic = await FlaskClinic.create(server);
    await listen(clinic);
    await using box = await ClinicBox.start({ url: clinic.url });
    for (let round = 0, n = 0; round < 6; round++) {
      for (let count = 0; count < 15; count++) {
        await examine(box, n++, 2);
        await pause(random(0, 12));
      }
      await server.kill();
      await pause(random(0, 150));
      await server.up();
    }
    await box.untilDelivered();
    await clinic.reconnect();
    await assertExactlyOnce(clinic, 90, 2);
  });

  await t.step("the connection is cut after COMMIT arrived and before its answer", async () => {
    await using clinic = await FlaskClinic.create(server);
    await listen(clinic);
    await using proxy = new TcpProxy(server.port);
    await using box = await ClinicBox.make({ url: clinic.urlAt(proxy.port) });
    let cuts = 0;
    const isTelling = new Set<number>();
    proxy.onSent = (text, connection) => {
      if (text.includes("sonodesk.applied_events (")) isTelling.add(connection);
      // of the connections that tell what happened, every second COMMIT
      const isCommit = isTelling.has(connection) && text.includes("COMMIT\0");
      return isCommit && cuts < 12 && ++cuts % 2 === 1 ? "cut after it arrived" : "pass";
    };
    box.link.start();
    for (let n = 0; n < 60; n++) {
      await examine(box, n, 3);
      await pause(10);
    }
    await box.until(
      "the connection was cut again and again",
      () => cuts >= 12 || box.store.outbox.counts().waiting === 0,
    );
    assert.ok(cuts >= 6, `${cuts} commits were cut`);
    await box.untilDelivered();
    await assertExactlyOnce(clinic, 60, 3);
  });

  await t.step("the box is killed at every step of telling, and at any moment", async () => {
    const random = seeded();
    await using clinic = await FlaskClinic.create(server);
    await listen(clinic);
    await using proxy = new TcpProxy(server.port);
    await using box = await ClinicBox.make({ url: clinic.url });
    box.store.close();
    const acknowledged = new Set<string>();
    const script = new URL("./killed_box.ts", import.meta.url).pathname;
    // message by message of what it tells, until COMMIT was the one; then at any moment
    let commits = 0;
    let step = 0;
    for (let moments = 0, rounds = 0; moments < 5 || acknowledged.size <= 12; rounds++) {
      assert.ok(rounds < 80, `no COMMIT after ${step} steps, or only ${acknowledged.size} appointments`);
      const atStep = commits === 0;
      if (!atStep) moments += 1;
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", script, box.folder, clinic.urlAt(proxy.port), "0", "2000"],
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const kill = () => {
        try {
          child.kill("SIGKILL");
        } catch (error) {
          if (!(error instanceof TypeError)) throw error; // it is dead already
        }
      };
      let atTheLatest: ReturnType<typeof setTimeout> | undefined;
      let soon: ReturnType<typeof setTimeout> | undefined;
      // the database has done what it was told with the step-th message, and the box never hears of it
      let messages = -1;
      let telling: number | undefined;
      proxy.onSent = (text, connection) => {
        if (text.includes("sonodesk.applied_events (")) telling ??= connection;
        if (connection !== telling || !atStep || messages === step) return "pass";
        messages += 1;
        if (messages < step) return "pass";
        if (text.includes("COMMIT\0")) commits += 1;
        return "cut after it arrived";
      };
      proxy.onCut = () => {
        step += 1;
        kill();
      };
      // at a step it is killed when that is reached, else soon after it has acknowledged so many, however slow this
      // computer is
      let left = atStep ? Infinity : random(0, 5);
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        atTheLatest ??= setTimeout(kill, 20_000);
        for (const line of text.split("\n")) {
          if (!line.startsWith("box-")) continue;
          acknowledged.add(line);
          left -= 1;
        }
        if (left <= 0) soon ??= setTimeout(kill, random(0, 60));
      }
      clearTimeout(atTheLatest);
      clearTimeout(soon);
      await child.status;
    }
    assert.ok(step >= 8, `${step} steps`);
    await box.restartFromDisk();
    await box.untilDelivered();
    for (const id of acknowledged) assert.ok(box.store.appointments.find(id), `${id} was acknowledged`);
    await assertEachOnce(clinic, box);
  });

  await t.step("weeks of outage, then all is caught up", async () => {
    await using clinic = await FlaskClinic.create(server);
    await listen(clinic);
    await using box = await ClinicBox.make({ url: clinic.url });
    await Promise.all(Array.from({ length: 1700 }, (_, n) => examine(box, n, 4)));
    const { waiting } = box.store.outbox.counts();
    box.link.start();
    await box.untilDelivered(180);
    await assertExactlyOnce(clinic, 1700, 4);
    assert.ok(waiting > 20_000, `${waiting} events`);
  });

  await t.step("a column that is not where it was stops only what needs it", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const id = await clinic.book();
    await box.until("the booking is here", () => box.store.appointments.find(id));
    await clinic.sql`ALTER TABLE patients RENAME first_name TO given_name`;
    await clinic.sql`ALTER TABLE dicom_images RENAME file_path TO path`;
    await box.until("it says which", () => /p\.first_name does not exist/.test(box.link.status().sentence));
    await box.receive({ patientId: "P1", patientName: "Sharma^Priya" });
    box.store.worklistItems.send(id, null, "reception");
    await box.until(
      "what needs no renamed column arrives",
      async () => (await clinic.sql`SELECT FROM sonodesk.appointment_steps WHERE status = 'sent'`).length === 1,
    );
    await box.until("it says what is wrong", () => box.link.status().state === "needs mending");
    assert.match(box.link.status().sentence, /run the SQL again/);
    assert.equal(box.link.queue().parked, 0, "it is not the event's fault");
    await clinic.sql`ALTER TABLE patients RENAME given_name TO first_name`;
    await clinic.sql`ALTER TABLE dicom_images RENAME path TO file_path`;
    await box.untilDelivered();
    await box.untilInSync();
    assert.equal((await clinic.sql`SELECT FROM dicom_images`).length, 1);
  });

  await t.step(
    "what is wrong now leads: a rotated password, a role without rights, a column that is gone",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url, checkEvery: 200 });
      await box.untilInSync();
      const says = (what: string, words: RegExp) => box.until(what, () => words.test(box.link.status().sentence));
      await clinic.sql`ALTER TABLE patients RENAME first_name TO given_name`;
      await says("the column", /p\.first_name does not exist|patients\.given_name/);
      await clinic.sql`ALTER ROLE sonodesk PASSWORD 'rotated'`;
      await clinic.sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${clinic.name}
      AND usename = 'sonodesk'`;
      await says("the password, since when", /password.*since \d\d:\d\d/);
      assert.match(box.link.status().failure, /password/);
      await clinic.sql`ALTER ROLE sonodesk PASSWORD 'box'`;
      await clinic.sql`ALTER TABLE patients RENAME given_name TO first_name`;
      await box.untilInSync();
      await clinic.sql`REVOKE INSERT ON dicom_studies FROM sonodesk`;
      await says("the right", /dicom_studies/);
      await clinic.sql`GRANT INSERT ON dicom_studies TO sonodesk`;
      await box.untilInSync();
    },
  );

  await t.step("a row that somebody holds delays only its own aggregate", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const held = await clinic.book();
    const free = await clinic.book({ patientId: "P2", firstName: "Free" });
    await box.until(
      "the bookings are here",
      () => box.store.appointments.find(held) && box.store.appointments.find(free),
    );
    let letGo = () => {};
    const holding = new Promise<void>((resolve) => letGo = resolve);
    const holder = clinic.sql.begin(async (sql) => {
      await sql`SELECT FROM appointments WHERE id = ${held} FOR UPDATE`;
      await holding;
    });
    await pause(50);
    box.store.worklistItems.send(held, null, "reception");
    await pause(50);
    box.store.worklistItems.send(free, null, "reception");
    await box.until(
      "the free one arrives while the other is held",
      async () => (await clinic.sql`SELECT FROM appointments WHERE mwl_sent AND id = ${free}`).length === 1,
    );
    assert.equal((await clinic.sql`SELECT FROM appointments WHERE mwl_sent AND id = ${held}`).length, 0);
    letGo();
    await holder;
    await box.untilDelivered();
    assert.equal((await clinic.sql`SELECT FROM appointments WHERE mwl_sent`).length, 2);
  });

  await t.step("a wrong password, mended in the database", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.sql`ALTER ROLE sonodesk PASSWORD 'another'`;
    await using box = await ClinicBox.start({ url: clinic.url });
    box.store.audit.add("box", "began", "box");
    await box.until("it says so", () => /correct the user or the password/.test(box.link.status().sentence));
    assert.match(box.link.status().sentence, /waiting since \d\d:\d\d/);
    await clinic.sql`ALTER ROLE sonodesk PASSWORD 'box'`;
    await box.untilInSync();
  });

  await t.step("the clock of the box jumps by years", async () => {
    await using clinic = await FlaskClinic.create(server);
    await listen(clinic);
    const id = await clinic.book({ patientId: "P0", lastName: "Booked" });
    await withClock(async (set) => {
      await using box = await ClinicBox.make({ url: clinic.url });
      set(-56);
      await examine(box, 0, 1);
      // held far into what will be the future once the clock is right
      set(10);
      const [first] = box.store.outbox.nextBatch({ events: 1, characters: 1 });
      box.store.outbox.hold(first!, "a wrong clock", LONGEST_HOLD);
      set(-56);
      await examine(box, 1, 1);
      box.link.start();
      await box.untilDelivered();
      await box.until("the schedule is that of the clinic's day", () => box.store.appointments.find(id));
      set(0);
      await examine(box, 2, 1);
      await box.untilDelivered();
      set(20);
      await examine(box, 3, 1);
      await box.untilDelivered();
      // and a restart under another wrong clock
      set(-30);
      await box.restart();
      await examine(box, 4, 1);
      await box.untilDelivered();
      assert.equal(box.store.appointments.get(id).status, "scheduled");
    });
    await clinic.sql`DELETE FROM appointments WHERE id = ${id}`;
    await clinic.sql`DELETE FROM patients WHERE id = 'P0'`;
    await assertExactlyOnce(clinic, 5, 1);
  });

  await t.step("the worklist and the kiosk do not wait for a database that hangs", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using proxy = new TcpProxy(server.port);
    proxy.silent = true;
    await using box = await Box.start({ clinicDatabaseUrl: clinic.urlAt(proxy.port) });
    await box.until("the box has asked the database", () => proxy.connections >= 1);
    // with the database still silent: booked, sent, found by a machine, seen on the page
    const { store, ports, clinic: link } = box.appliance;
    const { id } = box.send({ date: new Date().toISOString().slice(0, 10) });
    assert.equal(store.worklistItems.find(id)!.appointmentId, id);
    const asked = async (what: () => Promise<void>) => {
      const times: number[] = [];
      for (let n = 0; n < 5; n++) {
        const began = performance.now();
        await what();
        times.push(performance.now() - began);
      }
      return times.sort((a, b) => a - b)[2]!;
    };
    const worklist = async () => {
      const keys = ["PatientName", "PatientID"].flatMap((key) => ["-k", key]);
      const found = await run("findscu", ["-W", ...keys, "127.0.0.1", String(ports.worklistPort)]);
      assert.match(found.text, /Sharma\^Priya/);
    };
    const page = async () => {
      const health = await fetch(`http://127.0.0.1:${ports.webPort}/healthz`);
      assert.ok(health.ok, "the page answers");
      await health.body?.cancel();
    };
    const silent = [await asked(worklist), await asked(page)];
    assert.equal(link.status().readAt, null, "and the database has still said nothing");
    assert.ok(store.outbox.counts().waiting > 0);
    proxy.silent = false;
    proxy.cutAll();
    await box.until("it is told afterwards", () => store.outbox.counts().waiting === 0);
    assert.equal((await clinic.sql`SELECT FROM sonodesk.appointment_steps`).length, 2);
    const answered = [await asked(worklist), await asked(page)];
    console.log(`worklist and page, ms: ${silent.map(Math.round)} while it hangs, ${answered.map(Math.round)} after`);
    // a wait for the database would be its time limit: seconds
    silent.forEach((time, which) => assert.ok(time < 10 * answered[which]! + 1000, `${time} ms`));
  });

  await t.step("measurements whose batch is too large for one go", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.make({ url: clinic.url });
    await clinic.book();
    const values = Array.from({ length: 300 }, (_, n) => measurement("Femur length ".repeat(50), String(n)));
    for (let n = 0; n < 40; n++) {
      const { studyInstanceUid, sopInstanceUid } = await box.receive({ patientId: "P1", patientName: "Sharma^Priya" });
      box.store.measurements.replace(studyInstanceUid, sopInstanceUid, values);
    }
    box.link.start();
    await box.untilDelivered();
    const [row] = await clinic.sql`SELECT count(*)::int AS count FROM measurements`;
    assert.equal(row!.count, 40 * 300);
  });
});

async function assertEachOnce(clinic: FlaskClinic, box: ClinicBox): Promise<void> {
  const twice = await clinic.sql`SELECT relation, key FROM heard GROUP BY relation, key HAVING count(*) > 1`;
  assert.deepEqual([...twice], [], "nothing was written twice");
  const here = Array.from({ length: 2000 }, (_, n) => box.store.appointments.find(`box-${n}`)).filter((one) => !!one);
  const [counts] = await clinic.sql`
    SELECT (SELECT count(*)::int FROM appointments) AS appointments, (SELECT count(*)::int FROM dicom_images) AS images`;
  assert.equal(counts!.appointments, here.length);
  assert.equal(counts!.images, here.reduce((sum, { images }) => sum + images, 0));
  const ways = await clinic.sql`
    SELECT b.box_appointment_id AS id, array_to_json(array_agg(s.status ORDER BY s.id)) AS way
    FROM sonodesk.appointment_steps s JOIN sonodesk.box_appointments b USING (appointment_id)
    GROUP BY b.box_appointment_id`;
  for (const { id, way } of ways) {
    const steps = box.store.appointments.steps(id).map(({ status }) => status);
    assert.deepEqual(way, steps.slice(1), "the clinic has the same way as the box");
  }
  assert.ok(here.length > 10, "the box had time to do something");
}
