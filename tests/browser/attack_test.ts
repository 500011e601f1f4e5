import assert from "node:assert/strict";
import { LoginLimits } from "../../src/web/login_limits.ts";
import { peerTest } from "../support/peers.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, useCookie } from "./chromium.ts";

/** A page of somebody else on this computer: to a browser the same site, only another port, so cookies go along. */
function strangersPage(html: string) {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: ({ port }) => resolve(port),
  }, () => new Response(html, { headers: { "content-type": "text/html" } }));
  return { port: promise, server };
}

peerTest("Attack: another page in an admin's browser can neither write, read, listen to nor frame the box", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const before = box.store.audit.latest(1)[0]!.id;
  const stranger = strangersPage(`<!DOCTYPE html><title>stranger</title>
    <form id="form" method="post" enctype="text/plain" target="into" action="${box.address}/api/machines">
      <input name='{"aeTitle":"EVIL","x":"' value='"}'></form>
    <iframe name="into"></iframe><iframe id="frame" src="${box.address}/"></iframe>`);
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, cookie);
  // the cookie is good: the same browser on the box's own page
  await page.goto(box.address);
  await page.getByText("Asha Rao", { exact: true }).first().waitFor();

  await page.goto(`http://127.0.0.1:${await stranger.port}/`);
  await page.waitForLoadState("load");
  const tried = await page.evaluate(async (address) => {
    const attempt = async (path: string, init: RequestInit) => {
      try {
        const answer = await fetch(address + path, { credentials: "include", ...init });
        return `${answer.type} ${answer.status}`;
      } catch {
        return "blocked";
      }
    };
    const body = JSON.stringify({ aeTitle: "EVIL" });
    const listened = await new Promise((resolve) => {
      const events = new EventSource(`${address}/api/events`, { withCredentials: true });
      events.onmessage = events.onopen = () => resolve("heard");
      events.onerror = () => {
        events.close();
        resolve("blocked");
      };
    });
    return {
      read: await attempt("/api/appointments", {}),
      json: await attempt("/api/machines", { method: "POST", body, headers: { "content-type": "application/json" } }),
      text: await attempt("/api/machines", { method: "POST", body, mode: "no-cors" }),
      lock: await attempt("/api/session/lock", { method: "POST", mode: "no-cors" }),
      out: await attempt("/api/session", { method: "DELETE" }),
      image: await new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve("shown");
        image.onerror = () => resolve("blocked");
        image.src = `${address}/shared/mark.svg`;
      }),
      listened,
    };
  }, box.address);
  assert.deepEqual(tried, {
    read: "blocked",
    json: "blocked",
    text: "blocked",
    lock: "blocked",
    out: "blocked",
    image: "blocked",
    listened: "blocked",
  });
  const answered = page.waitForResponse(`${box.address}/api/machines`);
  await page.evaluate(() => (document.querySelector("#form") as HTMLFormElement).submit());
  assert.equal((await answered).status(), 403);
  assert.equal(await page.frameLocator("#frame").locator(".row, input").count(), 0, "not in another's frame");

  assert.deepEqual(box.store.machines.all(), []);
  assert.equal(box.store.audit.latest(1)[0]!.id, before, "nothing was done");
  assert.equal((await box.fetch("/api/session", { cookie })).status, 200, "neither locked nor signed out");
  await browser.close();
  await stranger.server.shutdown();
  await box.stop();
});

peerTest(
  "Attack: a session that was planted in the browser is not the one after the login; its cookie no script reads",
  [
    "chromium",
  ],
  async () => {
    const box = await TestBox.start();
    box.addUser("admin", "admin");
    const planted = "A".repeat(43);
    const browser = await launchChromium();
    const { page } = await openPage(browser, SCREENS.panel);
    await useCookie(page, box.address, `sonodesk_session=${planted}`);
    await page.goto(box.address);
    await page.fill("input[name=username]", "admin");
    await page.fill("input[name=password]", PASSWORD);
    await page.click("form button.primary");
    await page.getByText("No appointments today").waitFor();
    const cookies = await page.context().cookies();
    assert.deepEqual(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite })), [
      { name: "sonodesk_session", httpOnly: true, sameSite: "Strict" },
    ]);
    assert.notEqual(cookies[0]!.value, planted);
    assert.equal(await page.evaluate(() => document.cookie), "");
    assert.equal((await box.fetch("/api/session", { cookie: `sonodesk_session=${planted}` })).status, 401);

    // what a page keeps in the browser is no way in, and names nobody
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.equal(kept.includes(cookies[0]!.value) || /Rao|password/i.test(kept), false, kept);
    await browser.close();
    await box.stop();
  },
);

peerTest("Attack: a receptionist who opens the pages for others gets nothing of theirs", ["chromium"], async () => {
  const box = await TestBox.start();
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  await box.receive({ studyInstanceUid: appointment.studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" });
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("receptionist"));
  for (const hash of ["#people", "#security", "#audit", "#logs", "#storage"]) {
    await page.goto(`${box.address}/settings${hash}`);
    await page.getByText("Settings are for admins.").waitFor();
    assert.equal(await page.locator("main form").count(), 0, hash);
  }
  await page.goto(`${box.address}/print?study=${appointment.studyInstanceUid}`);
  await page.getByText("Images and measurements are for doctors.").waitFor();
  assert.equal(await page.locator(".sheet").count(), 0);
  // a script of the page itself, as one who opens the browser's tools can run
  const statuses = await page.evaluate(async () => {
    const ask = async (method: string, path: string, body?: unknown) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })).status;
    };
    return [
      await ask("PATCH", "/api/settings", { SONODESK_PIN_UNLOCK: "anywhere" }),
      await ask("POST", "/api/users", { username: "mallory", role: "admin", password: "a guest of today" }),
      await ask("POST", "/api/tokens", { name: "x", role: "admin", readOnly: false }),
      await ask("GET", "/api/audit"),
      await ask("GET", "/api/log"),
    ];
  });
  assert.deepEqual(statuses, [403, 403, 403, 403, 403]);
  await browser.close();
  await box.stop();
});

peerTest(
  "Attack: somebody who guesses passwords must wait, and the kiosk beside can still sign in",
  ["chromium"],
  async () => {
    // whose wait does not pass while a slow computer draws the page
    const box = await TestBox.start({ limits: new LoginLimits({ now: () => 0 }) });
    box.addUser("admin", "admin");
    box.addUser("reception", "receptionist");
    const browser = await launchChromium();
    const { page } = await openPage(browser, SCREENS.panel);
    await page.goto(box.address);
    const tryOnce = async (username: string, password: string) => {
      await page.locator("form button.primary:enabled").waitFor();
      await page.fill("input[name=username]", username);
      await page.fill("input[name=password]", password);
      const answered = page.waitForResponse(`${box.address}/api/session`);
      await page.click("form button.primary");
      return (await answered).status();
    };
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) {
      statuses.push(await tryOnce("admin", `guess ${n}`));
    }
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
    await page.getByRole("alert").getByText("too many wrong passwords").waitFor();
    // not the right one either, until the wait is over; others are not held up
    assert.equal(await tryOnce("admin", PASSWORD), 429);
    assert.equal(await tryOnce("reception", PASSWORD), 200);
    await page.getByText("No appointments today").waitFor();
    await browser.close();
    await box.stop();
  },
);
