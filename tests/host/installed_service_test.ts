import assert from "node:assert/strict";
import { dirname } from "node:path";
import { installedService, isInstalled } from "../../src/host/installed_service.ts";
import { Box } from "../support/box.ts";
import { run } from "../support/peers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const read = (path: string) => Deno.readTextFileSync(`${ROOT}appliance/package/${path}`);

function put(path: string, text: string, mode = 0o644): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, mode);
}

/** What the package installs of the service, in a folder, with a user of it. */
function install(root: string): void {
  put(`${root}/usr/lib/systemd/system/sonodesk.service`, read("sonodesk.service"));
  put(`${root}/etc/default/sonodesk`, `${read("sonodesk.default")}SONODESK_BACKUP_PASSPHRASE="two words"\n`, 0o600);
  put(`${root}/etc/passwd`, "root:x:0:0::/root:/bin/sh\nsonodesk:x:998:998::/:/usr/sbin/nologin\n");
  put(`${root}/etc/group`, "root:x:0:\nsonodesk:x:998:\n");
}

Deno.test("the installed service: its user, what its unit, an admin's drop-in and its file of settings set", async () => {
  const root = await Deno.makeTempDir({ prefix: "sonodesk-installed-" });
  try {
    assert.equal(installedService(root), undefined);
    install(root);
    const dropIn = `[Service]\nEnvironment=SONODESK_WEB_PORT=80 "SONODESK_NAME=Two words"\n`;
    put(`${root}/etc/systemd/system/sonodesk.service.d/own.conf`, dropIn);
    const service = installedService(root)!;
    assert.deepEqual([service.user, service.uid, service.unread], ["sonodesk", 998, []]);
    const { SONODESK_DATA, SONODESK_WEB_PORT, SONODESK_NAME, SONODESK_BACKUP_PASSPHRASE } = service.environment;
    assert.deepEqual(
      [SONODESK_DATA, SONODESK_WEB_PORT, SONODESK_NAME, SONODESK_BACKUP_PASSPHRASE],
      ["/var/lib/sonodesk", "80", "Two words", "two words"],
    );
    assert.deepEqual(
      ["/usr/bin/sonodesk", "/usr/lib/sonodesk/deno", "/usr/local/bin/deno"].map(isInstalled),
      [true, true, false],
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test({
  name:
    "installed: a backup that root begins is made as the service's user, with its settings; another user is refused",
  ignore: Deno.uid() !== 0, // another root folder takes root
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-installed-" });
    const root = `${folder}/root`;
    try {
      const box = await Box.start({ data: `${folder}/data` });
      await box.appliance.stop();
      // this computer's system with the service in it, to be thrown away; /tmp below it stays as it is
      for (const name of ["upper", "work", "root"]) Deno.mkdirSync(`${folder}/${name}`);
      install(`${folder}/upper`);
      // the packages as they lie there: Deno would set them up anew, over what other tests' programs set up meanwhile
      const runs = ["run", "--quiet", "--no-check", "--node-modules-dir=manual", "-A", `${ROOT}main.ts`].join(" ");
      put(
        `${folder}/upper/usr/bin/sonodesk`,
        `#!/bin/sh\nexport DENO_DIR=/tmp/deno DENO_NO_UPDATE_CHECK=1\nexec /usr/lib/sonodesk/deno ${runs} "$@"\n`,
        0o755,
      );
      Deno.mkdirSync(`${folder}/upper/usr/lib/sonodesk`, { recursive: true });
      Deno.copyFileSync(Deno.execPath(), `${folder}/upper/usr/lib/sonodesk/deno`);
      Deno.mkdirSync(`${folder}/upper/var/lib`, { recursive: true });
      const inside = [
        `mount -t tmpfs tmpfs ${folder}/work && mkdir ${folder}/work/upper ${folder}/work/work`,
        `cp -a ${folder}/upper/. ${folder}/work/upper`,
        `mount -t overlay overlay -o lowerdir=/,upperdir=${folder}/work/upper,workdir=${folder}/work/work ${root}`,
        `mount -t proc proc ${root}/proc && mount --bind /dev ${root}/dev && mount -t tmpfs tmpfs ${root}/tmp`,
        // the tree may lie where another user has no business, as in root's own folder
        `chmod o+rx ${foldersTo(ROOT).map((path) => `${root}${path}`).join(" ")}`,
        `cp -a ${folder}/data ${root}/var/lib/sonodesk && chown -R 998:998 ${root}/var/lib/sonodesk`,
        `mkdir -m 777 ${root}/tmp/deno && install -d -o 998 -g 998 ${root}/tmp/usb`,
        `chroot ${root} /usr/bin/sonodesk backup /tmp/usb/backup`,
        `stat -c '%u' ${root}/tmp/usb/backup/identity.age ${root}/tmp/usb/backup/snapshots`,
        `find ${root}/var/lib/sonodesk ! -user 998`,
        `{ chroot ${root} setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/sonodesk verify || true; }`,
      ].join(" && ");
      const { code, text } = await run("unshare", ["--mount", "--pid", "--fork", "sh", "-c", inside], {
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      });
      assert.equal(code, 0, text);
      assert.match(text, /^Backup 000001-.*\n998\n998\n/m, `encrypted with the passphrase of the settings: ${text}`);
      assert.match(text, /Cannot run verify as this user: the box's data is sonodesk's alone, run it as root/);
      assert.doesNotMatch(
        text,
        /lib\/sonodesk\/.*\n.*Cannot run verify/,
        "nothing of root's is left in the data folder",
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** A folder and those that lead to it, the topmost first. */
function foldersTo(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
}
