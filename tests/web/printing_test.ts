import assert from "node:assert/strict";
import { ImageComputer } from "../../src/host/image_computer.ts";
import { PRINTER, PrintJobs } from "../../src/printing/print_jobs.ts";
import { EvePrinter, PRINTER_PEERS } from "../support/eve_printer.ts";
import { peerTest } from "../support/peers.ts";
import { freePort } from "../support/servers.ts";
import { until } from "../support/until.ts";
import { TestBox } from "../support/web_box.ts";

/** A box of the image, with a folder for what is printed, one for requests and one for what the image says. */
async function withBox(use: (box: TestBox, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-printing-" });
  for (const name of ["prints", "says"]) await Deno.mkdir(`${folder}/${name}`);
  let chosen = () => "";
  const printing = new PrintJobs(`${folder}/prints`, () => chosen(), { sheet: 30_000, printer: 120_000, look: 50 });
  const computer = new ImageComputer(`${folder}/requests`, `${folder}/says`);
  const box = await TestBox.start({ printing, computer });
  chosen = () => box.store.settings.get(PRINTER) ?? "";
  try {
    await use(box, folder);
  } finally {
    await printing.stop();
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

peerTest(
  "Printing: an admin chooses a printer that answers, and prints a test page on it",
  [...PRINTER_PEERS],
  () =>
    withBox(async (box) => {
      await using eve = await EvePrinter.start(["application/pdf"], ["-c", "/bin/true"]);
      const cookie = await box.signIn("admin");
      const ask = async (path: string, more: object = {}) => await (await box.fetch(path, { cookie, ...more })).json();
      assert.deepEqual(await ask("/api/printing"), { here: true, chosen: false });
      assert.match((await ask("/api/printer/test", { method: "POST" })).detail, /no printer is chosen/);
      const put = { method: "PUT", body: { uri: eve.uri } };
      assert.equal((await box.fetch("/api/printer", { cookie: await box.signIn("doctor"), ...put })).status, 403);
      assert.equal(
        (await box.fetch("/api/printer", { cookie, method: "PUT", body: { uri: "http://x/" } })).status,
        400,
      );
      const chosen = await ask("/api/printer", put);
      assert.deepEqual(chosen, { uri: eve.uri, name: "Example Printer", state: "idle", errors: [], warnings: [] });
      assert.deepEqual(await ask("/api/printing"), { here: true, chosen: true });
      const { id } = await ask("/api/printer/test", { method: "POST" });
      let job = { state: "", detail: "", coded: { code: "" } };
      await until("it is printed", async () => {
        job = await ask(`/api/print-jobs/${id}`);
        return job.state === "printed";
      });
      assert.equal(job.coded.code, "sheet-printed");
      assert.match(new TextDecoder().decode(eve.documents()[0]), /^%PDF[^]*This printer works/);
      assert.ok(box.store.audit.list({}, 20).some(({ action }) => action === "printer chosen"));

      const silent = await ask("/api/printer", {
        method: "PUT",
        body: { uri: `ipp://localhost:${freePort()}/ipp/print` },
      });
      assert.equal(silent.errors[0].coded.code, "printer-silent");
      const byHost = await ask("/api/printer", { method: "PUT", body: { uri: `localhost:${freePort()}` } });
      assert.match(byHost.uri, /^ipp:\/\/localhost:\d+\/ipp\/print$/, "where most printers answer");
      assert.equal((await ask("/api/printer", { method: "PUT", body: { uri: null } })).uri, "");
      assert.equal((await box.fetch("/api/print-jobs/unknown", { cookie })).status, 404);
    }),
);

Deno.test("Printing: printers are looked for by the image, and listed as it found them", () =>
  withBox(async (box, folder) => {
    const cookie = await box.signIn("admin");
    assert.deepEqual(await (await box.fetch("/api/printers", { cookie })).json(), []);
    const searched = await box.fetch("/api/printers/search", { cookie, method: "POST" });
    assert.equal(searched.status, 202);
    assert.equal(await Deno.readTextFile(`${folder}/requests/printers`), "do=find\n");
    const found = '=;lan;IPv4;Desk;_ipp._tcp;local;desk.local;192.168.1.30;631;"rp=ipp/print" "ty=Desk 1"\n';
    await Deno.writeTextFile(`${folder}/says/printers`, found);
    const listed = await (await box.fetch("/api/printers", { cookie })).json();
    assert.deepEqual(listed, [{ uri: "ipp://desk.local:631/ipp/print", name: "Desk 1", location: "", by: "network" }]);
  }));

Deno.test("Printing: a sheet is printed by the box from its own screen alone, and who did it is written down", () =>
  withBox(async (box) => {
    box.store.settings.set(PRINTER, "ipp://localhost:1/ipp/print");
    const cookie = await box.signIn("doctor");
    const body = { studies: ["1.2.3"] };
    const away = await box.fetch("/api/print-jobs", { cookie, body, headers: { "x-forwarded-for": "192.168.1.7" } });
    assert.equal(away.status, 409);
    assert.equal((await box.fetch("/api/print-jobs", { body })).status, 401);
    const here = await box.fetch("/api/print-jobs", { cookie, body });
    assert.equal(here.status, 201);
    assert.equal((await here.json()).state, "waiting");
    const [event] = box.store.audit.list({}, 5);
    assert.deepEqual([event!.action, event!.subject], ["sheet printed", "1.2.3"]);
  }));

Deno.test("Printing: a box that is no image has no printer of its own", async () => {
  const box = await TestBox.start();
  try {
    const cookie = await box.signIn("admin");
    assert.deepEqual(await (await box.fetch("/api/printing", { cookie })).json(), { here: false, chosen: false });
    assert.deepEqual(await (await box.fetch("/api/printers", { cookie })).json(), []);
    const refused = await box.fetch("/api/print-jobs", { cookie, body: { studies: [] } });
    assert.equal(refused.status, 409);
  } finally {
    await box.stop();
  }
});
