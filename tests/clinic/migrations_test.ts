import assert from "node:assert/strict";
import { isFile, PYTHON, run } from "../support/peers.ts";
import { ClinicBox, measurement } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;

/** What the program has for the box's tables: nothing, the printed models, the printed recipe, or models of its own. */
type Models = "none" | "models" | "recipe" | "planned";

/** A clinic's program with Flask-Migrate, on a database of its own. */
class MigratingClinic implements AsyncDisposable {
  readonly #folder: string;
  readonly clinic: FlaskClinic;

  private constructor(folder: string, clinic: FlaskClinic) {
    this.#folder = folder;
    this.clinic = clinic;
  }

  static async create(server: PostgresServer): Promise<MigratingClinic> {
    const clinic = await FlaskClinic.create(server, { bare: true });
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-flask-" });
    await run("cp", ["-r", new URL("flask_app/app", import.meta.url).pathname, folder]);
    await Deno.writeTextFile(`${folder}/app/dicom_models.py`, await printed("clinic-models"));
    const program = new MigratingClinic(folder, clinic);
    await program.flask("none", "init");
    await program.flask("none", "migrate", "-m", "the clinic's own");
    await program.flask("none", "upgrade");
    return program;
  }

  async flask(models: Models, ...args: string[]): Promise<string> {
    const { code, text } = await run("/usr/bin/python3", ["-m", "flask", "db", ...args], {
      cwd: this.#folder,
      env: {
        FLASK_APP: "app",
        DATABASE_URL: this.clinic.ownerUrl,
        SONODESK_MODELS: models === "models" || models === "recipe" ? models : "",
        PLANNED_MODELS: models === "planned" ? "yes" : "",
        PYTHONDONTWRITEBYTECODE: "1",
      },
    });
    assert.equal(code, 0, text);
    return text;
  }

  /** Saves the printed migration behind the latest one. */
  async addPrintedMigration(): Promise<void> {
    const [latest] = (await this.flask("none", "heads")).match(/^\w+(?= \(head\))/m)!;
    const migration = (await printed("clinic-models", "--migration"))
      .replace("down_revision = None", `down_revision = "${latest}"`);
    await Deno.writeTextFile(`${this.#folder}/migrations/versions/sonodesk_0001.py`, migration);
  }

  /** What Alembic would change, as it says it; "" for nothing. */
  async differences(models: Models): Promise<string> {
    const text = await this.flask(models, "migrate", "-m", "looked");
    return text.includes("No changes in schema detected") ? "" : text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clinic[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function printed(...args: string[]): Promise<string> {
  const { code, text } = await run(Deno.execPath(), ["run", "-A", "--no-check", main, ...args]);
  assert.equal(code, 0, text);
  return text;
}

Deno.test({
  name: "A clinic's own migrations and the box's tables live beside each other",
  ignore: !Object.keys(PYTHON).every(isFile),
  fn: async (t) => {
    await using server = await PostgresServer.start();

    await t.step("without a word to Alembic it would drop what the box needs", async () => {
      await using program = await MigratingClinic.create(server);
      await program.clinic.install();
      assert.match(await program.differences("none"), /removed table 'measurements'/);
    });

    await t.step("the SQL first, then the printed models: nothing to change", async () => {
      await using program = await MigratingClinic.create(server);
      await program.clinic.install();
      assert.equal(await program.differences("models"), "");
    });

    await t.step("the SQL and the printed recipe, without any model: nothing to change", async () => {
      await using program = await MigratingClinic.create(server);
      await program.clinic.install();
      assert.equal(await program.differences("recipe"), "");
    });

    await t.step("the printed migration first, then the SQL: the same tables, and the box works", async () => {
      await using program = await MigratingClinic.create(server);
      await program.addPrintedMigration();
      await program.flask("models", "upgrade");
      assert.equal(await program.differences("models"), "", "what it made is what the models say");
      await program.clinic.install();
      assert.equal(await program.differences("models"), "", "the SQL changed nothing");
      await using box = await ClinicBox.start({ url: program.clinic.url });
      const id = await program.clinic.book();
      const { studyInstanceUid } = await box.until("it is read", () => box.store.appointments.find(id));
      await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
      await box.untilDelivered();
      assert.equal((await program.clinic.sql`SELECT appointment_id FROM dicom_studies`)[0]!.appointment_id, id);
      assert.equal(box.link.status().state, "in sync");
    });

    await t.step("the SQL first, then the printed migration: it finds the tables there", async () => {
      await using program = await MigratingClinic.create(server);
      await program.clinic.install();
      await program.addPrintedMigration();
      await program.flask("models", "upgrade");
      assert.equal(await program.differences("models"), "");
    });

    await t.step(
      "models of the clinic's own drop the box's columns: it says so, and they hold again what they held",
      async () => {
        await using program = await MigratingClinic.create(server);
        const { clinic } = program;
        await program.flask("planned", "migrate", "-m", "as planned");
        await program.flask("planned", "upgrade");
        await clinic.install();
        await using box = await ClinicBox.start({ url: clinic.url, checkEvery: 200 });
        const id = await clinic.book();
        const { studyInstanceUid } = await box.until("it is read", () => box.store.appointments.find(id));
        const report = await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid }, {
          frames: 0,
        });
        box.store.measurements.replace(studyInstanceUid, report.sopInstanceUid, [
          measurement("Estimated Weight", "4.2"),
        ]);
        await box.untilDelivered();
        const values = () => clinic.sql`SELECT id, sop_instance_uid, position, code, context FROM measurements`;
        const before = await values();
        await program.flask("planned", "migrate", "-m", "something else");
        await program.flask("planned", "upgrade");
        await box.until("it says so", () => box.link.status().state === "needs mending");
        await box.link.install(clinic.ownerUrl);
        await box.until("it was compared", () => box.link.status().compared ?? undefined);
        await box.untilDelivered();
        assert.deepEqual(await values(), before);
        assert.equal((await clinic.sql`SELECT appointment_id FROM dicom_studies`)[0]!.appointment_id, id);
        await box.untilInSync();
      },
    );
  },
});
