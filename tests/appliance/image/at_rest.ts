import assert from "node:assert/strict";
import { plainImage } from "./images.ts";
import { setUp } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";
import { WriteLog } from "./write_log.ts";

const MINUTES = 20;
/** What a box wrote an hour before its proofs that it can write became fewer. */
const BEFORE = { writes: 1060, flushes: 510 };

Deno.test("At rest a box writes less than half of what it once wrote, since each write wears a card out", async () => {
  const computer = await VirtualComputer.make({ image: await plainImage(), logWrites: true });
  try {
    computer.start();
    await setUp(computer);
    // what the start has left to be written
    await minutes(3);
    const begun = computer.logLength;
    await minutes(MINUTES);
    await computer.end();
    using log = new WriteLog(computer.log, computer.logLength);
    const { writes, flushes } = log.countAfter(begun);
    const anHour = { writes: writes * 60 / MINUTES, flushes: flushes * 60 / MINUTES };
    console.log(`an hour: ${anHour.writes} writes and ${anHour.flushes} flushes, once ${JSON.stringify(BEFORE)}`);
    assert.ok(writes > 0, "it is known that it can write");
    assert.ok(anHour.writes <= BEFORE.writes / 2 && anHour.flushes <= BEFORE.flushes / 2, JSON.stringify(anHour));
  } finally {
    await computer.remove();
  }
});

function minutes(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 60_000));
}
