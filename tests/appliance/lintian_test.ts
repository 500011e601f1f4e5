import assert from "node:assert/strict";
import { peerTest, run } from "../support/peers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

peerTest("the Debian package: lintian finds no error and no warning but those that are explained in it", [
  "lintian",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-lintian-" });
  try {
    // around another program, so that lintian need not read 155 MB: what it says of the real one is explained, too
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
    const { code, text } = await run(Deno.execPath(), make);
    assert.equal(code, 0, text);
    const [deb] = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const found = await run("lintian", ["--tag-display-limit", "0", "--fail-on", "error,warning", `${folder}/${deb}`]);
    assert.equal(found.code, 0, found.text);
    // each override follows a comment with its reason
    const overrides = await Deno.readTextFile(`${ROOT}appliance/package/lintian-overrides`);
    assert.match(overrides, /^#/);
    for (const [block] of overrides.matchAll(/^(?:#.*\n)+(?:[^#\n].*\n)+/gm)) {
      for (const line of block.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
        assert.match(line, /^sonodesk: [a-z-]+ /);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
