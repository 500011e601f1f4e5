import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { ImageComputer } from "../../src/host/image_computer.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

/** The page of the computer with an admin signed in. `wishes` of its folder is what the box asks of it, `says` its answers. */
async function onComputerPage(use: (page: Page, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-computer-" });
  const box = await TestBox.start({ computer: new ImageComputer(`${folder}/wishes`, `${folder}/says`) });
  await box.addUser("admin", "admin");
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.wide);
    await useCookie(page, box.address, await box.signIn("admin"));
    await page.goto(`${box.address}/settings#computer`);
    await use(page, folder);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

peerTest(
  "This computer: an address, the screen and SSH are set; everything is erased only after its name and a password",
  ["chromium"],
  () =>
    onComputerPage(async (page, folder) => {
      await page.fill("input[name=address]", "192.168.1.20/24");
      await page.fill("input[name=gateway]", "192.168.9.1");
      await page.getByRole("button", { name: "Try it for five minutes" }).click();
      await page.getByText("must be in the same network").waitFor();
      await page.fill("input[name=gateway]", "192.168.1.1");
      await page.fill("input[name=ntp]", "ntp.example.org, 192.168.1.1");
      await page.fill("input[name=vlanAddress]", "192.168.50.2/24");
      await page.getByRole("button", { name: "Try it for five minutes" }).click();
      await page.getByText("needs the number of a VLAN").waitFor();
      await page.fill("input[name=vlan]", "50");
      await page.getByRole("button", { name: "Try it for five minutes" }).click();
      await appears(`${folder}/wishes/network`);
      const wish = await Deno.readTextFile(`${folder}/wishes/network`);
      assert.match(wish, /^ntp=ntp\.example\.org 192\.168\.1\.1\nvlan=50\nvlanAddress=192\.168\.50\.2\/24$/m);
      await Deno.mkdir(`${folder}/says`);
      await Deno.writeTextFile(`${folder}/says/network.json`, '{"state":"trying","address":"192.168.1.20/24"}');
      await page.getByRole("button", { name: "Keep it" }).click();
      await page.selectOption("select[name=rotation]", "90");
      await page.locator("section", { hasText: "own screen" }).getByRole("button", { name: "Save" }).click();
      await appears(`${folder}/wishes/screen`);
      assert.match(await Deno.readTextFile(`${folder}/wishes/screen`), /^rotation=90$/m);
      await Deno.writeTextFile(`${folder}/says/ssh.json`, '{"fingerprint":"SHA256:of-the-key"}');
      await page.getByText("Open for the key SHA256:of-the-key").waitFor();
      await screenshot(page, "computer-wide");
      await page.getByRole("button", { name: "Shut SSH" }).click();
      await appears(`${folder}/wishes/ssh`);
      await page.getByRole("button", { name: "Erase everything" }).click();
      const now = page.getByRole("button", { name: "Erase everything now" });
      await page.fill("dialog input[name=password]", PASSWORD);
      assert.equal(await now.isDisabled(), true);
      await page.fill("dialog input[name=name]", BOX.name);
      await screenshot(page, "computer-reset-wide");
      await now.click();
      await page.getByText("The box erases everything and restarts").waitFor();
      assert.equal(await Deno.readTextFile(`${folder}/wishes/reset`), "erase=everything\n");
    }),
);

peerTest(
  "This computer: what is set of the screen stays when what was saved before it holds a moment later",
  ["chromium"],
  () =>
    onComputerPage(async (page, folder) => {
      await Deno.mkdir(`${folder}/says`);
      await page.selectOption("select[name=rotation]", "90");
      await page.locator("section", { hasText: "own screen" }).getByRole("button", { name: "Save" }).click();
      await appears(`${folder}/wishes/screen`);
      await page.fill("input[name=darkMinutes]", "25");
      await Deno.writeTextFile(`${folder}/says/screen.json`, '{"rotation":90,"scale":150}');
      await page.waitForFunction(() =>
        document.querySelector<HTMLSelectElement>("select[name=scale]")?.value === "150"
      );
      assert.equal(await page.inputValue("input[name=darkMinutes]"), "25");
      assert.equal(await page.inputValue("select[name=rotation]"), "90");
    }),
);

async function appears(path: string): Promise<void> {
  for (;;) {
    try {
      await Deno.stat(path);
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
