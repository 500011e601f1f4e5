import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";
import { ClinicBox, measurement } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

/** PgBouncer in transaction mode before a clinic's database: a connection is another one for each transaction. */
class Pooler implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;

  private constructor(folder: string, port: number, process: Deno.ChildProcess) {
    this.#folder = folder;
    this.port = port;
    this.#process = process;
  }

  static async start(clinic: FlaskClinic): Promise<Pooler> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-pooler-" });
    const port = Number(freePort());
    await Deno.writeTextFile(`${folder}/users`, `"sonodesk" "box"\n`);
    await Deno.writeTextFile(
      `${folder}/pgbouncer.ini`,
      `[databases]
${clinic.name} = host=127.0.0.1 port=${clinic.server.port} dbname=${clinic.name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${folder}/users
pool_mode = transaction
default_pool_size = 2
`,
    );
    // it does not run as root
    const isRoot = Deno.uid() === 0;
    if (isRoot) { for (const name of ["", "/users", "/pgbouncer.ini"]) await Deno.chmod(`${folder}${name}`, 0o755); }
    const process = new Deno.Command("/usr/sbin/pgbouncer", {
      args: [...(isRoot ? ["-u", "nobody"] : []), `${folder}/pgbouncer.ini`],
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (;;) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return new Pooler(folder, port, process);
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGINT");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

peerTest(
  "A clinic's database behind PgBouncer in transaction mode: read, told, and told once",
  ["pgbouncer"],
  async () => {
    await using server = await PostgresServer.start();
    await using clinic = await FlaskClinic.create(server);
    await using pooler = await Pooler.start(clinic);
    await using box = await ClinicBox.start({ url: clinic.urlAt(pooler.port) });
    const id = await clinic.book();
    const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
    box.store.worklistItems.send(id, null, "reception");
    const scan = { patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid };
    for (let number = 1; number <= 40; number++) await box.receive(scan, { number });
    const report = await box.receive(scan, { frames: 0 });
    box.store.measurements.replace(studyInstanceUid, report.sopInstanceUid, [measurement("Estimated Weight", "4.2")]);
    box.walkIn({ firstName: "Anna", lastName: "Rao" });
    await box.untilDelivered();
    assert.equal((await clinic.sql`SELECT FROM dicom_images`).length, 40);
    assert.equal((await clinic.sql`SELECT FROM measurements`).length, 1);
    assert.equal((await clinic.sql`SELECT FROM patients WHERE first_name = 'Anna'`).length, 1);
    const request = (await clinic.sql`SELECT sonodesk.recall(${Number(id)}::bigint)::text AS id`)[0]!.id;
    await box.until(
      "what the program asks is done",
      async () =>
        (await clinic.sql`SELECT FROM sonodesk.requests WHERE id = ${request} AND answered_at IS NOT NULL`).length,
    );
    await box.untilInSync();
  },
);
