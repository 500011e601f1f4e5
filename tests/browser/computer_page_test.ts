import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { ImageComputer } from "../../src/host/image_computer.ts";
import { PRINTER, PrintJobs } from "../../src/printing/print_jobs.ts";
import { EvePrinter, PRINTER_PEERS } from "../support/eve_printer.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox } from "../support/web_box.ts";
import { CROSSES } from "../../ui/settings/touch_calibration.ts";
import { until } from "../support/until.ts";
import { drawn, launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

/** The page of the computer with an admin signed in. `requests` of its folder is what the box asks of it, `says` its answers. */
async function onComputerPage(
  use: (page: Page, folder: string, box: TestBox) => Promise<void>,
  options: Parameters<typeof openPage>[2] & { screen?: typeof SCREENS[keyof typeof SCREENS] } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-computer-" });
  await Deno.mkdir(`${folder}/prints`);
  let chosen = () => "";
  const printing = new PrintJobs(`${folder}/prints`, () => chosen());
  const box = await TestBox.start({ printing, computer: new ImageComputer(`${folder}/requests`, `${folder}/says`) });
  chosen = () => box.store.settings.get(PRINTER) ?? "";
  box.addUser("admin", "admin");
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, options.screen ?? SCREENS.wide, options);
    await useCookie(page, box.address, await box.signIn("admin"));
    await page.goto(`${box.address}/settings#computer`);
    await use(page, folder, box);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await printing.stop();
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
      await appears(`${folder}/requests/network`);
      const request = await Deno.readTextFile(`${folder}/requests/network`);
      assert.match(request, /^ntp=ntp\.example\.org 192\.168\.1\.1\nvlan=50\nvlanAddress=192\.168\.50\.2\/24$/m);
      await Deno.mkdir(`${folder}/says`);
      await Deno.writeTextFile(`${folder}/says/network.json`, '{"state":"trying","address":"192.168.1.20/24"}');
      await page.getByRole("button", { name: "Keep it" }).click();
      await page.selectOption("select[name=rotation]", "90");
      await page.locator("section", { hasText: "own screen" }).getByRole("button", { name: "Save" }).click();
      await appears(`${folder}/requests/screen`);
      assert.match(await Deno.readTextFile(`${folder}/requests/screen`), /^rotation=90$/m);
      await Deno.writeTextFile(`${folder}/says/ssh.json`, '{"fingerprint":"SHA256:of-the-key"}');
      await page.getByText("Open for the key SHA256:of-the-key").waitFor();
      await screenshot(page, "computer-wide");
      await page.getByRole("button", { name: "Shut SSH" }).click();
      await appears(`${folder}/requests/ssh`);
      await page.getByRole("button", { name: "Erase everything" }).click();
      const now = page.getByRole("button", { name: "Erase everything now" });
      await page.fill("dialog input[name=password]", PASSWORD);
      assert.equal(await now.isDisabled(), true);
      await page.fill("dialog input[name=name]", BOX.name);
      await screenshot(page, "computer-reset-wide");
      await now.click();
      await page.getByText("The box erases everything and restarts").waitFor();
      assert.equal(await Deno.readTextFile(`${folder}/requests/reset`), "erase=everything\n");
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
      await appears(`${folder}/requests/screen`);
      await page.fill("input[name=darkMinutes]", "25");
      await Deno.writeTextFile(`${folder}/says/screen.json`, '{"rotation":90,"scale":150}');
      await page.waitForFunction(() =>
        document.querySelector<HTMLSelectElement>("select[name=scale]")?.value === "150"
      );
      assert.equal(await page.inputValue("input[name=darkMinutes]"), "25");
      assert.equal(await page.inputValue("select[name=rotation]"), "90");
    }),
);

peerTest(
  "This computer: each disk says what it is and how it is",
  ["chromium"],
  () =>
    onComputerPage(async (page, folder) => {
      await Deno.mkdir(`${folder}/says/drives`, { recursive: true });
      const smart = {
        ...{ device: { protocol: "NVMe" }, model_name: "Samsung SSD 970 EVO 500GB", smart_status: { passed: true } },
        ...{ power_on_time: { hours: 12798 }, temperature: { current: 35 }, endurance_used: { current_percent: 3 } },
        ...{ user_capacity: { bytes: 500107862016 } },
      };
      await Deno.writeTextFile(`${folder}/says/drives/nvme0n1.json`, '{"use":"box"}');
      await Deno.writeTextFile(`${folder}/says/drives/nvme0n1.smart`, JSON.stringify(smart));
      const emmc = {
        use: "backup",
        name: "BACKUP-1",
        kind: "MMC",
        model: "DG4032",
        lifeTime: "0x0a 0x02",
        preEol: "0x02",
      };
      await Deno.writeTextFile(`${folder}/says/drives/mmcblk1.json`, JSON.stringify({ ...emmc, size: 31268536320 }));
      await Deno.writeTextFile(`${folder}/says/drives/vda.json`, '{"use":"backup","size":4294967296}');
      const rows = page.locator("section", { hasText: "How the disks are" }).locator("li");
      await rows.nth(2).waitFor();
      const told = await rows.allInnerTexts();
      assert.match(
        told[0]!,
        /For backups: BACKUP-1[^]*DG4032 · eMMC, 31 GB[^]*90–100 % of its life used[^]*Little reserve/,
      );
      assert.match(told[1]!, /The box’s own[^]*NVMe SSD, 500 GB[^]*3 % of its life used · on for 12,798 hours · 35 °C/);
      assert.match(told[2]!, /It does not say how it is\./);
      await rows.nth(2).scrollIntoViewIfNeeded();
      await screenshot(page, "computer-disks-wide");
    }),
);

peerTest(
  "This computer: it restarts or is switched off once somebody has said yes a second time, and can be asked again when it is back",
  ["chromium"],
  () =>
    onComputerPage(async (page, folder, box) => {
      const card = page.locator("section", { has: page.locator("#power-title") });
      const sure = page.getByRole("dialog");
      for (const [name, request] of [["Restart", "restart"], ["Switch off", "off"]] as const) {
        await card.getByRole("button", { name }).click();
        await sure.waitFor();
        await screenshot(page, `computer-power-${request}-wide`);
        await page.keyboard.press("Escape");
        await sure.waitFor({ state: "hidden" });
        assert.equal(existsSync(`${folder}/requests/power`), false, "nobody has said yes");
        await card.getByRole("button", { name }).click();
        await sure.getByRole("button", { name }).click();
        await appears(`${folder}/requests/power`);
        assert.equal(await Deno.readTextFile(`${folder}/requests/power`), `do=${request}\n`);
        await card.getByRole("status").filter({ hasText: /\S/ }).waitFor();
        assert.equal(await card.getByRole("button").count(), 0, "what is under way is not asked for again");
        await screenshot(page, `computer-power-${request}-done-wide`);
        await Deno.remove(`${folder}/requests/power`);
        await box.restart();
        await card.getByRole("button", { name }).waitFor();
        assert.equal(await card.getByRole("status").innerText(), "");
      }
    }),
);

peerTest("This computer: a printer that was found is chosen, says how it stands, and prints a test page", [
  "chromium",
  ...PRINTER_PEERS,
], async () => {
  await using eve = await EvePrinter.start(["application/pdf"], ["-c", "/bin/true"]);
  await onComputerPage(async (page, folder) => {
    const card = page.locator("section", { has: page.locator("#printer-title") });
    await card.getByText("No printer is chosen.").waitFor();
    await card.getByRole("button", { name: "Search" }).click();
    await appears(`${folder}/requests/printers`);
    await Deno.mkdir(`${folder}/says`, { recursive: true });
    const found = `=;lo;IPv4;Reception;_ipp._tcp;local;localhost;127.0.0.1;${eve.port};"rp=ipp/print" "ty=Reception 1"`;
    await Deno.writeTextFile(`${folder}/says/printers`, `${found}\n`);
    await card.locator("li", { hasText: "Reception 1" }).getByRole("button", { name: "Choose" }).click();
    await card.getByText("It is ready.").waitFor();
    await card.getByText("Chosen", { exact: true }).waitFor();
    await card.getByRole("button", { name: "Print a test page" }).click();
    await card.getByText("Printed on Example Printer.").waitFor();
    assert.equal(eve.documents().length, 1);
    await card.scrollIntoViewIfNeeded();
    await screenshot(page, "computer-printer-wide");
    await eve.paper(false);
    await page.reload();
    await card.getByText("The printer has no paper. Put A4 paper in.").waitFor();
    await card.getByRole("button", { name: "No printer" }).click();
    await card.getByText("No printer is chosen.").waitFor();
    await card.locator("input[name=uri]").fill("http://192.168.1.30/");
    await card.locator("form").getByRole("button", { name: "Choose" }).click();
    await card.getByText("must be the address of a printer").waitFor();
  });
});

peerTest(
  "This computer: a wireless network that is heard is chosen, tried with its password and kept; another is preferred",
  ["chromium"],
  () =>
    onComputerPage(async (page, folder) => {
      const digits = (text: string) => new TextEncoder().encode(text).toHex();
      const says = (name: string, said: object) =>
        Deno.writeTextFile(`${folder}/says/${name}.json`, JSON.stringify(said));
      const request = async () => {
        await appears(`${folder}/requests/wifi`);
        const text = await Deno.readTextFile(`${folder}/requests/wifi`);
        await Deno.remove(`${folder}/requests/wifi`);
        return text;
      };
      await page.getByText("has no card for Wi-Fi").waitFor();
      await Deno.mkdir(`${folder}/says`);
      await says("radio", { card: "wlan0", cable: "yes", state: "off", name: "", address: "" });
      await page.getByText("The radio is off, since a cable is in.").waitFor();
      await page.getByRole("button", { name: "Look for networks" }).click();
      assert.equal(await request(), "do=look\n");
      await says("seen", { networks: `${digits("Clinic")}:wpa3:-40 ${digits("Old")}:other:-50`, at: 1767225600 });
      const card = page.locator("section", { has: page.getByRole("heading", { name: "Wi-Fi", exact: true }) });
      await card.getByRole("button", { name: "Choose" }).click();
      assert.equal(await card.locator("select[name=security]").inputValue(), "wpa3");
      await card.locator("input[name=password]").fill("correct horse");
      await card.getByRole("button", { name: "Add this network" }).click();
      await card.locator("input[name=name]").fill("Backroom");
      await card.locator("input[name=password]").fill("another horse");
      await card.locator("select[name=security]").selectOption("wpa");
      await card.getByLabel("It hides its name").check();
      await card.getByRole("button", { name: "Add this network" }).click();
      await card.getByRole("button", { name: "Prefer" }).click();
      await card.locator("select[name=country]").selectOption("IN");
      await screenshot(page, "computer-wifi-wide");
      await card.getByRole("button", { name: "Try it for five minutes" }).click();
      const backroom = `network=${digits("Backroom")}:wpa:hidden:${digits("another horse")}`;
      const clinic = `network=${digits("Clinic")}:wpa3:seen:${digits("correct horse")}`;
      assert.equal(await request(), `do=try\ncountry=IN\nwithCable=no\n${backroom}\n${clinic}\n`);
      const networks = `${digits("Backroom")}:wpa:hidden ${digits("Clinic")}:wpa3:seen`;
      await says("wifi", { state: "trying", country: "IN", withCable: "no", networks });
      const at = { state: "connected", name: `x${digits("Clinic")}`, address: "192.168.1.33" };
      await says("radio", { card: "wlan0", cable: "yes", ...at });
      await card.getByText("Connected to Clinic, 192.168.1.33.").waitFor();
      await screenshot(page, "computer-wifi-connected-wide");
      await card.getByRole("button", { name: "Keep it" }).click();
      assert.equal(await request(), "do=keep\n");
      await says("wifi", { state: "kept", country: "IN", withCable: "no", networks });
      await card.getByText("These networks are kept.").waitFor();
      await card.getByRole("button", { name: "Remove" }).first().click();
      await card.getByRole("button", { name: "Try it for five minutes" }).click();
      assert.match(await request(), new RegExp(`\nnetwork=${digits("Clinic")}:wpa3:seen:\n$`), "its password is known");
      await card.getByRole("button", { name: "Switch Wi-Fi off" }).click();
      assert.equal(await request(), "do=off\n");
    }),
);

/** A finger on each cross, from the first: the panel says that it was this far beside, in shares of the screen. */
async function touchCrosses(page: Page, beside: { x: number; y: number }): Promise<void> {
  const { width, height } = page.viewportSize()!;
  for (const [n, { x, y }] of CROSSES.entries()) {
    await page.getByText(`with one finger: ${n + 1} of 5`).waitFor();
    const cross = await page.locator(".touch-cross").boundingBox();
    assert.ok(Math.abs(cross!.x + cross!.width / 2 - x * width) < 1, "it is drawn where it is meant");
    assert.ok(Math.abs(cross!.y + cross!.height / 2 - y * height) < 1);
    await page.touchscreen.tap((x + beside.x) * width, (y + beside.y) * height);
  }
}

peerTest(
  "This computer: a touchscreen is calibrated by five crosses, tried, and kept where they are hit",
  ["chromium"],
  () =>
    onComputerPage(async (page, folder) => {
      const says = (state: string, matrix: string) =>
        Deno.writeTextFile(`${folder}/says/touch.json`, JSON.stringify({ state, matrix }));
      const request = async () => {
        await appears(`${folder}/requests/touch`);
        const text = await Deno.readTextFile(`${folder}/requests/touch`);
        await Deno.remove(`${folder}/requests/touch`);
        return text;
      };
      const numbers = async () => /^do=try\nmatrix=(.*)\n$/.exec(await request())![1]!.split(" ").map(Number);
      const close = (told: number[], meant: number[]) =>
        assert.ok(told.length === 6 && told.every((it, n) => Math.abs(it - meant[n]!) < 0.002), told.join(" "));
      await Deno.mkdir(`${folder}/says`);
      const card = page.locator("section", { has: page.locator("#touch-title") });
      const crosses = page.getByRole("dialog", { name: "Calibrate the touchscreen" });
      await card.getByText("Touches are taken as they come.").waitFor();
      assert.equal(await card.getByRole("button", { name: "Back to uncalibrated" }).count(), 0);

      // fingers that go astray change nothing, and neither does a mouse
      await card.getByRole("button", { name: "Touches land beside the finger" }).tap();
      await page.getByText("1 of 5").waitFor();
      await page.mouse.click(100, 100);
      await drawn(page);
      assert.equal(await page.getByText("1 of 5").count(), 1);
      await screenshot(page, "computer-touch-panel");
      const { width, height } = page.viewportSize()!;
      for (const [n] of CROSSES.entries()) {
        await page.getByText(`${n + 1} of 5`).waitFor();
        await page.touchscreen.tap(0.2 * width, 0.2 * height);
      }
      await page.getByText("do not fit together").waitFor();
      await screenshot(page, "computer-touch-refused-panel");
      await crosses.getByRole("button", { name: "Try again" }).tap();

      await touchCrosses(page, { x: 0.05, y: -0.05 });
      close(await numbers(), [1, 0, -0.05, 0, 1, 0.05]);
      await card.getByText("The screen is black for a moment.").waitFor();
      assert.equal(await crosses.count(), 0);

      // the browser begins again
      await says("trying", "1.000000 0.000000 -0.050000 0.000000 1.000000 0.050000");
      await page.reload();
      await touchCrosses(page, { x: 0.1, y: 0 });
      await page.getByText("Touches still land beside the crosses.").waitFor();
      await crosses.getByRole("button", { name: "Try again" }).tap();
      await touchCrosses(page, { x: 0.01, y: -0.01 });
      assert.equal(await request(), "do=keep\n");
      await card.getByText("All crosses were hit").waitFor();

      // what is in force, and how the picture is turned, is reckoned with
      await says("kept", "1.000000 0.000000 -0.050000 0.000000 1.000000 0.050000");
      await Deno.writeTextFile(`${folder}/says/screen.json`, '{"rotation":90,"scale":100,"darkMinutes":0}');
      await page.reload();
      await card.getByText("Touches are corrected.").waitFor();
      await card.getByRole("button", { name: "Touches land beside the finger" }).tap();
      await touchCrosses(page, { x: 0.05, y: 0 });
      close(await numbers(), [1, 0, -0.05, 0, 1, 0.1]);

      // from elsewhere it is given up, and nothing else
      await page.setExtraHTTPHeaders({ "x-forwarded-for": "192.168.1.9" });
      await says("trying", "1.000000 0.000000 -0.050000 0.000000 1.000000 0.100000");
      await page.reload();
      await card.getByText("Open this page on the box's own screen").waitFor();
      assert.deepEqual(await card.getByRole("button").allInnerTexts(), ["Back to uncalibrated"]);
      await card.getByRole("button").tap();
      assert.equal(await request(), "do=off\n");
      assert.equal(await crosses.count(), 0);
    }, { hasTouch: true, screen: SCREENS.panel }),
);

async function appears(path: string): Promise<void> {
  await until(`${path} is there`, () => existsSync(path));
}
