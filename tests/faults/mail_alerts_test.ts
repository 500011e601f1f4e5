import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { alertChannels, Alerts, type AlertTest, testAlerts } from "../../src/operations/alerts.ts";
import type { Finding } from "../../src/operations/finding.ts";
import type { HealthReport, HealthStatus } from "../../src/operations/health_report.ts";
import { type Config, readConfig } from "../../src/settings/config.ts";
import { Store } from "../../src/store/store.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "../browser/chromium.ts";
import { TestAuthority } from "../support/authority.ts";
import { MailServer, type MailServerOptions, type ReceivedMail } from "../support/mail_server.ts";
import { peerTest } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";
import { TestBox } from "../support/web_box.ts";

const LOGIN = { user: "box@clinic.example", password: "hush hush" };

/** The text of a mail, decoded; `subject` too. */
function read({ raw }: ReceivedMail): { subject: string; text: string } {
  const [head = "", body = ""] = raw.split(/\r?\n\r?\n/, 2);
  const unfolded = head.replaceAll(/\r?\n[ \t]+/g, " ");
  const subject = /^Subject: (.*)$/m.exec(unfolded)![1]!.replaceAll(
    /=\?UTF-8\?([QB])\?(.*?)\?=\s?/g,
    (_, kind, coded) =>
      kind === "B"
        ? Buffer.from(coded, "base64").toString()
        : decodeURIComponent(coded.replaceAll("_", " ").replaceAll("=", "%")),
  );
  const isBase64 = /Content-Transfer-Encoding: base64/i.test(head);
  const isQuoted = /quoted-printable/i.test(head);
  const text = isBase64
    ? Buffer.from(body, "base64").toString()
    : isQuoted
    ? decodeURIComponent(body.replaceAll(/=\r?\n/g, "").replaceAll("%", "%25").replaceAll(/=(?=[0-9A-F]{2})/g, "%"))
    : body;
  return { subject, text };
}

/** The settings that reach a server, as the environment has them. */
function configFor(server: MailServer, authority: TestAuthority, more: Record<string, string> = {}): Config {
  return readConfig({
    SONODESK_NAME: "Sunrise Clinic",
    SONODESK_ALERT_EMAIL: "owner@clinic.example, it@helper.example",
    SONODESK_SMTP_HOST: "127.0.0.1",
    SONODESK_SMTP_PORT: String(server.port),
    SONODESK_SMTP_USERNAME: LOGIN.user,
    SONODESK_SMTP_PASSWORD: LOGIN.password,
    SONODESK_SMTP_AUTHORITIES: authority.cert,
    ...more,
  });
}

peerTest(
  "a backup fails and is well again: by e-mail once each, over STARTTLS with a login; again where nobody heard; a deaf address keeps no mail back",
  [
    "openssl",
  ],
  async () => {
    await using authority = await TestAuthority.make();
    const certificate = await authority.certify("mail");
    await using server = await MailServer.start({ certificate, login: LOGIN });
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-mail-" });
    const store = new Store(`${folder}/sonodesk.sqlite`);
    try {
      let backup: HealthStatus = "ok";
      const health = (): HealthReport => ({
        status: backup,
        checks: [{
          name: "backup",
          status: backup,
          detail: "The last backup failed: कारण",
          since: "2026-11-29T02:00:00Z",
        }],
      });
      const config = configFor(server, authority, { SONODESK_ALERT_URL: `http://127.0.0.1:${freePort()}/deaf` });
      const made = () =>
        new Alerts({
          settings: store.settings,
          health,
          name: () => config.name,
          channels: () => alertChannels(config),
        });
      let alerts = made();
      const looks = async (count: number) => {
        for (let n = 0; n < count; n++) await alerts.look();
      };
      await looks(3);
      assert.equal(server.received.length, 0, "all is well");
      backup = "warning";
      server.refuse = { code: 451, message: "try again later" };
      await looks(3);
      assert.equal(server.received.length, 0, "nobody heard");
      server.refuse = undefined;
      await looks(4);
      alerts = made();
      await looks(3);
      assert.equal(
        server.received.length,
        1,
        "once, though the web address never heard it, and not anew after a start",
      );
      const mail = server.received.at(0);
      assert.deepEqual([mail!.secure, mail!.from, mail!.to], [
        true,
        LOGIN.user,
        ["owner@clinic.example", "it@helper.example"],
      ]);
      assert.equal(read(mail!).subject, "Sunrise Clinic: backup needs a look");
      assert.match(read(mail!).text, /^Not well:\r?\n- backup: The last backup failed: कारण/);
      backup = "ok";
      await looks(4);
      assert.deepEqual(server.received.slice(1).map((one) => read(one).subject), ["Sunrise Clinic: all is well again"]);
      await alerts.stop();
    } finally {
      store.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(
  "the mail server is wrong in some way: each is told in words, and the password goes to nobody who does not prove who it is",
  [
    "openssl",
  ],
  async () => {
    await using authority = await TestAuthority.make();
    const certificate = await authority.certify("mail");
    const expired = await authority.certifyExpired("old");
    const outcome = async (
      options: Partial<MailServerOptions>,
      more: Record<string, string> = {},
      act?: (server: MailServer) => void,
    ) => {
      await using server = await MailServer.start({ certificate, login: LOGIN, ...options });
      act?.(server);
      const [result] = await testAlerts(configFor(server, authority, more));
      assert.ok(!JSON.stringify(result).includes(LOGIN.password), "no secret is told");
      return [result!.coded?.code, server.received.length];
    };
    assert.deepEqual(await outcome({}), ["mail-taken", 1]);
    assert.deepEqual(await outcome({ security: "tls" }, { SONODESK_SMTP_SECURITY: "tls" }), ["mail-taken", 1]);
    assert.deepEqual(await outcome({}, { SONODESK_SMTP_PASSWORD: "wrong" }), ["mail-wrong-login", 0]);
    assert.deepEqual(
      await outcome({ security: "none" }),
      ["mail-no-tls", 0],
      "a stripped STARTTLS is no way in the clear",
    );
    assert.deepEqual(await outcome({}, { SONODESK_SMTP_SECURITY: "tls" }), ["mail-no-tls", 0]);
    assert.deepEqual(await outcome({ certificate: expired }), ["mail-certificate", 0]);
    assert.deepEqual(await outcome({}, { SONODESK_SMTP_HOST: "localhost" }), ["mail-certificate", 0], "another name");
    assert.deepEqual(await outcome({}, { SONODESK_SMTP_AUTHORITIES: "/nowhere.pem" }), ["mail-no-authorities", 0]);
    assert.deepEqual(await outcome({}, { SONODESK_SMTP_USERNAME: "" }), ["mail-wants-login", 0]);
    const refusing = (server: MailServer) => server.refuse = { code: 550, message: "no such mailbox" };
    assert.deepEqual(await outcome({}, {}, refusing), ["mail-not-taken", 0]);
    assert.deepEqual(await outcome({}, { SONODESK_SMTP_SECURITY: "none" }), ["mail-login-in-the-clear", 0]);
    const plain = {
      SONODESK_SMTP_SECURITY: "none",
      SONODESK_SMTP_USERNAME: "",
      SONODESK_SMTP_FROM: "box@clinic.example",
    };
    const { login: _, ...anybody } = { login: undefined, security: "none" as const };
    await using open = await MailServer.start({ certificate, ...anybody });
    assert.deepEqual((await testAlerts(configFor(open, authority, plain)))[0]!.coded?.code, "mail-taken");
    const closed = { SONODESK_SMTP_PORT: freePort() };
    assert.deepEqual((await testAlerts(configFor(open, authority, closed)))[0]!.coded?.code, "mail-away");
  },
);

peerTest(
  "a test message from the settings page, then a wrong password and why: step by step",
  ["chromium", "openssl"],
  async () => {
    await using authority = await TestAuthority.make();
    await using server = await MailServer.start({ certificate: await authority.certify("mail"), login: LOGIN });
    const box = await TestBox.start();
    const browser = await launchChromium();
    try {
      const cookie = await box.signIn("admin");
      const test = async () => {
        const answer = await box.fetch("/api/alerts/test", { cookie, body: {} });
        return { status: answer.status, body: await answer.json() as AlertTest[] };
      };
      assert.equal((await test()).status, 409, "nobody is told");
      const mail = async () =>
        (await (await box.fetch("/api/links/try", { cookie, body: { link: "mail" } })).json()) as Finding[];
      const set = (name: string, value: string) => box.store.settings.set(`SONODESK_${name}`, value);
      set("ALERT_EMAIL", "owner@clinic.example");
      assert.deepEqual((await mail()).map(({ coded }) => coded!.code), ["mail-no-server"]);
      set("SMTP_HOST", "127.0.0.1");
      set("SMTP_PORT", freePort());
      assert.deepEqual((await mail()).map(({ coded }) => coded!.code), ["link-address-answers", "link-port-closed"]);
      set("SMTP_PORT", String(server.port));
      set("SMTP_USERNAME", LOGIN.user);
      // the box's own settings know no such authority
      assert.deepEqual((await mail()).map(({ coded }) => coded!.code).slice(2), ["mail-certificate"]);
      for (
        const [language, send, why] of [["en", "Send a test message", "Find out why"], [
          "hi",
          "जाँच का संदेश भेजें",
          "पता करें क्यों",
        ]] as const
      ) {
        const { page, errors } = await openPage(browser, SCREENS.panel, { bypassCSP: true });
        await page.addInitScript((language) => localStorage.setItem("language", language), language);
        await useCookie(page, box.address, cookie);
        await page.goto(`${box.address}/settings#storage`);
        await page.getByRole("button", { name: send }).click();
        const card = page.locator("section", { has: page.locator("#alerts-title") });
        await card.locator("p.verified.is-failing").waitFor();
        await card.getByRole("button", { name: why }).click();
        await card.locator(".findings li.is-failing").waitFor();
        assert.equal(await card.locator(".findings li").count(), 3);
        await screenshot(page, `settings-alerts-${language}`);
        assert.deepEqual(errors, []);
      }
    } finally {
      await browser.close();
      await box.stop();
    }
  },
);
