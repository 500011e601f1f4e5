import assert from "node:assert/strict";
import { Box } from "../support/box.ts";
import { noteFailure } from "../../src/backup/last_backup.ts";
import { runProgram } from "../support/program.ts";
import { freePort } from "../support/servers.ts";

/** What the doctor says of a box, running or not, with these settings. */
async function doctor(data: string, environment: Record<string, string>) {
  return await runProgram(["doctor"], { SONODESK_DATA: data, SONODESK_HOST: "127.0.0.1", ...environment });
}

Deno.test("doctor: a box that is well, then each trouble by its name, with what to do", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-doctor-" });
  const ports = {
    SONODESK_WEB_PORT: freePort(),
    SONODESK_WORKLIST_PORT: freePort(),
    SONODESK_STORAGE_PORT: freePort(),
  };
  try {
    const box = await Box.start({
      data: `${folder}/data`,
      webPort: Number(ports.SONODESK_WEB_PORT),
      worklistPort: Number(ports.SONODESK_WORKLIST_PORT),
      storagePort: Number(ports.SONODESK_STORAGE_PORT),
    });
    const { data } = { data: `${folder}/data` };
    const well = await doctor(data, ports);
    assert.equal(well.code, 0, well.text);
    assert.match(well.text, /^ok +settings: all are known$/m);
    assert.match(well.text, new RegExp(`^ok +port ${ports.SONODESK_STORAGE_PORT}: storage, open$`, "m"));
    assert.match(well.text, /^LOOK AT backup: no place for it is set/m);

    const troubled = { ...ports, SONODESK_BAKUP_FOLDER: "/x", SONODESK_BACKUP_FOLDER: `${folder}/usb` };
    noteFailure(box.store.settings, `${folder}/usb`, { detail: "Cannot back up: it is not there" });
    const found = await doctor(data, troubled);
    assert.equal(found.code, 1);
    assert.match(
      found.text,
      /^FAILED +settings: there is no setting SONODESK_BAKUP_FOLDER, the nearest is SONODESK_BACKUP_FOLDER/m,
    );
    assert.match(found.text, /^FAILED +backup: the last one failed on .*: Cannot back up: it is not there$/m);
    assert.match(found.text, /^FAILED +backup disk: .*usb is not there, check that the disk is plugged in$/m);
    await box.appliance.stop();

    // another program has a port, and root was here
    using taken = Deno.listen({ hostname: "127.0.0.1", port: Number(ports.SONODESK_WORKLIST_PORT) });
    assert.ok(taken.addr);
    if (Deno.uid() === 0) {
      await Deno.writeTextFile(`${data}/archive/left`, "");
      await Deno.chown(`${data}/archive/left`, 65534, 65534);
    }
    const stopped = await doctor(data, ports);
    assert.equal(stopped.code, 1);
    assert.match(stopped.text, /^FAILED +box: it does not answer on port \d+: systemctl status sonodesk/m);
    assert.match(stopped.text, /^FAILED +port \d+: another program has the port of worklist: ss -ltnp/m);
    if (Deno.uid() === 0) {
      assert.match(stopped.text, /^FAILED +data: 1 files in .* archive\/left: chown -R|left: chown/m);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
