import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { ClinicLink, URL_SETTING } from "../../src/clinic/clinic_link.ts";
import { readAddress } from "../../src/clinic/address.ts";
import { ClinicSession } from "../../src/clinic/session.ts";
import { Health } from "../../src/operations/health.ts";
import { makeCertificates } from "../clinic/certificates.ts";
import { FlaskClinic } from "../clinic/flask_clinic.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { until } from "../support/until.ts";

/** The same server as from another computer: by this name it is on loopback, and the box does not know that. */
const asElsewhere = (url: string) => url.replace("127.0.0.1", "0.0.0.0");

peerTest("a clinic's database elsewhere: without sslmode it proves who it is, or a person confirms its certificate", [
  "openssl",
], async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-pin-" });
  const own = await makeCertificates(`${folder}/own`);
  const other = await makeCertificates(`${folder}/other`);
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const put = async (body: object) => {
    const answer = await box.fetch("/api/clinic", { cookie, method: "PUT", body });
    return { status: answer.status, json: await answer.json() };
  };
  let pinned = "";

  await t.step("an authority that nobody knows: its fingerprint is shown, and only that one is taken", async () => {
    await using server = await PostgresServer.start({ certificate: own });
    await using clinic = await FlaskClinic.create(server);
    const url = asElsewhere(clinic.url);
    const asked = await put({ url });
    assert.equal(asked.status, 409);
    const { fingerprint256 } = new X509Certificate(Deno.readFileSync(own.certificate));
    assert.equal(asked.json.certificate.fingerprint, fingerprint256);
    assert.equal(box.store.settings.get(URL_SETTING), undefined, "nothing is kept until somebody has confirmed it");
    const wrong = await put({ url, fingerprint: fingerprint256.replaceAll(/^../g, "00") });
    assert.equal(wrong.status, 409);
    assert.equal((await put({ url, fingerprint: fingerprint256 })).status, 200);
    pinned = box.store.settings.get(URL_SETTING)!;
    assert.match(pinned, /sslmode=verify-full&sslfingerprint=/);
    const session = new ClinicSession(readAddress(pinned));
    const [row] = await session.run(
      5000,
      (sql) => sql<{ ssl: boolean }[]>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    );
    session.close();
    assert.equal(row!.ssl, true);
  });

  await t.step("another server in its place hears nothing, not even who calls", async () => {
    await using server = await PostgresServer.start({ certificate: other });
    await using clinic = await FlaskClinic.create(server);
    const fingerprint = new URL(pinned.replace(/^\w+/, "http")).searchParams.get("sslfingerprint");
    const session = new ClinicSession(
      readAddress(`${asElsewhere(clinic.url)}?sslmode=verify-full&sslfingerprint=${fingerprint}`),
    );
    await assert.rejects(
      session.run(5000, (sql) => sql.unsafe("SELECT 1")),
      /shows another certificate than the one that was confirmed/,
    );
  });

  await t.step("one that speaks in the clear only is refused, unless the address says so", async () => {
    await using server = await PostgresServer.start();
    await using clinic = await FlaskClinic.create(server);
    const url = asElsewhere(clinic.url);
    const refused = await put({ url });
    assert.deepEqual([refused.status, /offers no encryption/.test(refused.json.detail)], [409, true]);
    assert.equal((await put({ url: `${url}?sslmode=disable` })).status, 200);
    assert.equal((await put({ url: clinic.url })).status, 200, "on the box itself nobody listens");
  });

  await t.step("an address of before keeps working, and health tells it", async () => {
    await using server = await PostgresServer.start({ certificate: own });
    await using clinic = await FlaskClinic.create(server);
    box.store.settings.set(URL_SETTING, asElsewhere(clinic.url));
    const link = new ClinicLink(box.store, { url: undefined });
    link.start();
    try {
      const health = new Health({
        store: box.store,
        archive: { space: () => ({ free: 9e9, floor: 1e9, size: 9e9 }) } as never,
        ports: () => [],
        unwritable: () => undefined,
        isTimeConfirmed: () => true,
        backupFolder: () => undefined,
        brokenAudit: () => [],
        clinic: link,
      });
      const told = () => health.report().checks.find(({ name }) => name === "clinic")?.detail ?? "";
      await until("health tells it", () => /does not prove who it is/.test(told()));
      assert.notEqual(link.status().state, "off");
    } finally {
      await link.stop();
    }
  });

  await box.stop();
  await Deno.remove(folder, { recursive: true });
});
