import assert from "node:assert/strict";
import { createHash } from "node:crypto";
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

/**
 * The images of this tree, made where they are not yet. They stay in `dist/`, below a name that follows from what they
 * are made of: making them takes minutes. `SONODESK_TEST_IMAGES` names a folder of such, to be taken as they are.
 */
export async function images(): Promise<Images> {
  const given = Deno.env.get("SONODESK_TEST_IMAGES");
  if (given !== undefined) return imagesIn(given);
  const cache = `${ROOT}dist/test-images`;
  await Deno.mkdir(cache, { recursive: true });
  const env = { SOURCE_DATE_EPOCH: "1767225600" };
  const deno = async (...args: string[]) => {
    const { code, text } = await run(Deno.execPath(), ["run", "-A", "--no-check", ...args], { env });
    assert.equal(code, 0, text);
  };
  // where Deno's downloads cannot be reached a compiled program would be an older Deno, which makes no backups
  const isOlder = "DENORT_BIN" in await compilerEnvironment();
  await deno(`${ROOT}appliance/package.ts`, ...(isOlder ? ["--deno", Deno.execPath()] : []), "--output", cache);
  const deb = [...Deno.readDirSync(cache)].find(({ name }) => name.endsWith(".deb"))!.name;
  const folder = `${cache}/${hashOf(`${cache}/${deb}`, `${ROOT}appliance/image`, `${ROOT}appliance/image.ts`)}`;
  if (isThere(`${folder}/complete`)) return imagesIn(folder);

  await Deno.mkdir(folder, { recursive: true });
  await makeKey(`${folder}/maker`);
  await makeKey(`${folder}/stranger`);
  const broken = `${folder}/broken-program`;
  await Deno.writeTextFile(broken, "#!/bin/sh\necho this version does not start\nexit 1\n");
  await deno(`${ROOT}appliance/package.ts`, "--binary", broken, "--output", folder);
  const image = (package_: string, output: string, ...more: string[]) =>
    deno(`${ROOT}appliance/image.ts`, "--deb", package_, "--cache", cache, "--output", output, ...more);
  const make = async (into: string, package_: string, signer: string) => {
    const [certificate, key] = [`${folder}/${signer}.pem`, `${folder}/${signer}.key`];
    const output = `${folder}/${into}`;
    const keys = ["--certificate", certificate, "--key", key];
    await image(package_, output, "--no-kiosk", ...keys);
    const bundle = [...Deno.readDirSync(output)].find(({ name }) => name.endsWith(".raucb"))!.name;
    await Deno.rename(`${output}/${bundle}`, `${output}/update.raucb`);
  };
  await image(`${cache}/${deb}`, `${folder}/screen`);
  await make("good", `${cache}/${deb}`, "maker");
  await make("broken", `${folder}/${deb}`, "maker");
  await Deno.remove(`${folder}/broken/sonodesk-pc-no-kiosk.img`);
  await makeForeignBundle(`${folder}/foreign`, `${folder}/stranger`);
  await Deno.writeTextFile(`${folder}/complete`, "");
  return imagesIn(folder);
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

async function makeKey(path: string): Promise<void> {
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
