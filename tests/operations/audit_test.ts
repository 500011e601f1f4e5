import { inEnglish } from "../../src/sentences.ts";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { AuditCheck } from "../../src/operations/audit_check.ts";
import { Store } from "../../src/store/store.ts";

/** What the check finds after somebody with a SQLite program has done this to three events. */
async function after(meddle: string, prune?: number): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-audit-" });
  try {
    const path = `${folder}/sonodesk.sqlite`;
    const store = new Store(path);
    for (const subject of ["one", "two", "three"]) {
      store.audit.add("admin", "setting changed", subject, { to: subject });
    }
    if (prune !== undefined) store.audit.prune(prune);
    store.close();
    const sqlite = new DatabaseSync(path);
    sqlite.exec(meddle);
    sqlite.close();
    const again = new Store(path);
    try {
      again.audit.add("box", "started", "again"); // goes on after it, and hides nothing
      return (await again.audit.verify()).broken.map(inEnglish);
    } finally {
      again.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Audit: a whole chain is whole, also after the box itself has removed the oldest events", async () => {
  assert.deepEqual(await after(""), []);
  assert.deepEqual(await after("", 2), []);
});

Deno.test("Audit: an event that was removed, changed or put in between shows", async () => {
  for (
    const meddle of [
      "DELETE FROM audit_events WHERE id = 1",
      "DELETE FROM audit_events WHERE id = 2",
      "DELETE FROM audit_events WHERE id = 3",
      "DELETE FROM audit_events",
      "UPDATE audit_events SET actor = 'somebody' WHERE id = 2",
      "UPDATE audit_events SET detail = '{}' WHERE id = 3",
      "UPDATE audit_events SET at = '2020-01-01T00:00:00.000Z' WHERE id = 1",
      "DELETE FROM audit_events WHERE id = 2; UPDATE audit_chain SET last_id = 0, last_hash = ''",
      "UPDATE audit_events SET hash = ''; UPDATE audit_chain SET last_id = 0, last_hash = ''",
      "UPDATE audit_chain SET last_id = 0, last_hash = ''",
      "INSERT INTO audit_events (id, at, actor, action, subject, hash) VALUES (4, '2026', 'a', 'b', 'c', '')",
    ]
  ) {
    assert.notDeepEqual(await after(meddle), [], meddle);
  }
  assert.notDeepEqual(await after("DELETE FROM audit_events WHERE id = 2", 2), [], "after a pruning");
});

Deno.test("Audit: a chain that was set back shows before anything new has happened, too", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-audit-" });
  const path = `${folder}/sonodesk.sqlite`;
  let store = new Store(path);
  for (const subject of ["one", "two", "three"]) store.audit.add("admin", "setting changed", subject);
  store.close();
  const sqlite = new DatabaseSync(path);
  sqlite.exec("DELETE FROM audit_events WHERE id = 2; UPDATE audit_chain SET last_id = 0, last_hash = ''");
  sqlite.close();
  store = new Store(path);
  assert.match(inEnglish((await store.audit.verify()).broken[0]!), /goes on to event 3 .* its chain was set back/);
  store.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Audit: what the nightly look found is known after a restart, and until the chain is whole again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-audit-" });
  const path = `${folder}/sonodesk.sqlite`;
  let store = new Store(path);
  for (let n = 0; n < 5; n++) store.audit.add("admin", "setting changed", String(n));
  await new AuditCheck(store).run();
  assert.deepEqual(new AuditCheck(store).broken, []);
  const meddle = new DatabaseSync(path);
  meddle.exec("PRAGMA busy_timeout = 5000; DELETE FROM audit_events WHERE id = 2");
  meddle.close();
  await new AuditCheck(store).run();
  store.close();
  store = new Store(path);
  assert.match(inEnglish(new AuditCheck(store).broken[0]!), /^Event 3 of .* does not follow event 1/);
  store.audit.prune(2); // the box has removed what does not fit by now
  await new AuditCheck(store).run();
  assert.deepEqual(new AuditCheck(store).broken, []);
  store.close();
  await Deno.remove(folder, { recursive: true });
});
