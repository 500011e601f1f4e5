import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { Program } from "./support/program.ts";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends the box in good order, with exit code 0`, async () => {
    await using program = new Program(["start"], {});
    await program.printed(/is ready/);
    program.stop(signal);
    assert.equal(await program.ended(), 0, program.text);
    assert.match(program.text, /has stopped/);
    // closed for good: the write-ahead log has been folded into the store
    const left = [...Deno.readDirSync(`${program.folder}/data`)].map(({ name }) => name);
    assert.ok(left.includes("sonodesk.sqlite"), left.join());
    assert.deepEqual(left.filter((name) => name.startsWith("sonodesk.sqlite-")), []);
  });
}

Deno.test("a port that is in use is named, with what to do", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = String((server.address() as { port: number }).port);
  try {
    for (const setting of ["SONODESK_WEB_PORT", "SONODESK_WORKLIST_PORT", "SONODESK_STORAGE_PORT"]) {
      await using program = new Program(["start"], { [setting]: port });
      assert.equal(await program.ended(), 1, setting);
      assert.match(program.text, new RegExp(`Cannot listen on port ${port} for .+: another program uses it`), setting);
    }
  } finally {
    server.close();
  }
});

Deno.test("a data folder that cannot be written is named, with what to do", async () => {
  await using program = new Program(["start"], { SONODESK_DATA: "/proc/sonodesk" });
  assert.equal(await program.ended(), 1);
  assert.match(program.text, /Cannot use the data folder \/proc\/sonodesk: .+ set SONODESK_DATA/);
});

Deno.test("a setting that makes no sense is named, with what it should be", async () => {
  await using program = new Program(["start"], { SONODESK_WORKLIST_PORT: "many" });
  assert.equal(await program.ended(), 1);
  assert.match(program.text, /Cannot use SONODESK_WORKLIST_PORT=many: a port is a number from 0 to 65535/);
});

Deno.test("an unknown command says so, and help lists the commands", async () => {
  await using wrong = new Program(["strat"], {});
  assert.equal(await wrong.ended(), 1);
  assert.match(wrong.text, /Cannot run "strat": there is no such command, see --help/);
  await using help = new Program(["--help"], {});
  assert.equal(await help.ended(), 0);
  for (const word of ["start", "demo", "simulate", "SONODESK_DATA"]) assert.ok(help.text.includes(word), word);
});

Deno.test("the demo prints what a person and a machine need", async () => {
  await using program = new Program(["demo"], { SONODESK_ADMIN_USERNAME: "owner", SONODESK_ADMIN_PASSWORD: "mine" });
  const [, address] = await program.printed(/Kiosk +(http:\S+)/);
  for (const word of ["demo / demo", "Worklist port", "Images   port", "AE title STORESCP"]) {
    assert.ok(program.text.includes(word), word);
  }
  for (const [username, password] of [["demo", "demo"], ["owner", "mine"]]) {
    const login = await fetch(new URL("/api/session", address), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password }),
    });
    assert.ok(login.ok, `${username}: ${await login.text()}`);
  }
  program.stop("SIGTERM");
  assert.equal(await program.ended(), 0, program.text);
});
