import assert from "node:assert/strict";
import { readConfig } from "../../src/settings/config.ts";
import { ohifFolder } from "../support/ohif.ts";
import { hasProgram, run } from "../support/peers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

Deno.test({
  name:
    "a package that is built with OHIF has it where the program looks for it, for everybody to read; another has not",
  ignore: !hasProgram("dpkg-deb") || await ohifFolder() === undefined,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-ohif-package-" });
    try {
      const filesOf = async (...more: string[]) => {
        const make = [
          "run",
          "-A",
          "--no-check",
          `${ROOT}appliance/package.ts`,
          "--binary",
          "/bin/true",
          "--output",
          folder,
        ];
        // npm keeps what it has fetched below HOME
        const env = Object.fromEntries(["HOME", "PATH"].map((name) => [name, Deno.env.get(name) ?? ""]));
        const made = await run(Deno.execPath(), [...make, ...more], { env });
        assert.equal(made.code, 0, made.text);
        const [deb] = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".deb"));
        const { text } = await run("dpkg-deb", ["--contents", `${folder}/${deb}`]);
        return { files: text.split("\n"), size: Deno.statSync(`${folder}/${deb}`).size };
      };
      const plain = await filesOf();
      assert.equal(plain.files.some((line) => line.includes("/ohif/")), false);
      const whole = await filesOf("--ohif");
      const { ohif } = readConfig({});
      const marker = whole.files.find((line) => line.endsWith(`.${ohif}/ohif.json`));
      assert.match(marker ?? "", /^-rw-r--r-- root.root /, "it is where SONODESK_OHIF is by default");
      assert.ok(whole.files.some((line) => line.endsWith(`.${ohif}/index.html.gz`)));
      const more = (whole.size - plain.size) / 1e6;
      assert.ok(more < 13, `${more.toFixed(1)} MB more`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
