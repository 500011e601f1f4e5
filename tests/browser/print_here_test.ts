import assert from "node:assert/strict";
import { PRINTER } from "../../src/printing/print_jobs.ts";
import { Box } from "../support/box.ts";
import { EvePrinter, PRINTER_PEERS } from "../support/eve_printer.ts";
import { peerTest, run, utf8 } from "../support/peers.ts";
import { addPerson, PASSWORD, scanned } from "../support/scanned_study.ts";
import { launchChromium, openPage, SCREENS, screenshot } from "./chromium.ts";

const ARTIFACTS = new URL("../.artifacts/", import.meta.url).pathname;

peerTest(
  "Print on the box's own screen: the sheet is sent to the printer without a dialog, in the patient's own letters",
  [
    ...PRINTER_PEERS,
    "chromium",
    "pdftoppm",
    "pdftotext",
  ],
  async () => {
    const prints = await Deno.makeTempDir({ prefix: "sonodesk-prints-" });
    await using eve = await EvePrinter.start(["application/pdf"], ["-c", "/bin/true"]);
    await using box = await Box.start({ prints });
    await addPerson(box, "doctor", "doctor");
    const study = await scanned(box, { firstName: "प्रिया", lastName: "शर्मा" });
    const browser = await launchChromium();
    try {
      const { page, errors } = await openPage(browser, SCREENS.panel);
      const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
      await page.addInitScript("localStorage.setItem('language', 'hi')");
      await page.goto(`${address}/print?study=${study.studyInstanceUid}`);
      await page.fill("input[name=username]", "doctor");
      await page.fill("input[name=password]", PASSWORD);
      await page.keyboard.press("Enter");
      await page.locator(".sheet-group").first().waitFor();
      const button = page.getByRole("button", { name: "छापें" });
      await button.click();
      await page.getByText("कोई प्रिंटर नहीं चुना गया").waitFor();

      box.store.settings.set(PRINTER, eve.uri);
      // what the kiosk's browser does with the switch --kiosk-printing: the PDF lies in its folder by the page's title
      await page.evaluate("globalThis.print = () => globalThis.printedAs = document.title");
      await button.click();
      // a function: a text is evaluated each time it is asked, which the page's policy forbids
      await page.waitForFunction(() => "printedAs" in globalThis);
      const id = await page.evaluate<string>("globalThis.printedAs");
      assert.equal(await button.isDisabled(), true, "one at a time");
      const path = `${prints}/${id}.pdf`;
      await page.pdf({ path, preferCSSPageSize: true });
      assert.notEqual(await page.title(), id, "the page has its own title again");
      await page.getByText("Example Printer पर छप गया").waitFor();
      await screenshot(page, "print-here-panel");
      assert.equal(await button.isEnabled(), true);
      assert.deepEqual([...Deno.readDirSync(prints)], []);

      await Deno.mkdir(ARTIFACTS, { recursive: true });
      const sheet = `${ARTIFACTS}printed-sheet.pdf`;
      await Deno.writeFile(sheet, eve.documents()[0]!);
      await run("pdftoppm", ["-r", "70", "-png", "-singlefile", sheet, `${ARTIFACTS}screenshots/printed-sheet`]);
      const { text } = await run("pdftotext", ["-layout", sheet, "-"]);
      assert.match(utf8(text), /प्रि?/, "the name is in Devanagari");
      assert.match(utf8(text), /SD-1001/);
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
      await Deno.remove(prints, { recursive: true });
    }
  },
);
