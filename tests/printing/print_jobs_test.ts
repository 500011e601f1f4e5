import assert from "node:assert/strict";
import { IppPrinter, isPrinterUri } from "../../src/printing/ipp_printer.ts";
import { type PrintJob, PrintJobs } from "../../src/printing/print_jobs.ts";
import { pwgRaster } from "../../src/printing/pwg_raster.ts";
import { testPage } from "../../src/printing/test_page.ts";
import { EvePrinter, PRINTER_PEERS } from "../support/eve_printer.ts";
import { CUPS_FILTERS, peerTest, run } from "../support/peers.ts";
import { freePort } from "../support/servers.ts";
import { until } from "../support/until.ts";

const PATIENCE = { sheet: 30_000, printer: 120_000, look: 50 };
const QUICK = ["-c", "/bin/true"];

/** Jobs with a folder of their own. */
async function withJobs(
  printer: string,
  use: (jobs: PrintJobs, folder: string) => Promise<void>,
  patience = PATIENCE,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-prints-" });
  const jobs = new PrintJobs(folder, () => printer, patience);
  try {
    await use(jobs, folder);
    assert.deepEqual([...Deno.readDirSync(folder)], [], "no sheet stays");
  } finally {
    await jobs.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function ended(jobs: PrintJobs, { id }: PrintJob): Promise<PrintJob> {
  await until("the sheet is printed, or not", () => ["printed", "failed"].includes(jobs.job(id)!.state));
  return jobs.job(id)!;
}

peerTest("Printing: a printer is given PDF, PWG raster or JPEG, whichever it takes, on A4 and without a name", [
  ...PRINTER_PEERS,
  "pdftoppm",
  "rastertopdf",
], async () => {
  const page = testPage(["Sonodesk", "This (printer) works."]);
  for (
    const [formats, magic] of [
      [["image/jpeg", "application/pdf"], "%PDF"],
      [["image/jpeg", "image/pwg-raster"], "RaS2"],
      [["image/jpeg"], "\xff\xd8\xff"],
    ] as const
  ) {
    await using eve = await EvePrinter.start(formats, QUICK);
    await withJobs(eve.uri, async (jobs, folder) => {
      const job = await ended(jobs, jobs.print(page));
      assert.equal(job.state, "printed", job.detail);
      assert.match(job.detail, /^Printed on Example Printer/);
      const [document] = eve.documents();
      assert.equal(new TextDecoder("latin1").decode(document!.subarray(0, magic.length)), magic);
      if (magic === "%PDF") assert.deepEqual(document, page);
      if (magic === "RaS2") {
        // read by CUPS's own filter, then by poppler
        const sent = `${folder}/sent`;
        await Deno.writeFile(sent, document!);
        const filter =
          `${CUPS_FILTERS}/rastertopdf 1 me title 1 "" ${sent} >${sent}.pdf 2>/dev/null && pdfinfo ${sent}.pdf`;
        const env = { CONTENT_TYPE: "image/pwg-raster", FINAL_CONTENT_TYPE: "application/pdf" };
        const { text } = await run("sh", ["-c", filter], { env });
        assert.match(text, /^Pages: +1$/m);
        assert.match(text, /^Page size: .*\(A4\)$/m);
        for (const name of [sent, `${sent}.pdf`]) await Deno.remove(name);
      }
    });
  }
});

peerTest("Printing: a raster is read by CUPS as it was, dot for dot", ["rastertopdf", "pdftoppm"], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-raster-" });
  try {
    // runs, single dots, lines that come again, and none that do
    const [width, height] = [301, 260];
    const pixels = Uint8Array.from({ length: width * height }, (_, n) => {
      const [x, y] = [n % width, Math.floor(n / width)];
      return y < 3 ? 255 : y % 40 < 20 ? x < 200 ? 0 : 255 : (x * 7 + y * 13) % 5 < 2 ? 0 : 255;
    });
    const page = { width, height, channels: 1, pixels } as const;
    await Deno.writeFile(`${folder}/two.pwg`, pwgRaster([page, page], 72));
    const script =
      `${CUPS_FILTERS}/rastertopdf 1 me title 1 "" two.pwg >two.pdf 2>/dev/null && pdfimages -all two.pdf image`;
    const env = { CONTENT_TYPE: "image/pwg-raster", FINAL_CONTENT_TYPE: "application/pdf" };
    assert.equal((await run("sh", ["-c", script], { cwd: folder, env })).code, 0);
    const images = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.startsWith("image"))
      .sort();
    assert.equal(images.length, 2);
    const { default: sharp } = await import("sharp");
    for (const name of images) {
      const { data, info } = await sharp(`${folder}/${name}`).raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([info.width, info.height], [width, height]);
      const dark = Uint8Array.from({ length: width * height }, (_, n) => data[n * info.channels]! < 128 ? 0 : 255);
      assert.deepEqual(dark, pixels);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest(
  "Printing: a sheet that the screen lays down is sent once it is whole, and goes then",
  [...PRINTER_PEERS],
  async () => {
    await using eve = await EvePrinter.start(["application/pdf"], QUICK);
    await withJobs(eve.uri, async (jobs, folder) => {
      await Deno.writeTextFile(`${folder}/left-behind.pdf`, "of somebody who printed before");
      const job = jobs.expect();
      assert.equal(jobs.job(job.id)!.state, "waiting");
      const whole = testPage(["Sheet"]);
      await Deno.writeFile(`${folder}/${job.id}.pdf`, whole.subarray(0, 200));
      await until("it was looked for", () => !exists(`${folder}/left-behind.pdf`));
      assert.equal(jobs.job(job.id)!.state, "waiting", "half of it is none");
      await Deno.writeFile(`${folder}/${job.id}.pdf`, whole);
      assert.equal((await ended(jobs, job)).state, "printed");
      assert.deepEqual(eve.documents(), [whole]);
    });
  },
);

peerTest(
  "Printing: no paper is told on the page; what the printer gives up is a failure in words",
  [...PRINTER_PEERS],
  async () => {
    {
      const gate = await Deno.makeTempFile();
      const script = await Deno.makeTempFile();
      await Deno.writeTextFile(script, `#!/bin/sh\nwhile [ -e ${gate} ]; do sleep 0.1; done\n`);
      await Deno.chmod(script, 0o755);
      await using eve = await EvePrinter.start(["application/pdf"], ["-c", script]);
      await eve.paper(false);
      assert.match(JSON.stringify((await new IppPrinter(eve.uri).facts()).warnings), /printer-paper-out/);
      await withJobs(eve.uri, async (jobs) => {
        const job = jobs.print(testPage(["Sheet"]));
        await until("somebody is told", () => /no paper/.test(jobs.job(job.id)!.detail));
        await eve.paper(true);
        await until("all is well again", () => /prints the sheet/.test(jobs.job(job.id)!.detail));
        await Deno.remove(gate);
        assert.equal((await ended(jobs, job)).state, "printed");
      });
      await Deno.remove(script);
    }
    await using broken = await EvePrinter.start(["application/pdf"], ["-c", "/bin/false"]);
    await withJobs(broken.uri, async (jobs) => {
      const job = await ended(jobs, jobs.print(testPage(["Sheet"])));
      assert.equal(job.state, "failed");
      assert.match(job.detail, /the printer gave up/);
    });
  },
);

peerTest("Printing: a printer that takes nothing the box makes, or is no printer, is a failure in words", [
  ...PRINTER_PEERS,
], async () => {
  await using eve = await EvePrinter.start(["image/urf"], QUICK);
  await withJobs(eve.uri, async (jobs) => {
    assert.match((await ended(jobs, jobs.print(testPage(["Sheet"])))).detail, /Choose another one/);
  });
  const page = Deno.serve({ port: 0, onListen: () => undefined }, () => new Response("<html>"));
  await withJobs(`ipp://localhost:${page.addr.port}/ipp/print`, async (jobs) => {
    assert.match((await ended(jobs, jobs.print(testPage(["Sheet"])))).detail, /without a driver/);
  });
  await page.shutdown();
  await withJobs(`ipp://localhost:${freePort()}/ipp/print`, async (jobs) => {
    assert.match((await ended(jobs, jobs.print(testPage(["Sheet"])))).detail, /does not answer/);
  });
  await withJobs(eve.uri, async (jobs) => {
    assert.match((await ended(jobs, jobs.expect())).detail, /the screen did not make it/);
  }, { ...PATIENCE, sheet: 0 });
  await withJobs("", (jobs) => {
    assert.throws(() => jobs.expect(), /no printer is chosen/);
    return Promise.resolve();
  });
});

Deno.test("Printing: what may be a printer's address", () => {
  for (const good of ["ipp://printer.local/ipp/print", "ipp://192.168.1.30:8631/", "ipp://[fe80::1]/ipp", "ipp://hp"]) {
    assert.equal(isPrinterUri(good), true, good);
  }
  for (
    const bad of [
      "http://printer",
      "ipp://",
      "ipp://a b/",
      "ipp://me@printer/",
      "ipp://printer?x",
      "ipps://p",
      "ipp://p:x/",
    ]
  ) {
    assert.equal(isPrinterUri(bad), false, bad);
  }
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
