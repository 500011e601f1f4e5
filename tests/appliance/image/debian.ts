import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { freePort } from "../../support/servers.ts";
import { compilerEnvironment } from "../compiler.ts";
import { caller, healthOf, mainJob } from "../main_job.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
/** A root without /dev/pts has no terminal to lend. */
const QUIET = ["-o", "Dpkg::Use-Pty=0"];
const NAMES = { bookworm: "12", trixie: "13" };

Deno.test("The package is installed on Debian 12 and 13 by apt, does the main job there, and leaves the data when it is purged", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-debian-" });
  try {
    const make = ["run", "-A", "--no-check", `${ROOT}appliance/package.ts`, "--output", folder];
    await succeeds(Deno.execPath(), make, await compilerEnvironment());
    const deb = [...Deno.readDirSync(folder)].map(({ name }) => name).find((name) => name.endsWith(".deb"))!;
    for (const [suite, number] of Object.entries(NAMES)) {
      await t.step(`Debian ${number}`, async () => {
        const root = `${folder}/${suite}`;
        // what it depends on, so that nothing more is fetched below
        const packages = "systemd,init-system-helpers,libstdc++6,libgcc-s1";
        const options = ["--quiet", "--variant=apt", "--mode=root", `--include=${packages}`];
        await succeeds("mmdebstrap", [...options, "--aptopt=APT::Install-Recommends false", suite, root]);
        await Deno.copyFile(`${folder}/${deb}`, `${root}/tmp/sonodesk.deb`);
        const inside = (...command: string[]) =>
          succeeds("unshare", [...inRoot(root), root, ...command], {
            DEBIAN_FRONTEND: "noninteractive",
            LC_ALL: "C.UTF-8",
          });
        await inside("apt-get", ...QUIET, "install", "--yes", "--no-install-recommends", "/tmp/sonodesk.deb");
        assert.match(await inside("dpkg-query", "-W", "-f", "${Status}", "sonodesk"), /^install ok installed/);
        assert.match(await inside("stat", "-c", "%U:%G %a", "/var/lib/sonodesk"), /^sonodesk:sonodesk 700$/m);
        assert.match(await inside("systemctl", "is-enabled", "sonodesk.service"), /^enabled$/m);

        const [web, worklist, storage] = [freePort(), freePort(), freePort()];
        const box = new Deno.Command("unshare", {
          args: [...inRoot(root), "--userspec=sonodesk:sonodesk", root, "/usr/bin/sonodesk", "start"],
          env: {
            HOME: "/var/lib/sonodesk",
            SONODESK_DATA: "/var/lib/sonodesk",
            SONODESK_ANNOUNCEMENT: "/var/lib/sonodesk/announcement",
            SONODESK_HOST: "127.0.0.1",
            SONODESK_ADMISSION: "open",
            SONODESK_ADMIN_USERNAME: "owner",
            SONODESK_ADMIN_PASSWORD: "mine",
            SONODESK_WEB_PORT: web,
            SONODESK_WORKLIST_PORT: worklist,
            SONODESK_STORAGE_PORT: storage,
          },
          stdout: "null",
          stderr: "null",
        }).spawn();
        try {
          await healthOf(`http://127.0.0.1:${web}`, 120);
          const call = caller(`http://127.0.0.1:${web}`);
          await (await call("POST", "/api/session", { username: "owner", password: "mine" })).body?.cancel();
          await mainJob(call, { worklist, storage });
        } finally {
          box.kill("SIGTERM");
        }
        assert.equal((await box.status).code, 0);
        await inside("/usr/lib/sonodesk/announce");
        const announced = `${root}/etc/avahi/services/sonodesk-worklist.service`;
        assert.match(Deno.readTextFileSync(announced), new RegExp(`<port>${worklist}<`));

        await inside("apt-get", ...QUIET, "purge", "--yes", "sonodesk");
        assert.ok(Deno.statSync(`${root}/var/lib/sonodesk/sonodesk.sqlite`).size > 0);
        for (const gone of [`${root}/usr/bin/sonodesk`, `${root}/etc/default/sonodesk`, announced]) {
          await assert.rejects(Deno.stat(gone), gone);
        }
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A root with /proc in it, which goes when its program ends; what follows is for `chroot`. */
function inRoot(root: string): string[] {
  return ["--mount", "sh", "-c", `mount -t proc proc ${root}/proc && exec chroot "$@"`, "chroot"];
}

async function succeeds(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, text } = await run(command, args, { env });
  assert.equal(code, 0, `${command}: ${text}`);
  return text;
}
