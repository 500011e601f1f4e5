import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename } from "node:path";
import config from "../../../deno.json" with { type: "json" };
import { run } from "../../support/peers.ts";
import { compilerEnvironment } from "../compiler.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** What the tests of the appliance boot and update from. */
export interface Images {
  /** Of the PC, with what a screen needs. */
  withScreen: string;
  /** Of the PC without; it takes updates of the tests' own key. */
  disk: string;
  /** An update to the second. */
  update: string;
  /** One whose program never starts, signed as well. */
  brokenUpdate: string;
  /** One of somebody else's. */
  foreignUpdate: string;
}

/** Images stay here, below a name that follows from what they are made of: making them takes minutes. */
const CACHE = `${ROOT}dist/test-images`;
const DENO_ON_ARM = "@deno/linux-arm64-glibc";

/**
 * The images of this tree, made where they are not yet. `SONODESK_TEST_IMAGES` names a folder of such, to be taken as
 * they are.
 */
export async function images(): Promise<Images> {
  const given = Deno.env.get("SONODESK_TEST_IMAGES");
  if (given !== undefined) return imagesIn(given);
  const { deb, folder } = await preparePackage();
  if (isThere(`${folder}/complete`)) return imagesIn(folder);

  await makeKey(`${folder}/maker`);
  await makeKey(`${folder}/stranger`);
  const broken = `${folder}/broken-program`;
  await Deno.writeTextFile(broken, "#!/bin/sh\necho this version does not start\nexit 1\n");
  await build("package.ts", "--binary", broken, "--output", folder);
  const make = async (into: string, package_: string, signer: string) => {
    const [certificate, key] = [`${folder}/${signer}.pem`, `${folder}/${signer}.key`];
    const output = `${folder}/${into}`;
    await makeImage(package_, output, "--no-kiosk", "--certificate", certificate, "--key", key);
    const bundle = [...Deno.readDirSync(output)].find(({ name }) => name.endsWith(".raucb"))!.name;
    await Deno.rename(`${output}/${bundle}`, `${output}/update.raucb`);
  };
  await makeImage(deb, `${folder}/screen`);
  await make("good", deb, "maker");
  await make("broken", `${folder}/${basename(deb)}`, "maker");
  await Deno.remove(`${folder}/broken/sonodesk-pc-no-kiosk.img`);
  await makeForeignBundle(`${folder}/foreign`, `${folder}/stranger`);
  await Deno.writeTextFile(`${folder}/complete`, "");
  return imagesIn(folder);
}

/** The PC's image without what a screen needs, which takes no updates. */
export async function plainImage(): Promise<string> {
  const given = Deno.env.get("SONODESK_TEST_IMAGES");
  if (given !== undefined) return `${given}/plain/sonodesk-pc-no-kiosk.img`;
  const { deb, folder } = await preparePackage();
  const output = `${folder}/plain`;
  if (!isThere(`${output}/complete`)) {
    await makeImage(deb, output, "--no-kiosk");
    await Deno.writeTextFile(`${output}/complete`, "");
  }
  return `${output}/sonodesk-pc-no-kiosk.img`;
}

/**
 * A Raspberry Pi's image, without what a screen needs.
 *
 * @param board `pi` or `pi5`
 */
export async function piImage(board: string): Promise<string> {
  const { deb, folder } = await preparePackage("aarch64-unknown-linux-gnu");
  const output = `${folder}/${board}`;
  if (!isThere(`${output}/complete`)) {
    assert.ok(
      isThere("/proc/sys/fs/binfmt_misc/qemu-aarch64"),
      "this computer cannot run a Pi's programs: install qemu-user-static and have it registered in binfmt_misc",
    );
    await makeImage(deb, output, "--board", board, "--no-kiosk");
    await Deno.writeTextFile(`${output}/complete`, "");
  }
  return `${output}/sonodesk-${board}-no-kiosk.img`;
}

/** The package of this tree, and the folder for the images with it. */
export async function preparePackage(target = Deno.build.target): Promise<{ deb: string; folder: string }> {
  const output = `${CACHE}/${target}`;
  await Deno.mkdir(output, { recursive: true });
  // where Deno's downloads cannot be reached a compiled program would be an older Deno, which makes no backups
  const isOlder = "DENORT_BIN" in await compilerEnvironment();
  const deno = isOlder ? ["--deno", target === Deno.build.target ? Deno.execPath() : await denoOnArm()] : [];
  await build("package.ts", "--target", target, ...deno, "--output", output);
  // those of versions before may lie there too
  const made = new RegExp(`^sonodesk_${RegExp.escape(config.version)}_.*[.]deb$`);
  const deb = `${output}/${[...Deno.readDirSync(output)].find(({ name }) => made.test(name))!.name}`;
  const folder = `${CACHE}/${hashOf(deb, `${ROOT}appliance/image`, `${ROOT}appliance/image.ts`)}`;
  await Deno.mkdir(folder, { recursive: true });
  return { deb, folder };
}

/** Deno itself for a Pi, from npm. */
async function denoOnArm(): Promise<string> {
  const folder = `${CACHE}/${DENO_ON_ARM.replace(/.*\//, "")}-${Deno.version.deno}`;
  const deno = `${folder}/package/deno`;
  if (isThere(deno)) return deno;
  await Deno.mkdir(folder, { recursive: true });
  const packed = await run("npm", ["pack", "--silent", `${DENO_ON_ARM}@${Deno.version.deno}`], { cwd: folder });
  assert.equal(packed.code, 0, packed.text);
  const unpacked = await run("tar", ["--extract", `--file=${packed.text.trim()}`], { cwd: folder });
  assert.equal(unpacked.code, 0, unpacked.text);
  return deno;
}

/** Makes an image with a package, from the packages of Debian that are cached. */
export async function makeImage(deb: string, output: string, ...options: string[]): Promise<void> {
  await build("image.ts", "--deb", deb, "--cache", CACHE, "--output", output, ...options);
}

async function build(script: string, ...args: string[]): Promise<void> {
  const env = { SOURCE_DATE_EPOCH: "1767225600" };
  const deno = ["run", "-A", "--no-check", `${ROOT}appliance/${script}`, ...args];
  const { code, text } = await run(Deno.execPath(), deno, { env });
  assert.equal(code, 0, text);
}

function imagesIn(folder: string): Images {
  return {
    withScreen: `${folder}/screen/sonodesk-pc.img`,
    disk: `${folder}/good/sonodesk-pc-no-kiosk.img`,
    update: `${folder}/good/update.raucb`,
    brokenUpdate: `${folder}/broken/update.raucb`,
    foreignUpdate: `${folder}/foreign/update.raucb`,
  };
}

/** One that looks right but for who has signed it; what is in it does not come to matter. */
async function makeForeignBundle(folder: string, signer: string): Promise<void> {
  const content = `${folder}/content`;
  await Deno.mkdir(content, { recursive: true });
  await Deno.writeFile(`${content}/root.img`, crypto.getRandomValues(new Uint8Array(65536)));
  const lines = ["[update]", "compatible=sonodesk-pc", "version=9.9.9", "[bundle]", "format=verity"];
  await Deno.writeTextFile(
    `${content}/manifest.raucm`,
    [...lines, "[image.rootfs]", "filename=root.img", ""].join("\n"),
  );
  const signed = [`--cert=${signer}.pem`, `--key=${signer}.key`];
  const { code, text } = await run("rauc", ["bundle", ...signed, content, `${folder}/update.raucb`]);
  assert.equal(code, 0, text);
}

/** A key and its certificate, `path`.key and .pem. */
export async function makeKey(path: string): Promise<void> {
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"];
  const out = ["-keyout", `${path}.key`, "-out", `${path}.pem`, "-subj", "/CN=Updates of the tests"];
  const { code, text } = await run("openssl", ["req", "-x509", ...kind, ...out]);
  assert.equal(code, 0, text);
}

function hashOf(...paths: string[]): string {
  const hash = createHash("sha256");
  const add = (path: string) => {
    if (Deno.lstatSync(path).isDirectory) {
      const names = [...Deno.readDirSync(path)].map(({ name }) => name).sort();
      for (const name of names) add(`${path}/${name}`);
    } else {
      hash.update(path.slice(ROOT.length)).update(Deno.readFileSync(path));
    }
  };
  for (const path of paths) add(path);
  return hash.digest("hex").slice(0, 16);
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
