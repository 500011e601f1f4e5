import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS } from "./chromium.ts";

peerTest("Later: a window whose module comes between its first drawing and what follows on that is drawn", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await page.goto(`${box.address}/`);
  await page.evaluate(async () => {
    const [{ later }, { html, render }] = await Promise.all(
      ["/shared/later.ts", "/shared/html.ts"].map((module) => import(module)),
    );
    let bring = (_component: unknown) => {};
    const part = later(() => new Promise((resolve) => bring = resolve));
    const prepared = part.prepare();
    const host = document.createElement("div");
    host.id = "host";
    document.body.append(host);
    render(html`<${part.component} />`, host);
    bring(() => html`<p>it is here</p>`);
    await prepared;
  });
  await says(() => page.innerText("#host"), "it is here");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
