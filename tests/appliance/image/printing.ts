import assert from "node:assert/strict";
import type { FoundPrinter, PrintJob } from "../../../src/web/contract/printing.ts";
import { EvePrinter } from "../../support/eve_printer.ts";
import { run, utf8 } from "../../support/peers.ts";
import { type Caller, mainJob } from "../main_job.ts";
import { Admin } from "./admin.ts";
import { images } from "./images.ts";
import { PAGE, screenShows } from "./screen.ts";
import { ADMIN, PATIENCE, setUp, signIn, stepsOf, untilDone, well } from "./setup.ts";
import { UsbPrinter } from "./usb_printer.ts";
import { VirtualComputer } from "./virtual_computer.ts";

const ARTIFACTS = new URL("../../.artifacts/", import.meta.url).pathname;

Deno.test("Printers on a USB cable and on the network are found and print, the sheet of the box's own screen too; restart and off", async (t) => {
  const step = stepsOf(t);
  const { withScreen } = await images();
  await using eve = await EvePrinter.start(["application/pdf"], ["-c", "/bin/true"]);
  await using usb = await UsbPrinter.start(eve.port);
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-printing-" });
  const wire = { computer: `${folder}/computer`, printer: `${folder}/printer` };
  await using onNetwork = await EvePrinter.startOn(wire, "10.79.0.1/24");
  const computer = await VirtualComputer.make({ image: withScreen, screen: true, wire, usbDevice: usb.port });
  const admin = new Admin(folder, computer.ports.ssh);
  try {
    computer.start();
    let call = await setUp(computer);
    let plugged = "";
    await admin.opensSsh(call);

    await step("it is found by the cable, chosen, and prints a test page", async () => {
      plugged = await untilDone("it is found", async () => {
        const found: FoundPrinter[] = await (await call("GET", "/api/printers")).json();
        assert.equal(found.length, 1);
        assert.equal(found[0]!.by, "usb");
        return found[0]!.uri;
      }).catch(async (error) => {
        console.log(
          (await admin.onBox(
            "journalctl -b -u ipp-usb --no-pager | tail -50; dmesg | grep -i usb | tail; ls -R /var/ipp-usb /var/log/ipp-usb",
          )).text,
        );
        throw error;
      });
      const chosen = await (await call("PUT", "/api/printer", { uri: plugged })).json();
      assert.deepEqual(chosen, { uri: plugged, name: "Example Printer", state: "idle", errors: [], warnings: [] });
      await printed(call, await (await call("POST", "/api/printer/test")).json());
      assert.match(new TextDecoder().decode(eve.documents()[0]), /^%PDF[^]*This printer works/);
    });

    await step("one on the network is found by its own name, beside the other, and prints a test page", async () => {
      const given = await admin.onBox(`ip address add 10.79.0.2/24 dev "$(ls /sys/class/net | grep ^en | tail -n 1)"`);
      assert.equal(given.code, 0, given.text);
      const uri = await untilDone("it is found", async () => {
        await (await call("POST", "/api/printers/search")).body?.cancel();
        await new Promise((resolve) => setTimeout(resolve, 15_000));
        const found: FoundPrinter[] = await (await call("GET", "/api/printers")).json();
        assert.deepEqual(found.map(({ by }) => by), ["usb", "network"], JSON.stringify(found));
        return found[1]!.uri;
      });
      assert.equal(uri, `ipp://printer.local:${onNetwork.port}/ipp/print`);
      await (await call("PUT", "/api/printer", { uri })).body?.cancel();
      await printed(call, await (await call("POST", "/api/printer/test")).json());
      assert.match(new TextDecoder().decode(onNetwork.documents()[0]), /^%PDF[^]*This printer works/);
      await (await call("PUT", "/api/printer", { uri: plugged })).body?.cancel();
    });

    await step("the sheet of the screen comes out of it, without a dialog", async () => {
      await mainJob(call, computer.ports);
      const [study] = await (await call("GET", "/dicom-web/studies")).json();
      const uid = study["0020000D"].Value[0];
      await admin.opensPage();
      await admin.onBox("systemctl restart sonodesk-kiosk");
      await screenShows(computer, PAGE, "printing-page.png");
      await using page = await admin.looks("asked_page.ts");
      const ask = async (expression: string) => {
        page.say(expression);
        return JSON.parse(await page.line(PATIENCE));
      };
      const who = JSON.stringify(JSON.stringify(ADMIN));
      const headers = `{ "content-type": "application/json" }`;
      assert.equal(
        await ask(`fetch("/api/session", { method: "POST", headers: ${headers}, body: ${who} }).then(({ ok }) => ok)`),
        true,
      );
      await ask(`location.href = "/print?study=${uid}"`);
      await untilDone("there is something to print", async () => {
        assert.equal(await ask(`document.querySelectorAll(".sheet-group, .sheet").length > 0`), true);
        assert.equal(await ask(`document.querySelector(".print-bar .primary").disabled`), false);
        assert.equal(await ask(`[...document.images].every(({ complete }) => complete)`), true);
      });
      await computer.screenshot(`${ARTIFACTS}printing-sheet.png`);
      await ask(`document.querySelector(".print-bar .primary").click()`);
      await untilDone("it says that it is printed", async () => {
        const said = await ask(`document.querySelector(".print-outcome")?.textContent ?? ""`);
        assert.match(said, /Example Printer/);
      }).catch(async (error) => {
        console.log((await admin.onBox("journalctl -b --no-pager | tail -60; ls -la /run/sonodesk-print")).text);
        throw error;
      });
      await computer.screenshot(`${ARTIFACTS}printing-printed.png`);
      const sheet = `${ARTIFACTS}printing-sheet.pdf`;
      await Deno.writeFile(sheet, eve.documents()[1]!);
      await run("pdftoppm", ["-r", "70", "-png", "-singlefile", sheet, `${ARTIFACTS}printing-on-paper`]);
      const { text } = await run("pdftotext", ["-layout", sheet, "-"]);
      console.log(utf8(text).slice(0, 1500));
      assert.match(utf8(text), new RegExp(study["00100010"].Value[0].Alphabetic.split("^")[0], "i"));
      const { text: left } = await admin.onBox("ls -A /run/sonodesk-print");
      assert.equal(left, "", "no sheet stays");
    });

    await step("its cable is pulled out: the page says so, and it prints again once it is back", async () => {
      const codeNow = async () => (await (await call("GET", "/api/printer")).json()).errors[0]?.coded.code;
      usb.pullOut();
      await untilDone("it is gone", async () => assert.equal(await codeNow(), "printer-silent"));
      const left: FoundPrinter[] = await (await call("GET", "/api/printers")).json();
      assert.deepEqual(left.map(({ by }) => by), ["network"]);
      usb.plugIn();
      await untilDone("it is back", async () => assert.equal(await codeNow(), undefined));
      await printed(call, await (await call("POST", "/api/printer/test")).json());
      assert.equal(eve.documents().length, 3);
    });

    await step("Restart begins the computer again, with the same printer; Switch off ends it", async () => {
      const before = (await admin.onBox("cat /proc/sys/kernel/random/boot_id")).text;
      await (await call("POST", "/api/computer/power", { what: "restart" })).body?.cancel();
      await untilDone("it has begun again", async () => {
        const { text, code } = await admin.onBox("cat /proc/sys/kernel/random/boot_id");
        assert.equal(code, 0);
        assert.notEqual(text, before);
      });
      await well(computer);
      call = await signIn(computer);
      await untilDone("the printer is there again", async () => {
        const { state } = await (await call("GET", "/api/printer")).json();
        assert.equal(state, "idle");
      });
      await (await call("POST", "/api/computer/power", { what: "off" })).body?.cancel();
      await computer.hasEnded();
    });
  } catch (error) {
    console.log(computer.printed.slice(-5000));
    throw error;
  } finally {
    await computer.remove();
    await Deno.remove(folder, { recursive: true });
  }
});

/** Waits until a sheet has been printed. */
async function printed(call: Caller, { id }: PrintJob): Promise<void> {
  const ended = await untilDone("it has an end", async () => {
    const job: PrintJob = await (await call("GET", `/api/print-jobs/${id}`)).json();
    assert.match(job.state, /^(printed|failed)$/, job.detail);
    return job;
  });
  assert.equal(ended.state, "printed", ended.detail);
}
