import assert from "node:assert/strict";
import { ImageComputer } from "../../src/operations/image_computer.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox } from "../web/test_box.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

peerTest("This computer: everything is erased only after its name and a password", ["chromium"], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-computer-" });
  const box = await TestBox.start({ computer: new ImageComputer(`${folder}/wishes`, `${folder}/says`) });
  await box.addUser("admin", "admin");
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.wide);
    await useCookie(page, box.address, await box.signIn("admin"));
    await page.goto(`${box.address}/settings#computer`);
    await page.getByRole("button", { name: "Erase everything" }).click();
    const now = page.getByRole("button", { name: "Erase everything now" });
    await page.fill("dialog input[name=password]", PASSWORD);
    assert.equal(await now.isDisabled(), true);
    await page.fill("dialog input[name=name]", BOX.name);
    await screenshot(page, "computer-reset-wide");
    await now.click();
    await page.getByText("The box erases everything and restarts").waitFor();
    assert.equal(await Deno.readTextFile(`${folder}/wishes/reset`), "erase=everything\n");
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
