import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { ENDED, seedDay } from "./clinic.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-/;

/** A clinic in which reception has sent people, a machine asks every half minute, and somebody guesses a password. */
async function busyBox() {
  const box = await TestBox.start();
  const { appointments, next } = await seedDay(box);
  const { store } = box;
  store.users.change(store.users.findByUsername("receptionist")!.id, { displayName: "Kavita" });
  const machine = store.machines.findByAeTitle("VOLUSON")!;
  const reception = await box.signIn("receptionist");
  await box.fetch(`/api/appointments/${next.id}/send`, { cookie: reception, body: { machineId: machine.id } });
  for (let n = 0; n < 4; n++) {
    await (await box.fetch("/api/session", { body: { username: "mallory", password: "guessed" } })).body?.cancel();
  }
  const at = (n: number) => new Date(Date.now() - n * 30_000).toISOString();
  await store.associations.add(
    [...Array(30).keys()].reverse().flatMap((n) => [
      { ...ENDED, at: at(n), aeTitle: "VOLUSON", name: `v${n}`, outcome: "released", operations: 1, bytes: 0 },
      { ...ENDED, at: at(n), aeTitle: "LOGIQ", name: `l${n}`, outcome: "released", operations: 1, bytes: 0 },
    ]),
  );
  return { box, machine, person: appointments.find(({ id }) => id === next.id)!.patient };
}

peerTest("What happened: it names people, patients and machines, and is found by a name", ["chromium"], async () => {
  const { box, person } = await busyBox();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings#audit`);
  const sent = page.locator(".events li", { hasText: "Sent to machine" });
  await sent.first().waitFor();
  const name = `${person.firstName} ${person.lastName}`;
  for (const words of [`${name}, `, "Kavita", "Machine: Voluson E8"]) {
    assert.ok((await sent.first().textContent())!.includes(words), words);
  }
  assert.doesNotMatch((await page.locator(".events").textContent())!, UUID);
  const refused = page.locator(".events li", { hasText: "Login refused" });
  assert.equal(await refused.count(), 1, "four tries are one row");
  await refused.getByText(/^4 times since/).waitFor();
  await page.selectOption("select[name=actor]", { label: "Kavita" });
  await page.fill("input[name=words]", person.lastName);
  await page.waitForFunction(() => document.querySelectorAll(".events li").length === 1);
  assert.equal(await sent.count(), 1);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("What happened: machines that ask every half minute are a row each, with how often and when", [
  "chromium",
], async () => {
  const { box } = await busyBox();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings#audit`);
  await page.getByRole("link", { name: "Machines and log" }).click();
  const rows = page.locator(".associations li");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 2);
  const voluson = rows.filter({ hasText: "Voluson E8" });
  await voluson.getByText(/^30 times since/).click();
  assert.equal((await voluson.locator(".repeats p").textContent())!.split(" · ").length, 30);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "What happened: axe-core finds nothing, and nothing is cut, on a panel, a laptop and a phone, in both languages",
  [
    "chromium",
  ],
  async () => {
    const { box } = await busyBox();
    const cookie = await box.signIn("admin");
    const browser = await launchChromium();
    const axe = await axeScript();
    const found: string[] = [];
    for (const [language, colorScheme] of [["en", "light"], ["hi", "dark"]] as const) {
      const { page } = await openPage(browser, SCREENS.panel, { colorScheme, bypassCSP: true });
      await page.addInitScript(axe);
      await page.addInitScript((language) => localStorage.setItem("language", language), language);
      await useCookie(page, box.address, cookie);
      const screens = { panel: SCREENS.panel, laptop: { width: 1280, height: 800 }, phone: SCREENS.phone };
      for (const [name, size] of Object.entries(screens)) {
        await page.setViewportSize(size);
        for (const place of ["audit", "logs"]) {
          await page.goto(`${box.address}/settings#${place}`);
          await page.locator(".events li").first().waitFor();
          const where = `settings-${place}-${name}-${language}-${colorScheme}`;
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width, where);
          found.push(...await violations(page, where, false));
          await screenshot(page, where);
        }
      }
      await page.context().close();
    }
    assert.deepEqual(found, []);
    await browser.close();
    await box.stop();
  },
);
