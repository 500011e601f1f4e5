import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { mainJob } from "../main_job.ts";
import { Admin, holds } from "./admin.ts";
import { images } from "./images.ts";
import { backedUp, outcome, setUp, signIn } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

Deno.test("A USB stick: backups go to it and come back from it, an update is taken from it, and it may be pulled out", async (t) => {
  const { disk, foreignUpdate } = await images();
  const computer = await VirtualComputer.make({ image: disk });
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-stick-" });
  const admin = new Admin(folder, computer.ports.ssh);
  const stick = `${folder}/stick`;
  try {
    for (
      const [command, ...args] of [
        ["truncate", "--size", "200M", stick],
        ["mkfs.vfat", "-n", "BACK UP", stick],
        ["mcopy", "-i", stick, foreignUpdate, "::/new.raucb"],
      ]
    ) {
      const { code, text } = await run(command!, args);
      assert.equal(code, 0, text);
    }
    computer.start();
    let call = await setUp(computer);
    const stored = await mainJob(call, computer.ports);
    await admin.opensSsh(call);

    await t.step("it appears with what is on it, and nothing on it can be run", async () => {
      await computer.plugIn(stick);
      await holds(call, ({ disks }) => disks[0]?.folder === "/media/BACK-UP/sonodesk");
      const { disks: [plugged] } = await (await call("GET", "/api/computer")).json();
      assert.deepEqual(plugged.updates, ["/media/BACK-UP/new.raucb"]);
      assert.ok(plugged.free > 100e6 && plugged.size < 210e6);
      const { text } = await admin.onBox("findmnt -n -o OPTIONS /media/BACK-UP");
      assert.match(text, /nosuid,nodev,noexec/);
    });

    await t.step("an update on it that somebody else has signed is refused", async () => {
      await (await call("POST", "/api/update", { from: "/media/BACK-UP/new.raucb" })).body?.cancel();
      const { state, detail } = await outcome(call);
      assert.equal(state, "refused");
      assert.match(detail, /signature/);
    });

    await t.step("a backup is made on it", async () => {
      const SONODESK_BACKUP_FOLDER = "/media/BACK-UP/sonodesk";
      await (await call("PATCH", "/api/settings", { SONODESK_BACKUP_FOLDER })).body?.cancel();
      await (await call("POST", "/api/care/backup")).body?.cancel();
      await backedUp(call);
    });

    await t.step("it is pulled out, and plugged in again", async () => {
      await computer.pullOut();
      await holds(call, ({ disks }) => disks.length === 0);
      await computer.plugIn(stick);
      await holds(call, ({ disks }) => disks[0]?.folder === "/media/BACK-UP/sonodesk");
    });

    await t.step("the backup comes back as the appliance's page says", async () => {
      const { code, text } = await admin.onBox(
        "systemctl stop sonodesk && find /var/lib/sonodesk -mindepth 1 -delete && " +
          "runuser -u sonodesk -- env SONODESK_DATA=/var/lib/sonodesk sonodesk restore /media/BACK-UP/sonodesk && " +
          "systemctl start sonodesk",
      );
      console.log(text);
      assert.equal(code, 0, text);
      call = await signIn(computer);
      const file = await call("GET", `/api/instances/${stored}/file`);
      assert.ok((await file.arrayBuffer()).byteLength > 1000);
    });
  } catch (error) {
    console.log(computer.printed.slice(-5000));
    throw error;
  } finally {
    await computer.remove();
    await Deno.remove(folder, { recursive: true });
  }
});
