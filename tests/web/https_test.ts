import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { BoxCertificates } from "../../src/certificates/certificates.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";

const NAMES = ["sonodesk.local", "localhost", "127.0.0.1", "fd00::1"];

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-certificates-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Certificates: the authority stays, the box's own follows its names, keys are for the box's user only", () =>
  inFolder(async (folder) => {
    const first = await BoxCertificates.open(folder, NAMES);
    const again = await BoxCertificates.open(folder, NAMES);
    assert.equal(again.cert, first.cert);
    const moved = await BoxCertificates.open(folder, [...NAMES, "192.168.7.7"]);
    assert.equal(moved.info.fingerprint, first.info.fingerprint);
    assert.notEqual(moved.cert, first.cert);
    const own = new X509Certificate(moved.cert);
    const authority = new X509Certificate(moved.authority);
    assert.ok(own.verify(authority.publicKey));
    assert.ok(own.checkIP("192.168.7.7"));
    assert.ok(own.checkHost("sonodesk.local"));
    assert.equal(authority.fingerprint256, moved.info.fingerprint);
    assert.ok(authority.ca);
    for (const name of ["authority.key", "box.key"]) {
      assert.equal((await Deno.stat(`${folder}/${name}`)).mode! & 0o077, 0, name);
    }
    assert.ok(moved.info.qr.length > 20 && moved.info.qr.every((row) => row.length === moved.info.qr.length));
    const days = (new Date(own.validTo).getTime() - new Date(own.validFrom).getTime()) / 86_400_000;
    assert.ok(days < 398, "phones refuse longer ones");
  }));

Deno.test("Certificates: a key that is another's, after a pulled plug, has its certificate made anew", () =>
  inFolder(async (folder) => {
    const first = await BoxCertificates.open(folder, NAMES);
    await Deno.rename(`${folder}/box.key`, `${folder}/old.key`);
    const other = await BoxCertificates.open(folder, NAMES);
    await Deno.rename(`${folder}/old.key`, `${folder}/box.key`);
    const mended = await BoxCertificates.open(folder, NAMES);
    assert.notEqual(mended.cert, other.cert);
    assert.equal(mended.info.fingerprint, first.info.fingerprint);
    assert.equal([...Deno.readDirSync(folder)].some(({ name }) => name.endsWith(".part")), false);
  }));

Deno.test("HTTPS: who trusts the box's authority gets the page, with a cookie for HTTPS only; plain HTTP stays on loopback", () =>
  inFolder(async (folder) => {
    const certificates = await BoxCertificates.open(folder, NAMES);
    const box = await TestBox.start({ https: { certificates, port: 0 } });
    const cookie = await box.signIn("admin");
    const { fingerprint } = await (await box.fetch("/api/certificate", { cookie })).json();
    assert.equal(fingerprint, certificates.info.fingerprint);
    const authority = await box.fetch("/certificate.crt");
    assert.equal(authority.headers.get("content-type"), "application/x-x509-ca-cert");
    const trusted = new X509Certificate(new Uint8Array(await authority.arrayBuffer())).toString();
    const asText = await box.fetch("/certificate.pem");
    assert.equal(asText.headers.get("content-type"), "application/x-pem-file");
    assert.equal((await asText.text()).trim(), trusted.trim());
    const client = Deno.createHttpClient({ caCerts: [trusted] });
    const secure = `https://127.0.0.1:${box.httpsPort}`;
    const page = await fetch(`${secure}/`, { client } as RequestInit);
    assert.match(await page.text(), /<title>/);
    const login = await fetch(`${secure}/api/session`, {
      client,
      method: "POST",
      headers: { "content-type": "application/json", origin: secure },
      body: JSON.stringify({ username: "admin", password: PASSWORD }),
    } as RequestInit);
    await login.body?.cancel();
    assert.match(login.headers.get("set-cookie") ?? "", /; Secure/);
    const same = await fetch(`https://127.0.0.1:${box.port}/healthz`, { client } as RequestInit);
    await same.body?.cancel();
    assert.equal(same.status, 200, "the port of plain HTTP speaks HTTPS too");
    await assert.rejects(fetch(`${secure}/`), "a stranger's authority is not trusted");
    client.close();
    await box.stop();
  }));

Deno.test("HTTPS: from another address plain HTTP leads to it; health and the certificate are there without", async () => {
  const { networkInterfaces } = await import("node:os");
  const outside = Object.values(networkInterfaces()).flat().find((one) => one?.family === "IPv4" && !one.internal);
  // the rule itself is below; through the network only where this machine has one
  const { leadsToHttps } = await import("../../src/web/web_listener.ts");
  const request = (path: string) => new Request(`http://sonodesk.local:5000${path}`);
  assert.equal(leadsToHttps("192.168.1.9", request("/")), true);
  assert.equal(leadsToHttps("127.0.0.1", request("/")), false);
  assert.equal(leadsToHttps("192.168.1.9", request("/healthz")), false);
  assert.equal(leadsToHttps("192.168.1.9", request("/certificate.crt")), false);
  assert.equal(leadsToHttps("192.168.1.9", request("/certificate.pem")), false);
  if (!outside) return;
  await inFolder(async (folder) => {
    const certificates = await BoxCertificates.open(folder, NAMES);
    const box = await TestBox.start({ host: "0.0.0.0", https: { certificates, port: 0 } });
    box.addUser("admin", "admin");
    const answer = await fetch(`http://${outside.address}:${box.port}/settings?x=1`, { redirect: "manual" });
    await answer.body?.cancel();
    assert.equal(answer.status, 308);
    assert.equal(answer.headers.get("location"), `https://${outside.address}:${box.httpsPort}/settings?x=1`);
    await box.stop();

    // without a port of its own HTTPS is where HTTP is, and the one leads to the other
    const one = await TestBox.start({ host: "0.0.0.0", https: { certificates } });
    await one.addUser("admin", "admin");
    const led = await fetch(`http://${outside.address}:${one.port}/`, { redirect: "manual" });
    await led.body?.cancel();
    assert.equal(led.headers.get("location"), `https://${outside.address}:${one.port}/`);
    const pem = new X509Certificate(certificates.authority).toString();
    const client = Deno.createHttpClient({ caCerts: [pem] });
    const page = await fetch(`https://127.0.0.1:${one.port}/`, { client } as RequestInit);
    assert.match(await page.text(), /<title>/);
    client.close();
    await one.stop();
  });
});

Deno.test("HTTPS: a certificate whose time is nearly over, or has not come, is followed by another while the box runs", () =>
  inFolder(async (folder) => {
    const names = ["sonodesk.local"];
    const days = (n: number) => new Date(Date.UTC(2030, 0, 1) + n * 86_400_000);
    const certificates = await BoxCertificates.open(folder, names, days(0));
    const { authority, info: { fingerprint } } = certificates;
    const certificate = () => new X509Certificate(certificates.cert);
    const first = certificate().serialNumber;
    assert.equal(await certificates.follow(names, days(300)), false);
    assert.equal(await certificates.follow(names, days(340)), true);
    assert.notEqual(certificate().serialNumber, first);
    assert.ok(new Date(certificates.info.notAfter) > days(700));
    assert.equal(await certificates.follow(names, days(340)), false);
    assert.equal(await certificates.follow(names, days(0)), true, "the clock was a year ahead");
    assert.ok(new Date(certificate().validFrom) < days(0));
    assert.deepEqual([certificates.authority, certificates.info.fingerprint], [authority, fingerprint]);
  }));

Deno.test("HTTPS: a box that gets another address has a certificate for it while it runs", () =>
  inFolder(async (folder) => {
    const certificates = await BoxCertificates.open(folder, ["sonodesk.local", "localhost"]);
    assert.equal(await certificates.follow(["localhost"]), false, "fewer names need no other");
    const box = await TestBox.start({ https: { certificates, port: 0 } });
    const caCerts = [new X509Certificate(certificates.authority).toString()];
    const ask = async (port: number) => {
      const client = Deno.createHttpClient({ caCerts }); // with connections of its own
      try {
        const answer = await fetch(`https://127.0.0.1:${port}/healthz`, { client } as RequestInit);
        await answer.body?.cancel();
        return answer.status;
      } finally {
        client.close();
      }
    };
    await assert.rejects(ask(box.httpsPort!), "it has none for this address");
    assert.equal(await certificates.follow(["sonodesk-2.local", "127.0.0.1"]), true);
    await box.renewCertificates();
    assert.equal(await ask(box.httpsPort!), 200);
    assert.equal(await ask(box.port), 200);
    assert.deepEqual(certificates.info.names, ["sonodesk-2.local", "127.0.0.1"]);
    await box.stop();
  }));
