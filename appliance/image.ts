/**
 * `deno task image --board pc|pi|pi5 [--no-kiosk] [--certificate FILE [--key FILE]] [--deb FILE | --deno FILE]
 * [--cache FOLDER] [--output FOLDER]`: the box as a disk image, made of Debian packages, the box's own package and the
 * files in `image/`. Takes root, but no loop device and no mount. The same inputs give the same bytes; which they were is
 * in the bill of materials beside it.
 *
 * A box takes updates that the key of `--certificate` has signed, and without one none. With `--key` a bundle that
 * brings other boxes to this image is made too.
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { type Board, BOARDS } from "./image/boards.ts";
import { billOfMaterials } from "./image/bill_of_materials.ts";
import config from "../deno.json" with { type: "json" };
import { knownMigrations } from "../src/store/migrate.ts";
import { mapOf } from "../src/host/chunks.ts";
import { MAP_SUFFIX } from "../src/host/partial_download.ts";
import { bytesOf } from "../src/objects/files.ts";
import { runProgram } from "./run_program.ts";
import { sourceDate } from "./source_date.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const SUITE = "trixie";
/** Where a later kernel is, and that it is taken from there. */
const BACKPORTS = `deb http://deb.debian.org/debian ${SUITE}-backports main\n`;
const FROM_BACKPORTS = `Package: linux-*\nPin: release n=${SUITE}-backports\nPin-Priority: 990\n`;
/** A package as the bill of materials takes it. */
const DPKG_LINE = "${Package}\\t${Version}\\t${Architecture}\\n";
/** Packages of which only the files are there, in such lines. */
const NOT_INSTALLED = "usr/share/sonodesk-not-installed";
/** What nobody reads on a box without a console; licences stay. */
const LEFT_OUT = [
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/info/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/doc/*",
  "path-include=/usr/share/doc/*/copyright",
  "path-exclude=/usr/share/fonts/truetype/noto/*",
  "path-include=/usr/share/fonts/truetype/noto/NotoSans-*",
  "path-include=/usr/share/fonts/truetype/noto/NotoSansDevanagari-*",
  // beside that of Wi-Fi, what no box has a use for
  "path-exclude=/usr/lib/firmware/intel/ibt-*",
  "path-exclude=/usr/lib/firmware/mediatek/BT_*",
];
/** What the installation leaves behind: caches, logs, and ids that are to be each box's own. */
const REMOVED = [
  ...["var/lib/apt/lists", "var/cache", "var/log", "var/lib/systemd", "var/lib/dbus"],
  ...["ecdsa", "ed25519", "rsa"].flatMap((kind) => ["", ".pub"].map((part) => `etc/ssh/ssh_host_${kind}_key${part}`)),
  // only once the root is there: in the RAM disk it would need fonts that its pictures do not
  ...["hooks", "scripts/init-premount", "scripts/init-bottom", "scripts/panic"].map((folder) =>
    `usr/share/initramfs-tools/${folder}/plymouth`
  ),
  ...["etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock", "tmp/sonodesk.deb"],
];

const { values } = parseArgs({
  args: Deno.args,
  options: {
    board: { type: "string", default: "pc" },
    "no-kiosk": { type: "boolean", default: false },
    deb: { type: "string" },
    deno: { type: "string" },
    output: { type: "string", default: fileURLToPath(new URL("../dist", import.meta.url)) },
    cache: { type: "string" },
    certificate: { type: "string" },
    key: { type: "string" },
  },
});
const board: Board | undefined = BOARDS[values.board];
if (board === undefined) {
  console.error(`Cannot make an image for ${values.board}: choose one of ${Object.keys(BOARDS).join(", ")}`);
  Deno.exit(1);
}
if (Deno.uid() !== 0) {
  console.error(
    "Cannot make an image as this user: its files belong to root, so run it as root, in a container perhaps",
  );
  Deno.exit(1);
}

const env = { SOURCE_DATE_EPOCH: String(sourceDate()), LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" };
const name = `sonodesk-${values.board}${values["no-kiosk"] ? "-no-kiosk" : ""}`;
const parts = [
  ...["root", ...(values["no-kiosk"] ? [] : ["kiosk"]), ...board.parts],
  ...(values.certificate ? ["updates"] : []),
];
Deno.mkdirSync(values.output, { recursive: true });
const work = Deno.makeTempDirSync({ prefix: "sonodesk-image-" });
const root = `${work}/root`;
try {
  await step("Debian", installDebian);
  await step("the box", installBox);
  await step("the initial RAM disk", makeInitrd);
  await step("the bill of materials", writeBillOfMaterials);
  await step("the root file system", makeRoot);
  if (values.certificate && values.key) await step("the update", () => makeBundle(values.certificate!, values.key!));
  await step("the disk", makeDisk);
} finally {
  Deno.removeSync(work, { recursive: true });
}

async function step(what: string, make: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await make();
  console.log(`${what}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** Debian's packages, from the cache where there is one: the same list then needs no network. */
async function installDebian(): Promise<void> {
  const packages = ["common", ...(values["no-kiosk"] ? [] : ["kiosk"]), values.board]
    .flatMap((list) => linesOf(`${HERE}image/packages/${list}.txt`));
  const madeOf = [...packages, ...board!.filesOnlyOf].join();
  const cached = values.cache && `${values.cache}/${name}-${await shortHash(madeOf)}.tar`;
  const tar = cached ?? `${work}/debian.tar`;
  if (!cached || !isThere(cached)) {
    await runProgram("mmdebstrap", [
      ...["--quiet", "--variant=apt", "--mode=root", `--architectures=${board!.architecture}`],
      ...["--components=main,non-free-firmware", `--include=${packages.join()}`],
      ...["--aptopt=APT::Install-Recommends false", "--aptopt=Acquire::Languages none"],
      ...LEFT_OUT.map((line) => `--dpkgopt=${line}`),
      ...board!.folders.map((folder) => `--setup-hook=mkdir -p "$1/${folder}"`),
      ...(board!.needsLaterKernel
        ? [
          `--setup-hook=printf '%s' '${BACKPORTS}' > "$1/etc/apt/sources.list.d/backports.list"`,
          `--setup-hook=printf '%s' '${FROM_BACKPORTS}' > "$1/etc/apt/preferences.d/backports"`,
        ]
        : []),
      ...board!.filesOnlyOf.map((one) => `--customize-hook=${filesOf(one)}`),
      ...[SUITE, `${tar}.part`, "--format=tar"],
    ], { env: { ...env, INITRD: "No" } }); // for the kernel's hooks: one RAM disk is made when all is there
    Deno.renameSync(`${tar}.part`, tar);
  }
  Deno.mkdirSync(root);
  await runProgram("tar", ["--extract", "--numeric-owner", "--xattrs", `--directory=${root}`, `--file=${tar}`]);
}

/** Unpacks a package beside those that are installed, for mmdebstrap, and notes it for the bill of materials. */
function filesOf(name: string): string {
  return [
    "set -eu",
    'cd "$1/tmp"',
    `APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --quiet=2 --option APT::Sandbox::User=root download ${name}`,
    'dpkg-deb --extract ./*.deb "$1"',
    `dpkg-deb --show --showformat='${DPKG_LINE}' ./*.deb >> "$1/${NOT_INSTALLED}"`,
    "rm ./*.deb",
  ].join("; ");
}

async function installBox(): Promise<void> {
  const deb = values.deb ?? await makePackage();
  // the numbers of the users first: they stay from image to image
  for (const part of parts) {
    const users = `${HERE}image/${part}/usr/lib/sysusers.d`;
    if (isThere(users)) await copyInto(users, `${root}/usr/lib/sysusers.d`);
  }
  await inRoot("systemd-sysusers");
  Deno.copyFileSync(deb, `${root}/tmp/sonodesk.deb`);
  await inRoot("dpkg", "--install", "/tmp/sonodesk.deb");
  for (const part of parts) await copyInto(`${HERE}image/${part}`, root);
  if (values.certificate) Deno.copyFileSync(values.certificate, `${root}/etc/rauc/keyring.pem`);
  Deno.writeTextFileSync(`${root}/usr/lib/sonodesk/store-schema`, `${storeSchema()}\n`);
  await inRoot("systemctl", "preset-all");
  await inRoot("systemctl", "mask", ...linesOf(`${HERE}image/masked.txt`)); // a preset would undo it
  for (const path of REMOVED) {
    if (isThere(`${root}/${path}`)) Deno.removeSync(`${root}/${path}`, { recursive: true });
  }
  for (const folder of ["var/cache", "var/log", "var/lib/systemd"]) Deno.mkdirSync(`${root}/${folder}`);
  // empty: systemd makes one for the first start, and open-data keeps it
  Deno.writeTextFileSync(`${root}/etc/machine-id`, "");
}

async function makePackage(): Promise<string> {
  const make = ["run", "-A", "--no-check", `${HERE}package.ts`, "--target", board!.target, "--output", work];
  if (values.deno) make.push("--deno", values.deno);
  await runProgram(Deno.execPath(), make);
  const deb = [...Deno.readDirSync(work)].find(({ name }) => name.endsWith(".deb"))!;
  return `${work}/${deb.name}`;
}

async function makeInitrd(): Promise<void> {
  // as if the kernel's package called it, so that the Pi's does not look for a card to write to
  await inRoot("env", "INITRAMFS_TOOLS_KERNEL_HOOK=1", "update-initramfs", "-c", "-k", "all");
  const boot = `${root}/boot`;
  for (const folder of board!.folders.filter((one) => isThere(`${root}/${one}`))) {
    Deno.removeSync(`${root}/${folder}`, { recursive: true });
  }
  for (const tree of board!.deviceTrees) await copyTo(`${deviceTreesOf(root)}/${tree}`, boot);
  for (const { name } of [...Deno.readDirSync(boot)]) {
    // under names without a version, where the boot loader and an update look for them
    if (/^vmlinuz-/.test(name)) Deno.renameSync(`${boot}/${name}`, `${boot}/vmlinuz`);
    else if (/^initrd\.img-/.test(name)) Deno.renameSync(`${boot}/${name}`, `${boot}/initrd.img`);
    else if (/^(System\.map|config)-/.test(name)) Deno.removeSync(`${boot}/${name}`);
  }
}

/** Where the kernel of a root has its device trees: beside its modules, where Debian's is a later one. */
function deviceTreesOf(root: string): string {
  const [version] = [...Deno.readDirSync(`${root}/usr/lib/modules`)];
  const folders = [`linux-image-${version!.name}`, `modules/${version!.name}/dtb`].map((one) =>
    `${root}/usr/lib/${one}`
  );
  return folders.find(isThere)!;
}

async function writeBillOfMaterials(): Promise<void> {
  const query = [root, "dpkg-query", "-W", "-f", DPKG_LINE];
  const { stdout } = await new Deno.Command("chroot", { args: query, env }).output();
  const alone = isThere(`${root}/${NOT_INSTALLED}`) ? Deno.readTextFileSync(`${root}/${NOT_INSTALLED}`) : "";
  const text = billOfMaterials(name, new TextDecoder().decode(stdout) + alone, Number(env.SOURCE_DATE_EPOCH));
  Deno.writeTextFileSync(`${values.output}/${name}.spdx.json`, text);
}

async function makeRoot(): Promise<void> {
  // by SOURCE_DATE_EPOCH no file in it is younger than that
  const compression = ["-comp", "zstd", "-Xcompression-level", "9"];
  await runProgram(
    "mksquashfs",
    [root, `${work}/root.squashfs`, "-noappend", "-quiet", "-no-progress", ...compression],
    { env },
  );
}

/** The root file system, signed, with what refuses it on a box whose store is newer than the program in it. */
async function makeBundle(certificate: string, key: string): Promise<void> {
  const content = `${work}/bundle`;
  Deno.mkdirSync(content);
  Deno.linkSync(`${work}/root.squashfs`, `${content}/root.img`);
  const hook = Deno.readTextFileSync(`${HERE}image/bundle-hook`).replaceAll("@SCHEMA@", String(storeSchema()));
  Deno.writeTextFileSync(`${content}/hook`, hook, { mode: 0o755 });
  Deno.writeTextFileSync(
    `${content}/manifest.raucm`,
    [
      ...["[update]", `compatible=sonodesk-${values.board}`, `version=${config.version}`],
      `description=store schema ${storeSchema()}`, // the box says it before the bundle is installed
      ...["[bundle]", "format=verity", "[hooks]", "filename=hook", "hooks=install-check"],
      ...["[image.rootfs]", "filename=root.img", ""],
    ].join("\n"),
  );
  const bundle = `${values.output}/${name}-${config.version}.raucb`;
  if (isThere(bundle)) Deno.removeSync(bundle);
  // what is in it is compressed already
  const squash = "--mksquashfs-args=-noI -noD -noF -no-progress -quiet";
  await runProgram("rauc", ["bundle", `--cert=${certificate}`, `--key=${key}`, squash, content, bundle], {
    env,
    quiet: true,
  });
  // beside it at its address, boxes fetch only what is new to them
  await Deno.writeFile(bundle + MAP_SUFFIX, await mapOf(bytesOf(bundle, 0)));
}

/** The number of the newest migration: what `PRAGMA user_version` says of a store that this program has opened. */
function storeSchema(): number {
  return knownMigrations().at(-1)!.number;
}

async function makeDisk(): Promise<void> {
  const input = `${work}/input`;
  Deno.mkdirSync(input);
  Deno.renameSync(`${work}/root.squashfs`, `${input}/root.squashfs`);
  for (const file of board!.bootFiles) {
    const from = file.startsWith("/") ? `${root}${file}` : `${HERE}image/${file}`;
    await copyTo(from, input);
  }
  Deno.mkdirSync(`${work}/empty`);
  await runProgram("genimage", [
    ...["--config", `${HERE}image/genimage-${values.board}.cfg`, "--rootpath", `${work}/empty`],
    ...["--tmppath", `${work}/genimage`, "--inputpath", input, "--outputpath", `${work}/output`],
  ], { env, quiet: true });
  const disk = `${values.output}/${name}.img`;
  await runProgram("cp", ["--sparse=always", `${work}/output/sonodesk-${values.board}.img`, disk]);
  console.log(`${disk}: ${(Deno.statSync(`${input}/root.squashfs`).size / 1e6).toFixed(0)} MB of root file system`);
}

async function inRoot(...command: string[]): Promise<void> {
  await runProgram("chroot", [root, ...command], { env, quiet: true });
}

/** Copies a folder's files over those in another, links as links; they belong to root, who alone may write them. */
async function copyInto(from: string, to: string): Promise<void> {
  await runProgram("cp", [
    "--recursive",
    "--no-dereference",
    "--remove-destination",
    "--no-target-directory",
    "--preserve=mode",
    from,
    to,
  ]);
}

async function copyTo(from: string, folder: string): Promise<void> {
  await runProgram("cp", ["--recursive", from, folder]);
}

function linesOf(path: string): string[] {
  return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "");
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function shortHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 12);
}
