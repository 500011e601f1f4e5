import assert from "node:assert/strict";
import { refuseUnknownSettings } from "../../src/settings/known_names.ts";
import { Program } from "../support/program.ts";

for (
  const [wrong, meant] of [
    ["SONODESK_ADMISION", "SONODESK_ADMISSION"],
    ["SONODESK_WEBPORT", "SONODESK_WEB_PORT"],
    ["SONODESK_BACKUP_FORGETS", "SONODESK_BACKUP_FORGET"],
    ["SONODESK_PORT", "SONODESK_WEB_PORT"],
  ] as const
) {
  Deno.test(`${wrong} is no setting: the nearest is named`, () => {
    assert.throws(() => refuseUnknownSettings({ [wrong]: "closed" }), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`^Cannot use ${wrong}: there is no such setting, the nearest is SONODESK_`),
      );
      assert.ok(error.message.includes(`is ${meant},`), error.message);
      assert.ok(!error.message.includes("closed"), "its value may be a secret");
      return true;
    });
  });
}

Deno.test("SONODESK_ADMISION=closed: no box is started that would be open", async () => {
  for (const command of ["start", "demo", "verify", "backup", "simulate"]) {
    await using program = new Program([command], { SONODESK_ADMISION: "closed" });
    assert.equal(await program.ended(), 1, program.text);
    assert.match(program.text, /Cannot use SONODESK_ADMISION: .+ the nearest is SONODESK_ADMISSION/);
    assert.throws(() => Deno.statSync(`${program.folder}/data`), Deno.errors.NotFound, "nothing is touched");
  }
});

for (
  const { args, code, message } of [
    {
      args: ["start", "--port", "5000"],
      code: 1,
      message: /Cannot run start with --port: .+ set SONODESK_WEB_PORT in/,
    },
    { args: ["start", "--storage-port=1"], code: 1, message: /with --storage-port: .+ set SONODESK_STORAGE_PORT in/ },
    { args: ["start", "5000"], code: 1, message: /Cannot run start with "5000": it takes no arguments, see --help/ },
    { args: ["verify", "now"], code: 1, message: /Cannot run verify with "now": it takes no arguments/ },
    {
      args: ["backup", "/there", "--rat", "2M"],
      code: 1,
      message: /Cannot run backup with --rat: .+ nearest is --rate/,
    },
    { args: ["restore", "/there", "--snapshots=3"], code: 1, message: /with --snapshots: .+ nearest is --snapshot/ },
    { args: ["simulate", "--store-port", "1"], code: 2, message: /with --store-port: .+ nearest is --storage-port/ },
    {
      args: ["strat"],
      code: 1,
      message: /Cannot run "strat": there is no such command, see --help; the nearest is start/,
    },
  ]
) {
  Deno.test(`"${args.join(" ")}" is refused, and what was meant is named`, async () => {
    await using program = new Program(args);
    assert.equal(await program.ended(), code, program.text);
    assert.match(program.text, message);
  });
}

Deno.test("every setting that a unit or the image of the appliance gives to the box is one", () => {
  const given: Record<string, string> = {};
  const read = (folder: URL) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) read(new URL(`${name}/`, folder));
      else if (/^sonodesk\.(service|default)$|\.conf$/.test(name)) {
        const text = Deno.readTextFileSync(new URL(name, folder));
        const lines = text.split("\n").filter((line) => /^(Environment=|#?SONODESK_)/.test(line));
        for (const [, name] of lines.join("\n").matchAll(/\b(SONODESK_[A-Z0-9_]+)=/g)) given[name!] = "there";
      }
    }
  };
  read(new URL("../../appliance/", import.meta.url));
  assert.ok(Object.keys(given).length >= 8, Object.keys(given).join());
  refuseUnknownSettings(given);
});
