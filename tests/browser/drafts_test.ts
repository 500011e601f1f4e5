import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS, useCookie } from "./chromium.ts";
import { choose, openDesk, withDraft } from "./desk.ts";

/* What is half-typed when the page locks or is loaded again. */

const LEFT = "This is what you had typed before.";

async function clinic() {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 600 }) });
  const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" }, { time: "10:00:00" });
  const joseph = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" }, { time: "11:00:00" });
  return { box, asha, joseph };
}

async function lockAndSignIn(page: Page, name: string) {
  await page.evaluate(() => localStorage.setItem("touched", String(Date.now() - 601_000)));
  await page.locator(".lock").waitFor();
  await page.locator(".lock-open").click();
  await page.fill("input[name=username]", name);
  await page.fill("input[name=password]", PASSWORD);
  await page.locator("form button.primary").click();
}

const open = async (page: Page, id: string, verb: string) => {
  await (await choose(page, id)).getByRole("button", { name: verb, exact: true }).click();
  await page.locator("dialog[open] form").waitFor();
};

for (
  const { verb, window, name, typed, other, othersValue } of [
    { verb: "Edit", window: "edit", name: "lastName", typed: "Raoji", other: "phone", othersValue: "98765" },
    { verb: "Note", window: "note", name: "note", typed: "Comes by wheel", other: "", othersValue: "" },
    { verb: "Move", window: "move", name: "time", typed: "12:45", other: "", othersValue: "" },
  ] as const
) {
  peerTest(
    `Drafts: a half-typed ${window} outlives the lock and a reload, is of its booking alone, and ends with Cancel`,
    [
      "chromium",
    ],
    async () => {
      const { box, asha, joseph } = await clinic();
      const browser = await launchChromium();
      const { page, errors } = await openPage(browser, SCREENS.panel);
      await useCookie(page, box.address, await box.signIn("receptionist"));
      await page.goto(box.address);
      const field = page.locator(`dialog [name=${name}]`);
      await open(page, asha.id, verb);
      const before = await field.inputValue();
      const kept = page.waitForResponse((answer) =>
        answer.url().endsWith(`/drafts/${window}`) && answer.request().method() === "PUT"
      );
      await field.fill(typed);
      await kept;
      await lockAndSignIn(page, "receptionist");
      await says(() => field.inputValue(), typed);
      await page.getByText(LEFT).waitFor();
      // another desk puts something else right meanwhile: that is not taken back by what was left here
      if (other !== "") {
        box.store.appointmentChanges.edit(asha.id, { patient: { phone: othersValue } } as never, "joseph");
      }
      await page.reload();
      await says(() => field.inputValue(), typed);
      if (other !== "") assert.equal(await page.inputValue(`dialog [name=${other}]`), othersValue);
      // of another booking nothing was typed
      await withDraft(page, window, () => page.goto(`${box.address}/?person=${joseph.id}&window=${window}`));
      assert.notEqual(await field.inputValue(), typed);
      await page.keyboard.press("Escape");
      await page.goto(`${box.address}/?person=${asha.id}&window=${window}`);
      await says(() => field.inputValue(), typed);
      await page.getByRole("button", { name: "Cancel" }).last().click();
      await page.locator("dialog").waitFor({ state: "detached" });
      await withDraft(page, window, () => open(page, asha.id, verb));
      assert.equal(await field.inputValue(), before);
      // and once it is saved
      await field.fill(typed);
      await page.locator("dialog button.primary").click();
      await page.locator("dialog").waitFor({ state: "detached" });
      const { id } = box.store.users.findByUsername("receptionist")!;
      await says(() => box.store.drafts.find(id, window), undefined);
      assert.deepEqual(errors, []);
      await browser.close();
      await box.stop();
    },
  );
}

peerTest("Drafts: what was typed comes to the box late, after it was saved: it is kept no longer all the same", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" }, { time: "10:00:00" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  const typed = Promise.withResolvers<void>();
  const saved = Promise.withResolvers<void>();
  await page.route("**/api/drafts/note", async (route) => {
    if (route.request().method() === "PUT" && route.request().postData()?.includes("wheelchair")) {
      typed.resolve();
      await saved.promise;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    await route.fallback();
  });
  await withDraft(page, "note", () => page.goto(`${box.address}/?person=${asha.id}&window=note`));
  await page.locator("dialog [name=note]").fill("wheelchair");
  await typed.promise;
  const forgotten = page.waitForResponse((answer) => /"values":null/.test(answer.request().postData() ?? ""));
  await page.locator("dialog button.primary").click();
  await page.locator("dialog").waitFor({ state: "detached" });
  saved.resolve();
  await forgotten;
  await page.waitForTimeout(1500);
  const { id } = box.store.users.findByUsername("receptionist")!;
  assert.equal(box.store.drafts.find(id, "note"), undefined);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Drafts: a doctor's half-typed correction is there again when its window is opened, for them alone", [
  "chromium",
], async () => {
  const { box, asha } = await clinic();
  box.addUser("admin", "admin");
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("doctor"));
  await page.goto(box.address);
  const field = page.locator("dialog [name=lastName]");
  const openCorrection = async () => {
    await (await choose(page, asha.id)).locator("[data-id='more correct']").click();
    await field.waitFor();
  };
  await openCorrection();
  await field.fill("Raoji");
  await page.waitForResponse((answer) =>
    answer.url().endsWith("/drafts/correct") && answer.request().method() === "PUT"
  );
  await lockAndSignIn(page, "admin");
  await page.locator(".row").first().waitFor();
  await withDraft(page, "correct", openCorrection);
  assert.equal(await field.inputValue(), "Rao");
  await page.keyboard.press("Escape");
  await lockAndSignIn(page, "doctor");
  await page.locator(".row").first().waitFor();
  await openCorrection();
  await says(() => field.inputValue(), "Raoji");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await withDraft(page, "correct", openCorrection);
  assert.equal(await field.inputValue(), "Rao");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
