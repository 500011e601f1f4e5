import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { freePort } from "../../support/servers.ts";
import { until } from "../../support/until.ts";
import { compilerEnvironment } from "../compiler.ts";
import { type Caller, caller, healthOf, mainJob } from "../main_job.ts";
import { DebianComputer } from "./debian_computer.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const NAMES = { bookworm: "12", trixie: "13" };
const PATIENCE = 120;
const SETTINGS = "/etc/default/sonodesk";

for (const [suite, number] of Object.entries(NAMES)) {
  Deno.test(`The package on Debian ${number} under its systemd: installed by apt, does the main job, comes back by itself, and leaves the data when it is purged`, async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-debian-" });
    try {
      const deb = await makePackage(folder);
      await using computer = await DebianComputer.make(`${folder}/${suite}`, suite, ["libstdc++6", "libgcc-s1"]);
      await computer.switchOn();
      const [web, worklist, storage] = [freePort(), freePort(), freePort()];
      const address = `http://127.0.0.1:${web}`;
      const setting = async (...lines: string[]) =>
        await Deno.writeTextFile(computer.root + SETTINGS, lines.join("\n"));
      const settings = [
        "SONODESK_HOST=127.0.0.1",
        "SONODESK_ADMISSION=open",
        "SONODESK_ADMIN_USERNAME=owner",
        "SONODESK_ADMIN_PASSWORD=mine",
        `SONODESK_WEB_PORT=${web}`,
        `SONODESK_WORKLIST_PORT=${worklist}`,
        `SONODESK_STORAGE_PORT=${storage}`,
        "SONODESK_BACKUP_FOLDER=/mnt/backup",
        "",
      ];
      let stored = "";

      await t.step("apt installs it, and systemd has it running as a user of its own", async () => {
        await Deno.mkdir(`${computer.root}/etc/default`, { recursive: true });
        await setting(...settings);
        await Deno.mkdir(`${computer.root}/mnt/backup`);
        await Deno.chmod(`${computer.root}/mnt/backup`, 0o777);
        await Deno.copyFile(deb, `${computer.root}/srv/sonodesk.deb`);
        // the settings that a person has made already stay
        await computer.apt("-o", "Dpkg::Options::=--force-confold", "install", "/srv/sonodesk.deb");
        assert.match(await computer.inside("dpkg-query", "-W", "-f", "${Status}", "sonodesk"), /^install ok installed/);
        assert.match(
          await computer.inside("stat", "-c", "%U:%G %a", "/var/lib/sonodesk"),
          /^sonodesk:sonodesk 700$/m,
        );
        assert.match(await computer.inside("systemctl", "is-enabled", "sonodesk.service"), /^enabled$/m);
        await healthOf(address, PATIENCE);
        assert.equal(await shown(computer, "ActiveState"), "active");
        assert.match(
          await computer.inside("ps", "-o", "user=", "-p", await shown(computer, "MainPID")),
          /^sonodesk/,
        );
      });

      await t.step("it does the main job through its service's confinement", async () => {
        stored = await mainJob(await signedIn(address), { worklist, storage });
      });

      await t.step("what root asks of it is done with the service's settings, as its user", async () => {
        const doctor = await computer.tried("sonodesk", "doctor");
        assert.equal(doctor.code, 0, doctor.text);
        assert.match(doctor.text, new RegExp(`^ok +port ${storage}: storage, open$`, "m"));
        await computer.inside("sonodesk", "backup", "/mnt/backup");
        await computer.inside("sonodesk", "backup-verify", "/mnt/backup");
        assert.match(await computer.inside("sonodesk", "verify"), /^\d+ files, .*: all whole$/m);
        await computer.inside("sonodesk", "self-test");
        const others = ["/var/lib/sonodesk", "/mnt/backup/*", "-not", "-user", "sonodesk"];
        assert.equal((await computer.inside("sh", "-c", `find ${others.join(" ")}`)).trim(), "", "nothing is root's");
        assert.match((await computer.tried("sonodesk", "doctor")).text, /backup: last good one/);
      });

      await t.step(
        "a setting that is not known is named, by the service and by doctor; put right, it works",
        async () => {
          await setting(...settings, "SONODESK_STORAGE_PROT=104", "");
          await computer.tried("systemctl", "restart", "sonodesk");
          const { code, text } = await computer.tried("sonodesk", "doctor");
          assert.equal(code, 1);
          assert.match(text, /no setting SONODESK_STORAGE_PROT, the nearest is SONODESK_STORAGE_PORT/);
          await until("the journal says why", async () => {
            const said = await computer.inside("journalctl", "--unit=sonodesk", "--no-pager", "--output=cat");
            return /SONODESK_STORAGE_PROT/.test(said);
          }, PATIENCE);
          await setting(...settings);
          await computer.inside("systemctl", "restart", "sonodesk");
          await healthOf(address, PATIENCE);
          await isThere(address, stored);
        },
      );

      await t.step(
        "killed, stopped in its tracks, with the computer restarted or its plug pulled: it comes back",
        async () => {
          for (const signal of ["KILL", "STOP"]) {
            const before = await shown(computer, "MainPID");
            await computer.inside("systemctl", "kill", "--kill-whom=main", `--signal=${signal}`, "sonodesk");
            // after a minute without a word systemd ends one that stands still
            await until(`another runs after SIG${signal}`, async () => {
              const [pid, state] = [await shown(computer, "MainPID"), await shown(computer, "ActiveState")];
              return pid !== before && pid !== "0" && state === "active";
            }, 2 * PATIENCE);
            await isThere(address, stored);
          }
          await computer.restart();
          await healthOf(address, PATIENCE);
          await isThere(address, stored);
          await computer.pullThePlug();
          await computer.switchOn();
          await healthOf(address, PATIENCE);
          await isThere(address, stored);
        },
      );

      await t.step("purged, it is gone and the data stays", async () => {
        await computer.apt("purge", "sonodesk");
        assert.ok(Deno.statSync(`${computer.root}/var/lib/sonodesk/sonodesk.sqlite`).size > 0);
        const announced = "/etc/avahi/services/sonodesk-worklist.service";
        for (const gone of ["/usr/bin/sonodesk", SETTINGS, announced]) {
          await assert.rejects(Deno.stat(computer.root + gone), gone);
        }
        assert.match((await computer.tried("systemctl", "is-active", "sonodesk")).text, /inactive|unknown/);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** @returns the path of the package, with the Deno that is tested with where no base binary of it can be had here */
async function makePackage(folder: string): Promise<string> {
  const environment = await compilerEnvironment();
  const withDeno = environment.UNTESTED_DENO === undefined ? [] : ["--deno", Deno.execPath()];
  const make = ["run", "-A", "--no-check", `${ROOT}appliance/package.ts`, "--output", folder, ...withDeno];
  const { code, text } = await run(Deno.execPath(), make, { env: environment });
  assert.equal(code, 0, text);
  return `${folder}/${[...Deno.readDirSync(folder)].map(({ name }) => name).find((name) => name.endsWith(".deb"))!}`;
}

/** A property of the service, as systemd has it now. */
async function shown(computer: DebianComputer, property: string): Promise<string> {
  return (await computer.inside("systemctl", "show", "--value", `--property=${property}`, "sonodesk")).trim();
}

async function signedIn(address: string): Promise<Caller> {
  const call = caller(address);
  await (await call("POST", "/api/session", { username: "owner", password: "mine" })).body?.cancel();
  return call;
}

/** What was acknowledged is still there, and shown. */
async function isThere(address: string, sopInstanceUid: string): Promise<void> {
  await healthOf(address, PATIENCE);
  const call = await signedIn(address);
  const [instance] = await (await call("GET", `/dicom-web/instances?SOPInstanceUID=${sopInstanceUid}`)).json();
  assert.equal(instance["00080018"].Value[0], sopInstanceUid);
}
