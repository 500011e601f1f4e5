import assert from "node:assert/strict";
import { URL_SETTING } from "../../src/clinic/clinic_link.ts";
import type { Finding } from "../../src/operations/finding.ts";
import { tried, tryBucket, tryDisk, tryPeer } from "../../src/operations/links.ts";
import { EchoCheck } from "../../src/services/echo_check.ts";
import { axeScript, violations } from "../browser/axe.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "../browser/chromium.ts";
import { FlaskClinic } from "../clinic/flask_clinic.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";
import { TestAuthority } from "../support/authority.ts";
import { Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";
import { BUCKET, S3Server } from "../support/s3_server.ts";
import { TestBox } from "../support/web_box.ts";

/** The steps that were tried; of the last one all. */
function steps(findings: Finding[]): string[] {
  for (const { what, coded } of findings) assert.ok(what.coded && coded, "it can be said in Hindi");
  return findings.map(({ what, how, coded }) => how === "ok" ? what.detail : `${what.detail}: ${coded!.code}`);
}

const REACHED = ["address", "port"];

peerTest(
  "the clinic's database is down: the name, the port, the encryption, the login, the database, each by its name",
  [
    "openssl",
  ],
  async () => {
    await using authority = await TestAuthority.make();
    const certify = async (name: string, expired: boolean) => {
      const { cert: certificate, key } = expired ? await authority.certifyExpired(name) : await authority.certify(name);
      return { certificate, key };
    };
    const box = await TestBox.start();
    try {
      const cookie = await box.signIn("admin");
      const ask = async (url?: string): Promise<string[]> => {
        const answer = await box.fetch("/api/links/try", { cookie, body: { link: "clinic", ...(url && { url }) } });
        assert.equal(answer.status, 200, JSON.stringify(await answer.clone().json()));
        return steps(await answer.json());
      };
      assert.equal(
        (await box.fetch("/api/links/try", { cookie, body: { link: "clinic" } })).status,
        409,
        "none is set",
      );
      {
        await using server = await PostgresServer.start({ certificate: await certify("clinic", false) });
        await using clinic = await FlaskClinic.create(server);
        const well = `${clinic.url}?sslmode=verify-full&sslrootcert=${authority.cert}`;
        assert.deepEqual(await ask(well), [...REACHED, "TLS", "login"]);
        assert.deepEqual(await ask(`${clinic.url}?sslmode=verify-full`), [
          ...REACHED,
          "TLS: clinic-certificate-unknown",
        ]);
        assert.deepEqual(await ask(well.replace(/:[^:@]+@/, ":wrong@")), [
          ...REACHED,
          "TLS",
          "login: clinic-wrong-login",
        ]);
        assert.deepEqual(await ask(well.replace(`/${clinic.name}`, "/nothing")), [
          ...REACHED,
          "database: clinic-not-ready",
        ]);
        const named = well.replace("127.0.0.1", "nowhere.invalid");
        assert.match((await ask(named)).join(), /^name: link-name(-unknown|s-silent)$/);
        // the one that is set, as health tells of it
        box.store.settings.set(URL_SETTING, well.replace(`:${server.port}`, `:${freePort()}`));
        assert.deepEqual(await ask(), ["address", "port: link-port-closed"]);
      }
      {
        await using server = await PostgresServer.start({ certificate: await certify("old", true) });
        await using clinic = await FlaskClinic.create(server);
        const ended = await ask(`${clinic.url}?sslmode=verify-full&sslrootcert=${authority.cert}`);
        assert.deepEqual(ended, [...REACHED, "TLS: clinic-certificate-expired"]);
      }
      assert.deepEqual(
        (await box.fetch("/api/links/try", { cookie, body: { link: "clinic", url: "http://x" } })).status,
        400,
      );
      assert.equal((await box.fetch("/api/links/try", { cookie, body: { link: "machine", id: "none" } })).status, 404);
      assert.equal(
        (await box.fetch("/api/links/try", { cookie, body: { link: "backup", folder: "/etc" } })).status,
        404,
      );
    } finally {
      await box.stop();
    }
  },
);

peerTest(
  "a machine or an archive is down: a closed port, a firewall that says nothing, no TLS, an unknown authority, a wrong title",
  [
    "openssl",
  ],
  async () => {
    await using authority = await TestAuthority.make();
    const identity = async (name: string, trusted = true) => {
      const files = await authority.certify(name);
      const [key, cert] = [await Deno.readTextFile(files.key), await Deno.readTextFile(files.cert)];
      return { key, cert, ...(trusted && { authorities: await Deno.readTextFile(authority.cert) }) };
    };
    const [trusting, knowingNobody] = [await identity("box"), await identity("other", false)];
    const files = await authority.certify("archive");
    await using archive = await Box.start({
      dicomTls: "on",
      ...{ dicomTlsKey: files.key, dicomTlsCertificate: files.cert, dicomTlsAuthorities: authority.cert },
    });
    const ask = async (peer: { aeTitle?: string; address?: string; port?: number; tls?: boolean }, who = trusting) => {
      const echoes = new EchoCheck("BOX", () => Promise.resolve(who));
      const whole = {
        aeTitle: "STORESCP",
        address: "127.0.0.1",
        port: Number(archive.storagePort),
        tls: false,
        ...peer,
      };
      return steps(await tried(tryPeer(whole, () => Promise.resolve(who), (peer) => echoes.peer(peer))));
    };
    assert.deepEqual(await ask({}), [...REACHED, "C-ECHO"]);
    assert.deepEqual((await ask({ address: "localhost" })).slice(0, 1), ["name"]);
    assert.deepEqual(await ask({ address: "" }), ["address: echo-no-address"]);
    assert.deepEqual(await ask({ port: Number(freePort()) }), ["address", "port: link-port-closed"]);
    await using closed = await Box.start({ admission: "closed" });
    assert.deepEqual(await ask({ port: Number(closed.storagePort) }), [...REACHED, "C-ECHO: peer-refuses"]);
    assert.deepEqual(await ask({ port: Number(archive.tlsPort), tls: true }), [...REACHED, "TLS", "C-ECHO"]);
    assert.deepEqual(await ask({ tls: true }), [...REACHED, "TLS: link-tls-none"]);
    const unknown = await ask({ port: Number(archive.tlsPort), tls: true }, knowingNobody);
    assert.deepEqual(unknown, [...REACHED, "TLS: link-tls-unknown"]);

    // who takes no connection any more looks as a firewall does: nothing is answered
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const open: Deno.TcpConn[] = [];
    try {
      for (;;) {
        const signal = AbortSignal.timeout(1000);
        open.push(await Deno.connect({ hostname: "127.0.0.1", port: silent.addr.port, signal }));
      }
    } catch {
      // its queue is full
    }
    assert.deepEqual(await ask({ port: silent.addr.port }), ["port: link-port-silent"]);
    for (const connection of open) connection.close();
  },
);

Deno.test("the network cable is out: the box has no address, and the page says so", async () => {
  const program = `
    import { tried } from "${import.meta.resolve("../../src/operations/links.ts")}";
    import { tryToReach } from "${import.meta.resolve("../../src/operations/link_steps.ts")}";
    for (const host of ["192.168.7.9", "db.clinic.example"]) {
      console.log(JSON.stringify(await tried(tryToReach({ host, port: 5432 }))));
    }`;
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, program);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { code, text } = await run("unshare", ["-rn", Deno.execPath(), "run", "-A", "--config", config, path]);
    if (/unshare.*(not permitted|failed)/.test(text)) return console.log("no network of its own can be made here");
    assert.equal(code, 0, text);
    const [byAddress, byName] = text.trim().split("\n").filter((line) => line.startsWith("[")).map((line) =>
      JSON.parse(line)
    );
    assert.deepEqual(steps(byAddress), ["network: link-no-network"]);
    assert.deepEqual(steps(byName), ["name: link-names-silent"]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("the backup's bucket or disk is down: the port, the key, the bucket, the settings, the disk", async () => {
  await using server = await S3Server.start();
  const { access } = server;
  const ask = async (folder: string, given: typeof access | undefined = access) =>
    steps(await tried(tryBucket(folder, given)));
  assert.deepEqual(await ask(`s3://${BUCKET}/box`), [...REACHED, "login", "writing"]);
  assert.deepEqual(await ask(`s3://${BUCKET}/box`, { ...access, secretAccessKey: "wrong" }), [
    ...REACHED,
    "login: s3-key",
  ]);
  assert.deepEqual(await ask("s3://another/box"), [...REACHED, "bucket: s3-no-bucket"]);
  const closed = { ...access, endpoint: `http://127.0.0.1:${freePort()}` };
  assert.deepEqual(await ask(`s3://${BUCKET}/box`, closed), ["address", "port: link-port-closed"]);
  const tls = { ...access, endpoint: access.endpoint.replace("http:", "https:") };
  assert.deepEqual(await ask(`s3://${BUCKET}/box`, tls), [...REACHED, "TLS: link-tls-none"]);
  assert.deepEqual(steps(await tried(tryBucket("s3://x", access))), ["settings: bucket-name"]);
  assert.deepEqual(steps(await tried(tryBucket(`s3://${BUCKET}`, undefined))), ["settings: backup-no-access"]);
  assert.deepEqual(steps(await tried(tryDisk("/nowhere/usb"))), ["backup disk: backup-disk-not-there"]);
});

peerTest("a tap on Find out why, at a machine that does not answer, in both languages", ["chromium"], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  try {
    const cookie = await box.signIn("admin");
    box.store.machines.add({
      ...{ aeTitle: "US-1", name: "Voluson", address: "127.0.0.1", port: Number(freePort()), admitted: true },
    });
    for (
      const [language, verify, why] of [["en", "Test connection", "Find out why"], ["hi", null, "पता करें क्यों"]] as const
    ) {
      const { page, errors } = await openPage(browser, SCREENS.panel, { bypassCSP: true });
      await page.addInitScript(await axeScript());
      await page.addInitScript((language) => localStorage.setItem("language", language), language);
      await useCookie(page, box.address, cookie);
      await page.route(
        "**/api/machines/*/verify",
        (route) => route.fulfill({ json: { ok: false, detail: "Nobody answers" } }),
      );
      await page.goto(`${box.address}/settings#machines`);
      const machine = page.locator("li", { hasText: "Voluson" });
      if (verify !== null) await machine.getByRole("button", { name: verify }).click();
      else await machine.locator(".machine-actions button").first().click();
      await machine.getByRole("button", { name: why }).click();
      await machine.locator(".findings li.is-failing").waitFor();
      assert.equal(await machine.locator(".findings li").count(), 2, "address and port");
      assert.deepEqual(await violations(page, `try-link-${language}`, false), []);
      await screenshot(page, `settings-try-link-${language}`);
      assert.deepEqual(errors, []);
    }
  } finally {
    await browser.close();
    await box.stop();
  }
});
