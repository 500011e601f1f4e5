import assert from "node:assert/strict";
import { TestBox } from "../support/web_box.ts";

const ENDED = {
  at: "2026-11-21T10:00:00.000Z",
  name: "a1",
  aeTitle: "VOLUSON",
  calledAeTitle: "STORESCP",
  address: "192.168.1.31",
  implementation: "VOL_E8",
  outcome: "released",
  operations: 3,
  bytes: 900,
  milliseconds: 40,
};

Deno.test("Logs: the journal of associations is filtered by machine, outcome, day and words, and read in pages", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const day = (n: number) => `2026-11-${String(n).padStart(2, "0")}T12:00:00.000Z`;
  await box.store.associations.add([
    ...Array.from({ length: 120 }, (_, n) => ({ ...ENDED, name: `a${n}`, at: day(1 + n % 5) })),
    { ...ENDED, aeTitle: "LOGIQ", name: "b1", outcome: "the peer closed the connection", at: day(9) },
    { ...ENDED, aeTitle: "LOGIQ", name: "b2", at: day(9) },
  ]);
  const ask = async (query: string) => await (await box.fetch(`/api/associations?${query}`, { cookie })).json();
  const names = (page: { associations: { name: string }[] }) => page.associations.map(({ name }) => name);
  assert.deepEqual(names(await ask("aeTitle=LOGIQ")), ["b2", "b1"]);
  assert.deepEqual(names(await ask("outcome=broken")), ["b1"]);
  assert.deepEqual(names(await ask("words=CLOSED%20the")), ["b1"]);
  assert.deepEqual(names(await ask("date=2026-11-09")), ["b2", "b1"]);
  assert.deepEqual(names(await ask("date=2026-11-09&aeTitle=VOLUSON")), []);
  const first = await ask("");
  assert.equal(first.associations.length, 100);
  assert.deepEqual(first.callers, ["LOGIQ", "VOLUSON"]);
  const second = await ask(`before=${first.next}`);
  assert.equal(second.associations.length, 22);
  assert.equal(second.next, undefined);
  assert.equal((await ask("date=yesterday")).status, 400);
  await box.stop();
});

Deno.test("Logs: what the box says is filtered by words and to what went wrong, and bounded", async () => {
  const at = "2026-11-21T10:00:00.000Z";
  const lines = [
    { at, level: "warn", message: "the disk is slow", from: "sonodesk.archive" },
    ...Array.from(
      { length: 400 },
      (_, n) => ({ at, level: "info", message: `association ${n}`, from: "sonodesk.dimse" }),
    ),
  ];
  const box = await TestBox.start({ recentLines: () => lines });
  const cookie = await box.signIn("admin");
  const ask = async (query: string) => await (await box.fetch(`/api/log?${query}`, { cookie })).json();
  assert.equal((await ask("")).length, 300);
  assert.deepEqual(await ask("level=trouble"), [lines[0]]);
  assert.deepEqual(await ask("words=DISK"), [lines[0]]);
  assert.equal((await ask("words=dimse")).length, 300);
  await box.stop();
});

Deno.test("Logs: what went wrong stays when much else is said, newest first", async () => {
  const { recentLines, recentTrouble, startLogging } = await import("../../src/logging.ts");
  const { getLogger } = await import("@logtape/logtape");
  const { info, warn } = console;
  console.info = console.warn = () => {};
  try {
    await startLogging("info", "json");
    const log = getLogger(["sonodesk", "logs-test"]);
    log.warn("this went wrong {n}", { n: 7 });
    for (let n = 0; n < 1500; n++) log.info("line {n}", { n });
    const lines = recentLines();
    assert.ok(lines.length <= 1200, `${lines.length}`);
    assert.ok(lines.some(({ message }) => message === "this went wrong 7"));
    assert.ok(recentTrouble().some((line) => line.includes("this went wrong")));
    assert.ok(lines[0]!.at >= lines.at(-1)!.at);
    assert.deepEqual(Object.keys(lines[0]!), ["at", "level", "message", "from"]);
  } finally {
    Object.assign(console, { info, warn });
    await startLogging("error", "text");
  }
});
