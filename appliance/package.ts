/**
 * `deno task package [--target TRIPLE] [--binary FILE | --deno FILE] [--ohif] [--output FOLDER]`: the box as a Debian
 * package for Debian 12 and 13. What it installs is in `package/`; the binary is compiled unless one is given. With `--deno` the
 * package brings the program as it is and this Deno to run it, for a processor whose base binary cannot be had; with
 * `--ohif` the OHIF viewer too, 11 MB more.
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import config from "../deno.json" with { type: "json" };
import { makeOhif } from "./ohif.ts";
import { runProgram } from "./run_program.ts";
import { sourceDate } from "./source_date.ts";
import { MEMORY_FLAG, PERMISSIONS, TARGETS, withTree } from "./tree.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MAINTAINER = "The Sonodesk project <sonodesk@localhost.invalid>";

/** What is installed where, from the tree; the binary and what is written below come on top. */
const FILES: [from: string, to: string, mode?: number][] = [
  ["appliance/package/sonodesk.service", "usr/lib/systemd/system/sonodesk.service"],
  ...["service", "timer"].map((kind): [string, string] => [
    `appliance/package/sonodesk-kernel-messages.${kind}`,
    `usr/lib/systemd/system/sonodesk-kernel-messages.${kind}`,
  ]),
  ["appliance/package/sonodesk.sysusers", "usr/lib/sysusers.d/sonodesk.conf"],
  ["appliance/package/sonodesk.tmpfiles", "usr/lib/tmpfiles.d/sonodesk.conf"],
  ["appliance/package/sonodesk.default", "etc/default/sonodesk", 0o600], // may hold a password
  ["appliance/package/announce", "usr/lib/sonodesk/announce", 0o755],
  ["appliance/package/nftables.conf", "usr/share/doc/sonodesk/examples/nftables.conf"],
  ["appliance/CONFORMANCE.md", "usr/share/doc/sonodesk/CONFORMANCE.md"],
  ["appliance/package/README.md", "usr/share/doc/sonodesk/README.md"],
  ["LICENSE", "usr/share/doc/sonodesk/copyright"],
  ["appliance/package/lintian-overrides", "usr/share/lintian/overrides/sonodesk"],
];
/** Where the program looks for it by itself. */
const OHIF_FOLDER = "usr/share/sonodesk/ohif";
const SCRIPTS = ["postinst", "prerm", "postrm"];

const { values } = parseArgs({
  args: Deno.args,
  options: {
    target: { type: "string", default: Deno.build.target },
    binary: { type: "string" },
    deno: { type: "string" },
    ohif: { type: "boolean", default: false },
    output: { type: "string", default: `${ROOT}dist` },
  },
});
const architecture = TARGETS[values.target]?.debian;
if (architecture === undefined) {
  console.error(`Cannot package for ${values.target}: choose one of ${Object.keys(TARGETS).join(", ")}`);
  Deno.exit(1);
}

const time = sourceDate();
const stage = Deno.makeTempDirSync({ prefix: "sonodesk-package-" });
try {
  await (values.deno === undefined ? putBinary() : putProgram(values.deno));
  if (values.ohif) {
    makeFolders(OHIF_FOLDER);
    await makeOhif(`${stage}/${OHIF_FOLDER}`);
  }
  for (const [from, to, mode] of FILES) put(to, Deno.readFileSync(ROOT + from), mode);
  const manual = Deno.readFileSync(`${ROOT}appliance/package/sonodesk.8`);
  put("usr/share/man/man8/sonodesk.8.gz", gzipSync(manual, { level: 9 }));
  put("usr/share/doc/sonodesk/changelog.gz", gzipSync(changelog(), { level: 9 }));
  putControl();
  Deno.mkdirSync(values.output, { recursive: true });
  const file = `${values.output}/sonodesk_${config.version}_${architecture}.deb`;
  const env = { SOURCE_DATE_EPOCH: String(time) };
  await runProgram("dpkg-deb", ["--root-owner-group", "-Zzstd", "-z10", "--build", stage, file], { env, quiet: true });
  console.log(`${file}: ${(Deno.statSync(file).size / 1e6).toFixed(0)} MB`);
} finally {
  Deno.removeSync(stage, { recursive: true });
}

async function putBinary(): Promise<void> {
  const path = "usr/bin/sonodesk";
  makeFolders(path);
  if (values.binary === undefined) {
    const compile = ["run", "-A", "--no-check", `${ROOT}appliance/compile.ts`, "--target", values.target];
    await runProgram(Deno.execPath(), [...compile, "--output", `${stage}/${path}`]);
  } else {
    Deno.copyFileSync(values.binary, `${stage}/${path}`);
  }
  Deno.chmodSync(`${stage}/${path}`, 0o755);
}

/** The program as it is, with a Deno and a command that runs it; what it may do is what the compiled one may. */
async function putProgram(deno: string): Promise<void> {
  const folder = "usr/lib/sonodesk";
  makeFolders(`${folder}/deno`);
  Deno.copyFileSync(deno, `${stage}/${folder}/deno`);
  Deno.chmodSync(`${stage}/${folder}/deno`, 0o755);
  await withTree(values.target, async (tree) => {
    await runProgram("cp", ["--recursive", "--no-dereference", tree, `${stage}/${folder}/program`]);
  });
  const run = ["run", "--quiet", "--no-check", "--cached-only", "--no-lock", MEMORY_FLAG, ...PERMISSIONS];
  put(
    "usr/bin/sonodesk",
    new TextEncoder().encode([
      "#!/bin/sh",
      "# what Deno makes of the program is kept between starts",
      'export DENO_DIR="${SONODESK_DATA:-./data}/cache/deno" DENO_NO_UPDATE_CHECK=1',
      `exec /${folder}/deno ${run.join(" ")} /${folder}/program/main.ts "$@"`,
      "",
    ].join("\n")),
    0o755,
  );
}

function put(path: string, bytes: Uint8Array, mode = 0o644): void {
  makeFolders(path);
  Deno.writeFileSync(`${stage}/${path}`, bytes);
  Deno.chmodSync(`${stage}/${path}`, mode);
}

/** The folders in which `path` lies, open to all whatever the umask. */
function makeFolders(path: string): void {
  const folders = path.split("/").slice(0, -1);
  folders.forEach((_, index) => {
    const folder = `${stage}/${folders.slice(0, index + 1).join("/")}`;
    Deno.mkdirSync(folder, { recursive: true });
    Deno.chmodSync(folder, 0o755);
  });
}

function putControl(): void {
  const text = (lines: string[]) => new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  Deno.chmodSync(stage, 0o755);
  put(
    "DEBIAN/control",
    text([
      "Package: sonodesk",
      `Version: ${config.version}`,
      `Architecture: ${architecture}`,
      `Maintainer: ${MAINTAINER}`,
      `Installed-Size: ${kibibytes(stage)}`,
      // of Debian 12: the service is written for its systemd
      "Depends: libc6 (>= 2.36), libgcc-s1, libstdc++6, systemd (>= 252), init-system-helpers (>= 1.52)",
      "Recommends: avahi-daemon, tzdata",
      "Suggests: nftables",
      "Section: science",
      "Priority: optional",
      "Description: DICOM worklist and image store for a clinic's ultrasound machines",
      " Stands between the reception desk and the ultrasound machines: what reception",
      " sends, the machine finds in its worklist, and images and measurements come",
      " back under the right patient. Pages for the desk and the settings are served",
      " on port 5000, the worklist on 11112, images are taken on 11113.",
    ]),
  );
  put("DEBIAN/conffiles", text(FILES.map(([, to]) => `/${to}`).filter((path) => path.startsWith("/etc/"))));
  for (const script of SCRIPTS) {
    put(`DEBIAN/${script}`, Deno.readFileSync(`${ROOT}appliance/package/${script}`), 0o755);
  }
}

function changelog(): string {
  const date = new Date(time * 1000).toUTCString().replace("GMT", "+0000");
  return `sonodesk (${config.version}) stable; urgency=medium\n\n  * See the project's history.\n\n -- ${MAINTAINER}  ${date}\n`;
}

/** The size of everything in a folder, as dpkg counts it: each file in whole KiB, one KiB for a folder. */
function kibibytes(folder: string): number {
  let sum = 1;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    sum += isDirectory ? kibibytes(`${folder}/${name}`) : Math.ceil(Deno.lstatSync(`${folder}/${name}`).size / 1024);
  }
  return sum;
}
