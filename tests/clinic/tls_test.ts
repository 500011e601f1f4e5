import assert from "node:assert/strict";
import { readAddress } from "../../src/clinic/address.ts";
import { ClinicSession } from "../../src/clinic/session.ts";
import { peerTest } from "../support/peers.ts";
import { makeCertificates } from "./certificates.ts";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

/** Whether the connection is private, or the sentence that a person gets instead. */
async function tried(url: string): Promise<boolean | string> {
  const session = new ClinicSession(readAddress(url));
  try {
    return await session.run(5000, async (sql) => {
      const [row] = await sql<{ ssl: boolean }[]>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
      return row!.ssl;
    });
  } catch (error) {
    return (error as Error).message;
  } finally {
    session.close();
  }
}

peerTest("The connection to the clinic's database is as private as its address says", ["openssl"], async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-certificates-" });
  const good = await makeCertificates(`${folder}/good`);
  const expired = await makeCertificates(`${folder}/expired`, undefined, "20210101000000Z");
  const other = await makeCertificates(`${folder}/other`, "DNS:elsewhere.example");

  await t.step("with a certificate that is right", async () => {
    await using server = await PostgresServer.start({ certificate: good });
    await using clinic = await FlaskClinic.create(server);
    const byName = clinic.url.replace("127.0.0.1", "localhost");
    assert.equal(await tried(`${clinic.url}?sslmode=disable`), false);
    assert.equal(await tried(clinic.url), true, "private where that is possible");
    assert.equal(await tried(`${clinic.url}?sslmode=require`), true);
    for (const mode of ["verify-ca", "verify-full"]) {
      assert.equal(await tried(`${byName}?sslmode=${mode}&sslrootcert=${good.authority}`), true, mode);
      assert.equal(await tried(`${clinic.url}?sslmode=${mode}&sslrootcert=${good.authority}`), true, mode);
      assert.match(
        String(await tried(`${byName}?sslmode=${mode}&sslrootcert=${other.authority}`)),
        /not from an authority/,
      );
      assert.match(String(await tried(`${byName}?sslmode=${mode}`)), /not from an authority/);
    }
    assert.match(
      String(await tried(`${byName}?sslmode=verify-full&sslrootcert=${folder}/none.crt`)),
      /Cannot read the certificate in sslrootcert/,
    );
    await using box = await ClinicBox.start({ url: `${byName}?sslmode=verify-full&sslrootcert=${good.authority}` });
    const id = await clinic.book();
    await box.until("the booking is here", () => box.store.appointments.find(id));
  });

  await t.step("with one for another name", async () => {
    await using server = await PostgresServer.start({ certificate: other });
    await using clinic = await FlaskClinic.create(server);
    const byName = clinic.url.replace("127.0.0.1", "localhost");
    assert.match(
      String(await tried(`${byName}?sslmode=verify-full&sslrootcert=${other.authority}`)),
      /for another name/,
    );
    assert.equal(await tried(`${byName}?sslmode=verify-ca&sslrootcert=${other.authority}`), true);
  });

  await t.step("with one that has expired", async () => {
    await using server = await PostgresServer.start({ certificate: expired });
    await using clinic = await FlaskClinic.create(server);
    const url = `${clinic.url.replace("127.0.0.1", "localhost")}?sslmode=verify-full&sslrootcert=${expired.authority}`;
    await using box = await ClinicBox.start({ url });
    box.walkIn({ firstName: "Asha", lastName: "Rao" });
    await box.until("it says so", () => /has expired/.test(box.link.status().sentence));
    assert.equal((await clinic.sql`SELECT FROM patients`).length, 0);
    assert.equal(await tried(`${clinic.url}?sslmode=require`), true, "who asks for no proof gets in");
  });

  await t.step("with a server that speaks in the clear only", async () => {
    await using server = await PostgresServer.start();
    await using clinic = await FlaskClinic.create(server);
    assert.equal(await tried(clinic.url), false);
    assert.match(String(await tried(`${clinic.url}?sslmode=require`)), /offers no encryption/);
  });

  await Deno.remove(folder, { recursive: true });
});
