import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { filledStore } from "../../fixtures/stores.ts";
import { inEnglish, type Kept, kept } from "../../src/sentences.ts";
import { migrate } from "../../src/store/migrate.ts";

/** A store of the last schema without codes, filled, with what is to be done before it is migrated. */
function migrated<T>(before: (sqlite: DatabaseSync) => void, look: (sqlite: DatabaseSync) => T): T {
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-sentences-" });
  const path = `${folder}/sonodesk.sqlite`;
  filledStore(path, 45);
  const sqlite = new DatabaseSync(path);
  try {
    before(sqlite);
    migrate(sqlite, path);
    return look(sqlite);
  } finally {
    sqlite.close();
    Deno.removeSync(folder, { recursive: true });
  }
}

/** As earlier versions wrote the causes of an appointment's steps. */
const CAUSES = [
  ["scheduled", "booked at this box", "booked-here"],
  ["scheduled", "booked by the clinic", "booked-by-clinic"],
  ["scheduled", "booked for somebody else by the clinic", "given-by-clinic"],
  ["scheduled", "booked for somebody else by Dr. Nair", "given-by"],
  ["scheduled", "booked again by the clinic", "booked-again-by-clinic"],
  ["scheduled", "booked again by anna", "booked-again-by"],
  ["cancelled", "cancelled by the clinic", "cancelled-by-clinic"],
  ["cancelled", "cancelled by anna", "cancelled-by"],
  ["cancelled", "deleted in the clinic's database", "deleted-by-clinic"],
  ["no show", "did not come, says anna", "did-not-come"],
  ["scheduled", "arrived, says anna", "arrived"],
  ["scheduled", "taken back by anna", "taken-back-by"],
  ["sent", "not completed, says anna", "not-completed"],
  ["sent", "moved by anna", "moved-to-machine-by"],
  ["images received", "moved by anna", "objects-moved-by"],
  ["sent", "corrected by anna", "corrected-by"],
  ["scheduled", "merge taken back by anna", "merge-undone-by"],
  ["sent", "sent by anna by hand", "sent-by"],
  ["scheduled", "recalled by anna", "recalled-by"],
  ["seen by machine", "fetched by US-1", "fetched-by"],
  ["in progress", "begun on US-1", "begun-on"],
  ["completed", "completed on US-1", "completed-on"],
  ["completed", "completed by anna", "completed-by"],
  ["sent", "stopped on US-1", "stopped-on"],
  ["sent", "stopped on US-1: Patient's wish: none", "stopped-on-because"],
  ["images received", "received from US-1", "received-from"],
  ["images received", "received before the booking", "received-before"],
  ["completed", "no image came for 30 minutes", "no-image-came"],
  ["images received", "matched by anna", "matched-by"],
  ["sent", "match changed by anna", "match-changed-by"],
  ["sent", "match undone by anna", "match-undone-by"],
  ["sent", "move undone by anna", "objects-move-undone-by"],
  ["sent", "still on the worklist", "still-on-worklist"],
] as const;

Deno.test("Kept sentences: causes from before codes have them, and say the same", () => {
  const rows = migrated(
    (sqlite) => {
      const { id } = sqlite.prepare("SELECT id FROM appointments LIMIT 1").get() as { id: string };
      sqlite.exec("DELETE FROM appointment_steps");
      const add = sqlite.prepare(
        "INSERT INTO appointment_steps (appointment_id, status, at, cause) VALUES (?, ?, ?, ?)",
      );
      for (const [status, cause] of CAUSES) add.run(id, status, "2026-11-22T08:00:00.000Z", cause);
      add.run(id, "sent", "2026-11-22T08:00:00.000Z", "a cause that no version wrote");
    },
    (sqlite) =>
      sqlite.prepare("SELECT status, cause, coded FROM appointment_steps ORDER BY id").all() as unknown as (Kept & {
        status: string;
        cause: string;
      })[],
  );
  assert.equal(kept(rows.pop()!), undefined);
  assert.deepEqual(rows.map((row) => [row.status, row.cause, kept(row)?.code]), CAUSES.map((known) => [...known]));
  for (const row of rows) assert.equal(inEnglish(kept(row)!), row.cause);
});
