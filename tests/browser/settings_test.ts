import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { seedDay } from "./clinic.ts";

peerTest("Settings: a machine that called is admitted, changed, tested and removed", ["chromium"], async () => {
  const box = await TestBox.start();
  await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.wide);
  await page.goto(`${box.address}/settings#machines`);
  await page.fill("input[name=username]", "admin");
  await page.fill("input[name=password]", PASSWORD);
  await page.click("form button.primary");
  await page.getByText("Voluson E8").waitFor();

  const waiting = box.store.machines.heard("LOGIQ-P9", "192.168.1.44")!;
  const row = page.locator("li", { hasText: "LOGIQ-P9" });
  await row.waitFor();
  await screenshot(page, "settings-wide");
  await row.getByRole("button", { name: "Admit" }).click();
  await page.locator("li:not(.is-waiting)", { hasText: "LOGIQ-P9" }).waitFor();
  assert.equal(box.store.machines.find(waiting.id)!.admitted, true);

  await row.getByRole("button", { name: "Change" }).click();
  await page.fill("dialog input[name=name]", "Logiq");
  await page.fill("dialog input[name=room]", "3");
  const isOdd = async (name: string, value: string) => {
    await page.fill(`dialog input[name=${name}]`, value);
    return await page.locator(`dialog input[name=${name}][aria-invalid=true]`).count() > 0;
  };
  assert.deepEqual([await isOdd("port", "70000"), await isOdd("port", "104")], [true, false], "as one types");
  assert.deepEqual([await isOdd("address", "two words"), await isOdd("address", "192.168.1.44")], [true, false]);
  await page.fill("dialog input[name=aeTitle]", "VOLUSON");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("dialog").getByText(/another one has the AE title/).waitFor();
  await screenshot(page, "settings-form-wide");
  await page.fill("dialog input[name=aeTitle]", "LOGIQ");
  await page.getByRole("button", { name: "Save" }).click();
  const changed = page.locator("li", { hasText: "Room 3 · LOGIQ · 192.168.1.44:104" });
  await changed.waitFor();
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.waitForTimeout(300); // the closed window gives the focus back
  await changed.getByRole("button", { name: "Test connection" }).press("Enter");
  await changed.getByText("Logiq answered").waitFor();
  await changed.locator("button:focus", { hasText: "Test connection" }).waitFor();
  await changed.getByRole("button", { name: "Remove" }).click();
  await page.locator("dialog").getByRole("button", { name: "Remove" }).click();
  await changed.waitFor({ state: "detached" });
  assert.equal(box.store.machines.find(waiting.id), undefined);
  await page.setViewportSize(SCREENS.phone);
  await screenshot(page, "settings-phone");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Settings: a machine that calls from a new address is allowed with one tap, in place of the old one", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { id } = box.store.machines.add({ aeTitle: "US1", name: "Logiq", address: "192.168.1.44", admitted: true });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings#machines`);
  const row = page.locator("li.is-asked", { hasText: "This machine calls from 192.168.1.45" });
  await page.getByText("Logiq").first().waitFor();
  assert.equal(await row.count(), 0);
  box.store.machineOrigins.set(id, { kind: "address", value: "192.168.1.45" }, "asked", true);
  await row.waitFor();
  await screenshot(page, "settings-origin");
  await row.getByRole("button", { name: "Allow in place of 192.168.1.44" }).click();
  await row.waitFor({ state: "detached" });
  assert.deepEqual(box.store.machineOrigins.of(id).map(({ state, value }) => `${state} ${value}`), [
    "allowed 192.168.1.45",
  ]);
  assert.equal(box.store.machines.find(id)!.address, "192.168.1.45");
  await page.goto(`${box.address}/settings#machine/${id}`);
  await page.getByText("Allowed: 192.168.1.45").waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Settings: on a low screen each page is shown from its top, and the list of pages moves by itself", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings`);
  for (
    const [group, name] of [["What happened", "Who did what"], ["Machines", ""], ["Network and security", "Updates"]]
  ) {
    await page.locator(".settings-nav").getByRole("link", { name: group!, exact: true }).click();
    if (name) await page.locator(".settings-tabs").getByRole("link", { name, exact: true }).click();
    await page.locator(".card h2", { hasText: name || group! }).last().waitFor();
    assert.equal(await page.evaluate(() => scrollY), 0, group);
    const link = await page.locator(".settings-nav [aria-current]").boundingBox();
    assert.ok(link!.y >= 0 && link!.y + link!.height <= SCREENS.panel.height, `${group} is in view`);
  }
  await page.getByRole("link", { name: "What happened", exact: true }).click();
  await page.locator(".events").getByText("Address: 127.0.0.1").waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Settings: a person is added and can sign in, then is locked out", ["chromium"], async () => {
  const box = await TestBox.start();
  await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.wide);
  await page.goto(`${box.address}/settings`);
  await page.fill("input[name=username]", "admin");
  await page.fill("input[name=password]", PASSWORD);
  await page.click("form button.primary");
  await page.getByRole("link", { name: "People" }).click();
  await page.getByRole("button", { name: "Add a person" }).click();
  await page.locator("dialog input[name=username]:focus").waitFor();
  await page.fill("dialog input[name=username]", "meera");
  await page.fill("dialog input[name=displayName]", "Dr. Meera Iyer");
  await page.fill("dialog input[name=password]", "eight letters");
  await page.getByText("Doctor", { exact: true }).click();
  await screenshot(page, "settings-person-wide");
  await page.getByRole("button", { name: "Save" }).click();
  const row = page.locator("li", { hasText: "Dr. Meera Iyer" });
  await row.getByText("meera · Doctor").waitFor();
  await screenshot(page, "settings-people-wide");
  const signIn = async () => {
    const answer = await box.fetch("/api/session", { body: { username: "meera", password: "eight letters" } });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await signIn(), 200);
  await row.getByRole("button", { name: "Change" }).click();
  await page.getByText("May not sign in any more").click();
  await page.getByRole("button", { name: "Save" }).click();
  await row.getByText("meera · Doctor · may not sign in").waitFor();
  assert.equal(await signIn(), 401);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Settings: a form that is opened before the list has come stays open when it comes",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    await seedDay(box);
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.wide);
    const opened = Promise.withResolvers<void>();
    const came = Promise.withResolvers<void>();
    await page.route("**/api/users", async (route) => {
      await opened.promise;
      await route.continue();
      came.resolve();
    });
    await page.goto(`${box.address}/settings`);
    await page.fill("input[name=username]", "admin");
    await page.fill("input[name=password]", PASSWORD);
    await page.click("form button.primary");
    await page.getByRole("link", { name: "People" }).click();
    await page.getByRole("button", { name: "Add a person" }).click();
    await page.fill("dialog input[name=username]", "meera");
    opened.resolve();
    await came.promise;
    await page.locator("li", { hasText: "admin" }).first().waitFor();
    assert.equal(await page.inputValue("dialog input[name=username]"), "meera");
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest("Settings: they are for admins", ["chromium"], async () => {
  const box = await TestBox.start();
  await seedDay(box);
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await page.goto(`${box.address}/settings`);
  await page.fill("input[name=username]", "receptionist");
  await page.fill("input[name=password]", PASSWORD);
  await page.click("form button.primary");
  await page.getByText("Settings are for admins").waitFor();
  await browser.close();
  await box.stop();
});
