import { inEnglish } from "../../src/sentences.ts";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { AttemptNotes } from "../../src/imaging/attempt_notes.ts";
import { Store } from "../../src/store/store.ts";
import { until } from "../support/until.ts";

const SUBJECT = { sopInstanceUid: "2.25.1", sha256: "ab" };

async function withNotes(boxEnded: boolean, work: (notes: AttemptNotes, underWay: () => unknown[]) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const store = new Store(`${folder}/sonodesk.sqlite`);
  const notes = new AttemptNotes(store.drawingAttempts, { boxEnded });
  const file = new DatabaseSync(`${folder}/sonodesk.sqlite`, { readOnly: true });
  const rows = file.prepare(`SELECT under_way FROM drawing_attempts WHERE under_way IS NOT NULL`);
  try {
    await work(notes, () => rows.all().map((row) => row.under_way));
  } finally {
    file.close();
    notes.close();
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("What is drawn quickly costs no row, and what takes longer is written down while it lasts", () =>
  withNotes(false, async (notes, underWay) => {
    assert.equal(await notes.begin(SUBJECT, "frame 1"), undefined);
    assert.deepEqual(underWay(), []);
    await until("it is written down", () => underWay().length > 0);
    assert.deepEqual(underWay(), ["frame 1"]);
    notes.done(SUBJECT, "frame 1");
    await until("it has gone well", () => underWay().length === 0);
    await notes.begin(SUBJECT, "frame 2");
    notes.done(SUBJECT, "frame 2");
    await delay(200);
    assert.deepEqual(underWay(), [], "nothing comes late of what was done in time");
  }));

Deno.test("While one object is drawn quickly, the one before it is not held to be under way", () =>
  withNotes(false, async (notes, underWay) => {
    await notes.begin(SUBJECT, "frame 1");
    await until("it is written down", () => underWay().length > 0);
    notes.done(SUBJECT, "frame 1");
    await notes.begin({ sopInstanceUid: "2.25.2", sha256: "cd" }, "frame 1");
    assert.deepEqual(underWay(), []);
  }));

Deno.test("After a box that ended by itself each attempt is written down before it begins", () =>
  withNotes(true, async (notes, underWay) => {
    await notes.begin(SUBJECT, "measurements");
    assert.deepEqual(underWay(), ["measurements"]);
  }));

Deno.test("What did harm once is written down before it is tried again", () =>
  withNotes(false, async (notes, underWay) => {
    await notes.begin(SUBJECT, "frame 1");
    notes.ended(SUBJECT, "frame 1", "crash");
    await notes.begin(SUBJECT, "frame 1");
    assert.deepEqual(underWay(), ["frame 1"]);
    notes.ended(SUBJECT, "frame 1", "memory");
    assert.match(
      inEnglish((await notes.begin(SUBJECT, "frame 1"))!),
      /does not try this object any more: .* memory .*2 times/,
    );
  }));
