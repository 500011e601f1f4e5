import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Status } from "../../src/dimse/command.ts";
import { echo } from "../../src/services/echo_check.ts";
import { Box } from "../support/box.ts";
import { remote, send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

Deno.test("another program holds the store's write lock: the box answers, and images wait until it is free", async () => {
  await using box = await Box.start();
  using other = new DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  other.exec("BEGIN IMMEDIATE");
  const object = ultrasoundObject();
  const sending = send(box.storagePort, object);
  const held = performance.now();
  let worst = 0;
  while (performance.now() - held < 3000) {
    const started = performance.now();
    await echo(remote(box.worklistPort, "ECHO"));
    worst = Math.max(worst, performance.now() - started);
  }
  other.exec("ROLLBACK");
  assert.equal((await sending).status, Status.SUCCESS);
  assert.ok(box.store.instances.find(object.sopInstanceUid));
  console.log(`the longest answer took ${Math.round(worst)} ms`);
  assert.ok(worst < 4000, `${worst} ms`); // it was 5 s for each write
});

Deno.test("a reader of the store lets its log grow: once the reader has gone, it shrinks", async () => {
  await using box = await Box.start();
  const size = () => Deno.statSync(`${box.folder}/sonodesk.sqlite-wal`).size;
  const write = (megabytes: number) => {
    for (let n = 0; n < megabytes; n++) box.store.settings.set(`filler ${n}`, "x".repeat(1_000_000));
  };
  {
    using reader = new DatabaseSync(`${box.folder}/sonodesk.sqlite`, { readOnly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM settings").get();
    write(100);
    assert.ok(size() > 90_000_000);
    reader.exec("ROLLBACK");
  }
  await box.until("the log has shrunk", () => {
    box.store.settings.set("filler 0", "");
    return size() <= 40_000_000;
  });
});

Deno.test("the folder of what comes in is removed while the box runs: it is made again", async () => {
  await using box = await Box.start();
  await Deno.remove(`${box.folder}/archive/incoming`, { recursive: true });
  const object = ultrasoundObject();
  const { status, comment } = await send(box.storagePort, object);
  assert.equal(status, Status.SUCCESS, comment);
  assert.ok(box.store.instances.find(object.sopInstanceUid));
});
