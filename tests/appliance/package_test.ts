import assert from "node:assert/strict";
import { hasProgram, run } from "../support/peers.ts";
import { freePort } from "../support/servers.ts";
import { until } from "../support/until.ts";
import { compilerEnvironment } from "./compiler.ts";
import { type Caller, caller, healthOf, mainJob } from "./main_job.ts";
import { readUnit } from "./unit_file.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const NOBODY = ["--reuid=65534", "--regid=65534", "--clear-groups"];
/** `systemd-analyze security` gives 0 to 10, and takes ten times that. */
const MOST_EXPOSED = 25;

/** Every command, each of which is tried below. */
const KNOWN = [
  ...[
    "--help",
    "--version",
    "audit-verify",
    "backup",
    "backup-verify",
    "clinic-models",
    "clinic-sql",
    "demo",
    "doctor",
    "known-chunks",
    "mend",
    "replay",
    "restore",
    "self-test",
  ],
  ...["simulate", "start", "verify"],
];

/** systemd's end of the notify socket. */
const LISTENER = `
const socket = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0] });
Deno.chmodSync(Deno.args[0], 0o777);
console.log("listening");
for await (const [bytes] of socket) console.log(new TextDecoder().decode(bytes));
`;

Deno.test({
  name:
    "one binary in a Debian package: hardened, and alone in an empty folder under another user it does the main job",
  ignore: !["findscu", "storescu", "setpriv", "dpkg-deb", "systemd-analyze"].every(hasProgram) || Deno.uid() !== 0, // to be another user takes root
  fn: async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-package-" });
    const tree = `${folder}/tree`;
    const binary = `${folder}/sonodesk`;
    let unit = new Map<string, string[]>();
    try {
      let deb = "";
      await t.step("a base binary of another Deno than the one that is tested with is refused", async () => {
        await Deno.writeTextFile(`${folder}/denort`, "user agent Deno/2.4.2");
        const compile = ["run", "-A", "--no-check", `${ROOT}appliance/compile.ts`, "--output", `${folder}/never`];
        const { code, text } = await run(Deno.execPath(), compile, { env: { DENORT_BIN: `${folder}/denort` } });
        assert.equal(code, 1);
        assert.match(text, /it is Deno 2\.4\.2, and Sonodesk is tested with 2\.9\.5, use that one/);
      });
      const made = await t.step("it is made", async () => {
        const make = ["run", "-A", "--no-check", `${ROOT}appliance/package.ts`, "--output", folder];
        const { code, text } = await run(Deno.execPath(), make, { env: await compilerEnvironment() });
        assert.equal(code, 0, text);
        deb = [...Deno.readDirSync(folder)].map(({ name }) => name).find((name) => name.endsWith(".deb"))!;
        await succeeds("dpkg-deb", ["--extract", `${folder}/${deb}`, tree]);
        await Deno.rename(`${tree}/usr/bin/sonodesk`, binary); // from here on alone
        const size = (path: string) => `${(Deno.statSync(path).size / 1e6).toFixed(0)} MB`;
        console.log(`the binary has ${size(binary)}, the package ${size(`${folder}/${deb}`)}`);
      });
      if (!made) return;
      await t.step("it installs what Debian expects, with what it asks for in place", async () => {
        const contents = await succeeds("dpkg-deb", ["--contents", `${folder}/${deb}`]);
        for (const line of contents.trim().split("\n")) {
          assert.match(line, /^(d|-)rw[x-]([r-]-[x-]){2} root\/root /, "root's, and written by root alone");
        }
        await succeeds("dpkg-deb", ["--control", `${folder}/${deb}`, `${folder}/control`]);
        for (const path of (await Deno.readTextFile(`${folder}/control/conffiles`)).trim().split("\n")) {
          assert.ok(Deno.statSync(tree + path).isFile, path);
        }
        for (const script of ["postinst", "prerm", "postrm"]) {
          await succeeds("sh", ["-n", `${folder}/control/${script}`]);
        }
        await succeeds("systemd-sysusers", ["--dry-run", `${tree}/usr/lib/sysusers.d/sonodesk.conf`]);
      });
      await t.step("its manual page has every command, and can be read", async () => {
        const page = await succeeds("zcat", [`${tree}/usr/share/man/man8/sonodesk.8.gz`]);
        for (const command of KNOWN) {
          assert.match(page, new RegExp(`^\\.(It Ic|Fl) (Ar )?-*${command.replace(/^--/, "-?")}\\b`, "m"), command);
        }
      });
      await t.step("its service is known to systemd, and exposed little", async () => {
        const path = `${tree}/usr/lib/systemd/system/sonodesk.service`;
        const text = await Deno.readTextFile(path);
        unit = readUnit(text);
        assert.deepEqual(unit.get("Unit.After"), ["network.target"], "it waits for no clock and no cable");
        const here = `${folder}/sonodesk.service`;
        const announce = `${tree}/usr/lib/sonodesk/announce`;
        await Deno.writeTextFile(
          here,
          text.replace("/usr/bin/sonodesk", binary).replace("/usr/lib/sonodesk/announce", announce),
        );
        assert.doesNotMatch(
          await succeeds("systemd-analyze", ["verify", "--man=no", here]),
          /sonodesk/,
          "no complaint",
        );
        const security = ["security", "--offline=yes", `--threshold=${MOST_EXPOSED}`, here];
        const score = async () =>
          / ([\d.]+) /.exec((await succeeds("systemd-analyze", security)).split("level").at(-1)!)![1];
        console.log(`exposed ${await score()} of 10`);
        const inImage = `${ROOT}appliance/image/root/etc/systemd/system/sonodesk.service.d/image.conf`;
        await Deno.writeTextFile(here, `${await Deno.readTextFile(here)}\n${await Deno.readTextFile(inImage)}`);
        console.log(`exposed ${await score()} of 10 in the image`);
      });

      Deno.chmodSync(folder, 0o755);
      const home = `${folder}/home`;
      Deno.mkdirSync(home);
      Deno.chownSync(home, 65534, 65534);
      const asNobody = (args: string[]) =>
        run("setpriv", [...NOBODY, binary, ...args], { cwd: home, env: { HOME: home } });

      await t.step("its commands answer", async () => {
        assert.match((await asNobody(["--version"])).text, /^\d+\.\d+\.\d+\n$/);
        assert.match((await asNobody(["--help"])).text, /SONODESK_DATA/);
        assert.equal((await asNobody(["simulate", "--help"])).code, 0);
      });

      // where Deno's downloads cannot be reached it is compiled with an older Deno
      const backsUp = !("DENORT_BIN" in await compilerEnvironment());

      /** What a command of the binary printed, which must have ended well. */
      const succeedsAsNobody = async (args: string[], env: Record<string, string> = {}) => {
        const { code, text } = await run("setpriv", [...NOBODY, binary, ...args], {
          cwd: home,
          env: { HOME: home, SONODESK_DATA: `${home}/data`, ...env },
        });
        assert.equal(code, 0, `${args[0]}: ${text}`);
        return text;
      };

      await t.step("as the service starts it, it does the main job and says how it is", async () => {
        const [command, ...args] = unit.get("Service.ExecStart")![0]!.split(" ");
        assert.equal(command, "/usr/bin/sonodesk");
        assert.match(unit.get("Service.Environment")![0]!, /^SONODESK_DATA=\/var\/lib\/sonodesk( |$)/);
        const manager = new Deno.Command(Deno.execPath(), {
          args: ["eval", "--unstable-net", LISTENER, `${folder}/notify`],
          stdout: "piped",
        }).spawn();
        const lines = manager.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
        let told = "";
        const heard = async (words: string) => {
          while (!told.includes(words)) told += (await lines.next()).value;
        };
        await heard("listening");
        // systemd makes the folders that the service names, below where its data are
        const compiled = `${home}/data/cache/deno`;
        assert.ok(unit.get("Service.StateDirectory")![0]!.split(" ").includes("sonodesk/cache/deno"));
        assert.ok(unit.get("Service.Environment")!.includes("TMPDIR=/var/lib/sonodesk/cache/deno"));
        for (const path of [`${home}/data`, `${home}/data/cache`, compiled]) {
          Deno.mkdirSync(path);
          Deno.chownSync(path, 65534, 65534);
        }
        const [web, worklist, storage] = [freePort(), freePort(), freePort()];
        const started = performance.now();
        const box = new Deno.Command("setpriv", {
          args: [...NOBODY, binary, ...args],
          cwd: home,
          env: {
            HOME: home,
            NOTIFY_SOCKET: `${folder}/notify`,
            WATCHDOG_USEC: "200000",
            TMPDIR: compiled,
            SONODESK_DATA: `${home}/data`,
            SONODESK_HOST: "127.0.0.1",
            SONODESK_ADMISSION: "open",
            SONODESK_ADMIN_USERNAME: "owner",
            SONODESK_ADMIN_PASSWORD: "mine",
            SONODESK_WEB_PORT: web,
            SONODESK_WORKLIST_PORT: worklist,
            SONODESK_STORAGE_PORT: storage,
          },
          stdout: "null",
          stderr: "inherit",
        }).spawn();
        try {
          await healthOf(`http://127.0.0.1:${web}`, 60);
          console.log(`ready after ${Math.round(performance.now() - started)} ms`);
          await heard("READY=1\nWATCHDOG=1\n");
          const call = caller(`http://127.0.0.1:${web}`);
          await (await call("POST", "/api/session", { username: "owner", password: "mine" })).body?.cancel();
          await mainJob(call, { worklist, storage });
          const ports = { SONODESK_WEB_PORT: web, SONODESK_WORKLIST_PORT: worklist, SONODESK_STORAGE_PORT: storage };
          const beside = { ...ports, SONODESK_HOST: "127.0.0.1" };
          assert.match(await succeedsAsNobody(["self-test"], beside), /^ok .*(\nok .*)+\n$/);
          const to = ["--host", "127.0.0.1", "--worklist-port", worklist, "--storage-port", storage];
          await succeedsAsNobody(["simulate", ...to, "--once"]);
          assert.match(await succeedsAsNobody(["doctor"], beside), /^ok +port \d+: worklist, open$/m);
          const recording = `${home}/machine.recording`;
          await Deno.writeFile(recording, await recordedQuery(call, worklist));
          assert.match(await succeedsAsNobody(["replay", recording, "--port", worklist]), /answered as before/);
          if (backsUp) assert.match(await succeedsAsNobody(["backup", `${home}/backup`]), /object/);
        } finally {
          box.kill("SIGTERM");
        }
        assert.equal((await box.status).code, 0, "SIGTERM ends it in good order");
        await heard("STOPPING=1");
        assert.match(
          [...Deno.readDirSync(compiled)].map(({ name }) => name).join(),
          /^deno-compile-\w+\.cache$/,
          "the next start need not compile the program again, and nothing else was put there",
        );
        await lines.return!();
        manager.kill("SIGKILL");
        await manager.status;
      });

      await t.step("every other command of --help does its work", async () => {
        assert.match(await succeedsAsNobody(["verify"]), /^\d+ files, .*: all whole$/m);
        assert.match(await succeedsAsNobody(["audit-verify"]), /none was removed or changed/);
        assert.match(await succeedsAsNobody(["clinic-sql"]), /CREATE .*sonodesk/i);
        assert.match(await succeedsAsNobody(["clinic-models"]), /class DicomStudy/);
        assert.match(await succeedsAsNobody(["clinic-models", "--migration"]), /def upgrade/);
        if (backsUp) {
          await succeedsAsNobody(["backup-verify", `${home}/backup`]);
          assert.match(await succeedsAsNobody(["mend", `${home}/backup`]), /^0 files mended/);
          const restored = { SONODESK_DATA: `${home}/restored` };
          await succeedsAsNobody(["restore", `${home}/backup`], restored);
          assert.match(await succeedsAsNobody(["verify"], restored), /^\d+ files, .*: all whole$/m);
        } else {
          console.log("the base binary of this computer is too old to back up: backup and restore were not tried");
        }
        const [web, worklist, storage] = [freePort(), freePort(), freePort()];
        const demo = new Deno.Command("setpriv", {
          args: [...NOBODY, binary, "demo"],
          cwd: home,
          env: {
            HOME: home,
            SONODESK_DATA: `${home}/demo`,
            SONODESK_HOST: "127.0.0.1",
            SONODESK_WEB_PORT: web,
            SONODESK_WORKLIST_PORT: worklist,
            SONODESK_STORAGE_PORT: storage,
          },
          stdout: "null",
          stderr: "null",
        }).spawn();
        try {
          await healthOf(`http://127.0.0.1:${web}`, 60);
        } finally {
          demo.kill("SIGTERM");
        }
        assert.equal((await demo.status).code, 0);
        const known = [...(await succeedsAsNobody(["--help"])).matchAll(/^ {2}([a-z-]+) .*$/gm)].map(([, name]) =>
          name!
        )
          .sort();
        assert.deepEqual(known, KNOWN, "a new command is tried here too");
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** What a program printed, which must have ended well. */
async function succeeds(command: string, args: string[]): Promise<string> {
  const { code, text } = await run(command, args);
  assert.equal(code, 0, text);
  return text;
}

/** A worklist query of a machine that the box knows, as the box has recorded it. */
async function recordedQuery(call: Caller, worklist: string): Promise<Uint8Array<ArrayBuffer>> {
  const machines = await (await call("GET", "/api/machines")).json();
  const { id } = machines.find(({ aeTitle }: { aeTitle: string }) => aeTitle === "FINDSCU");
  await (await call("POST", `/api/machines/${id}/recording`)).body?.cancel();
  await succeeds("findscu", ["-W", "-k", "PatientName", "127.0.0.1", worklist]);
  await until("it is recorded", async () => {
    return (await (await call("GET", `/api/machines/${id}/recording`)).json()).recordedAt ?? undefined;
  });
  return await (await call("GET", `/api/machines/${id}/recording/file`)).bytes();
}
