import assert from "node:assert/strict";
import { TestAuthority } from "../support/authority.ts";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";

/** Asks as an admin. */
async function admin(box: TestBox) {
  const cookie = await box.signIn("admin");
  return async (method: string, path: string, body?: unknown) => {
    const answer = await box.fetch(`/api${path}`, { method, cookie, body });
    return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json() };
  };
}

peerTest(
  "DICOM security: authorities are given as PEM, shown by their fingerprints, and forgotten",
  ["openssl"],
  async () => {
    const box = await TestBox.start();
    const ask = await admin(box);
    await using authority = await TestAuthority.make();
    const pem = await Deno.readTextFile(authority.cert);
    const off = { from: "box", authorities: [], authoritiesFixed: false };
    assert.deepEqual((await ask("GET", "/dicom-tls")).body, off);
    for (
      const [given, why] of [
        ["", /no certificate in it/],
        ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", /broken/],
        ["-----BEGIN PRIVATE KEY-----", /without any key/],
      ] as const
    ) {
      const { status, body } = await ask("PUT", "/dicom-tls/authorities", { pem: given });
      assert.equal(status, 400);
      assert.match(body.detail, why);
    }
    const { status, body } = await ask("PUT", "/dicom-tls/authorities", { pem: pem + pem });
    assert.equal(status, 200);
    assert.equal(body.authorities.length, 2);
    assert.match(body.authorities[0].fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.match(body.authorities[0].subject, /^CN=/);
    assert.ok(Date.parse(body.authorities[0].notAfter) > Date.now());
    assert.deepEqual((await ask("PUT", "/dicom-tls/authorities", { pem: null })).body, off);
    assert.deepEqual(box.store.audit.latest(2).map(({ action }) => action), [
      "DICOM authorities changed",
      "DICOM authorities changed",
    ]);
    await box.stop();
  },
);

Deno.test("DICOM security: accounts are added with or without a passcode, which is never shown", async () => {
  const box = await TestBox.start();
  const ask = await admin(box);
  const first = await ask("POST", "/dicom-accounts", { username: "scanner", passcode: "open sesame" });
  assert.equal(first.status, 201);
  assert.deepEqual(first.body, { id: first.body.id, username: "scanner", hasPasscode: true });
  await ask("POST", "/dicom-accounts", { username: "trolley" });
  assert.deepEqual((await ask("GET", "/dicom-accounts")).body.map((one: { hasPasscode: boolean }) => one.hasPasscode), [
    true,
    false,
  ]);
  assert.equal((await ask("POST", "/dicom-accounts", { username: "scanner" })).status, 409);
  assert.equal((await ask("POST", "/dicom-accounts", { username: "" })).status, 400);
  assert.equal((await ask("DELETE", `/dicom-accounts/${first.body.id}`)).status, 204);
  assert.equal((await ask("DELETE", `/dicom-accounts/${first.body.id}`)).status, 404);
  const kept = JSON.stringify(box.store.audit.latest(10));
  assert.ok(kept.includes("trolley") && !kept.includes("open sesame"));
  await box.stop();
});
