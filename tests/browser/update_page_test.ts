import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { ImageUpdates } from "../../src/host/image_updates.ts";
import { peerTest } from "../support/peers.ts";
import { until } from "../support/until.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

/** What the box asks of its computer, and what that says. */
class Host {
  readonly places;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.places = {
      folder: `${folder}/update`,
      result: `${folder}/result.json`,
      requests: `${folder}/requests`,
      host: `${folder}/says`,
    };
    Deno.mkdirSync(this.places.host);
  }

  says(name: "versions" | "updates", what: unknown): void {
    Deno.writeTextFileSync(`${this.#folder}/says/${name}.json`, JSON.stringify(what));
  }

  update(what: unknown): void {
    Deno.writeTextFileSync(this.places.result, JSON.stringify(what));
  }

  async isAsked(text: string): Promise<void> {
    await until("it is asked", () => {
      try {
        return Deno.readTextFileSync(`${this.#folder}/requests/update`) === text;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    });
  }
}

async function onUpdatePage(use: (page: Page, host: Host, box: TestBox) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-update-page-" });
  const host = new Host(folder);
  const box = await TestBox.start({ updates: new ImageUpdates(host.places) });
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.wide);
    await useCookie(page, box.address, await box.signIn("admin"));
    await use(page, host, box);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

const OFFER = {
  id: "0123456789abcdef",
  board: "sonodesk-pc",
  version: "9.1.0",
  schema: "77",
  signer: "Our boxes",
  age: "newer",
};

peerTest(
  "Updates: a file says what it is before it is taken; it is installed when somebody agrees, or discarded",
  ["chromium"],
  () =>
    onUpdatePage(async (page, host, box) => {
      await page.goto(`${box.address}/settings#updates`);
      const file = { name: "new.raucb", mimeType: "application/octet-stream", buffer: Buffer.from("a bundle") };
      await page.setInputFiles("input[name=bundle]", file);
      await page.getByText("The update is being looked at").waitFor();
      host.update({ state: "offered", detail: "", offer: { ...OFFER, age: "older", schema: "" } });
      await page.getByRole("heading", { name: "Install version 9.1.0?" }).waitFor();
      await page.getByText(/9\.1\.0 \(older than .*, which runs\)/).waitFor();
      await page.getByText("it does not say").waitFor();
      await page.getByRole("button", { name: "Discard" }).click();
      await host.isAsked("do=discard\n");
      host.update({ state: "none", detail: "" });
      await page.getByRole("heading", { name: "Install version 9.1.0?" }).waitFor({ state: "hidden" });

      await page.setInputFiles("input[name=bundle]", file);
      await page.getByText("The update is being looked at").waitFor();
      host.update({ state: "offered", detail: "", offer: OFFER });
      await page.getByText(/9\.1\.0 \(newer than/).waitFor();
      for (const fact of ["sonodesk-pc", "77", "Our boxes"]) await page.getByText(fact, { exact: true }).waitFor();
      await screenshot(page, "update-offered-wide");
      await page.getByRole("button", { name: "Install version 9.1.0" }).click();
      await host.isAsked(`do=install\nid=${OFFER.id}\n`);
      await page.getByText("The update is being checked and written").waitFor();
      assert.equal(await page.locator("input[name=bundle]").isDisabled(), true);
    }),
);

peerTest(
  "Updates: why one was gone back from is said in the reader's own language",
  ["chromium"],
  () =>
    onUpdatePage(async (page, host, box) => {
      const why = {
        detail: "Nobody reached the box from outside on port 443",
        coded: { code: "update-unreachable", parameters: { ports: "443" } },
      };
      host.update({ state: "failed", ...why });
      host.says("versions", { kept: "", since: "", before: "", back: "", storeFrom: "" });
      host.says("updates", [{ at: 1767220000, what: "failed", version: "9.1.0", ...why }]);
      await page.goto(`${box.address}/settings#updates`);
      await page.getByText("runs the version it had before. Nobody reached the box from outside on port 443").waitFor();
      await page.evaluate(() => localStorage.setItem("language", "hi"));
      await page.reload();
      const said = page.getByText("बाहर से पोर्ट 443 पर बॉक्स नहीं मिला");
      await said.first().waitFor();
      await page.locator("details summary").click();
      await until("the list says it too", async () => await said.count() === 2);
      assert.equal(await page.getByText("Nobody reached").count(), 0);
      await screenshot(page, "update-failed-hindi");
    }),
);

peerTest(
  "Updates: whoever opens the settings is asked to keep a version that works, and may go back where that loses nothing",
  ["chromium"],
  () =>
    onUpdatePage(async (page, host, box) => {
      host.says("versions", { kept: "no", since: 1767225600, before: "0.1.9", back: "nothing", storeFrom: "" });
      host.says("updates", [
        { at: 1767220000, what: "failed", version: "0.1.8", detail: "The router does not answer." },
        { at: 1767225600, what: "works", version: "0.2.0", detail: "" },
      ]);
      await page.goto(`${box.address}/settings`);
      await page.getByRole("link", { name: /works: is it to stay\?/ }).click();
      await page.getByRole("heading", { name: /^Keep version .*\?$/ }).waitFor();
      await page.getByText("Going back to 0.1.9 loses nothing").waitFor();
      await page.getByText("What became of updates").click();
      await page.getByText(/Version 0\.1\.8 did not work here.* The router does not answer\./).waitFor();
      await screenshot(page, "update-keep-wide");
      await page.getByRole("button", { name: "Keep it" }).click();
      await until("it is noted", () => box.store.audit.list({}, 1)[0]?.action === "update kept");
      const { actor } = box.store.audit.list({}, 1)[0]!;
      await host.isAsked(`do=keep\nby=${actor}\n`);
      host.says("versions", { kept: "yes", since: 1767225600, before: "0.1.9", back: "nothing", storeFrom: "" });
      await page.getByRole("button", { name: "Keep it" }).waitFor({ state: "hidden" });

      await page.getByRole("button", { name: "Back to version 0.1.9" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Nothing is lost").waitFor();
      await dialog.getByRole("button", { name: "Back to version 0.1.9" }).click();
      await host.isAsked(`do=back\nloses=nothing\nby=${actor}\n`);
      await page.getByText("The box restarts into the other version").waitFor();
    }),
);

peerTest(
  "Updates: going back with the store from before is asked twice, with the time it is from; without one there is no way",
  ["chromium"],
  () =>
    onUpdatePage(async (page, host, box) => {
      const before = { since: 1767225600, before: "0.1.9" };
      host.says("versions", { ...before, kept: "no", back: "store", storeFrom: 1767258000 });
      await page.goto(`${box.address}/settings#updates`);
      await page.getByText(/cannot read today’s store.*1 Jan/).waitFor();
      await page.getByRole("button", { name: "Back to version 0.1.9" }).click();
      const dialog = page.getByRole("dialog");
      const yes = dialog.getByRole("button", { name: "Back to version 0.1.9" });
      await dialog.getByText(/made since are lost/).waitFor();
      await screenshot(page, "update-back-wide");
      await yes.click();
      await dialog.getByText(/Give up everything people did since .*1 Jan.*\?/).waitFor();
      assert.throws(() => Deno.statSync(host.places.requests), Deno.errors.NotFound, "not by the first");
      await yes.click();
      await until("it is noted", () => box.store.audit.list({}, 1)[0]?.action === "update gone back from");
      await host.isAsked(`do=back\nloses=store\nby=${box.store.audit.list({}, 1)[0]!.actor}\n`);

      host.says("versions", { ...before, kept: "yes", back: "gone", storeFrom: "" });
      await page.getByText("There is no way back to 0.1.9").waitFor();
      assert.equal(await page.getByRole("button", { name: /Back to version/ }).count(), 0);
    }),
);
