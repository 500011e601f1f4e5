import assert from "node:assert/strict";
import { CommandField } from "../../src/dimse/command.ts";
import { AssociationJournal } from "../../src/services/association_journal.ts";
import { OperationCounts } from "../../src/services/counted_service.ts";
import { Store } from "../../src/store/store.ts";
import { RequestCounts } from "../../src/web/request_counts.ts";

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-bounds-" });
  const store = new Store(`${folder}/sonodesk.sqlite`);
  try {
    await work(store);
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const SUMMARY = { callingAeTitle: "US-1", calledAeTitle: "STORESCP", address: "192.168.1.9", implementation: "" };
const COST = { outcome: "released", operations: 1, bytes: 100, milliseconds: 5 };

Deno.test("Bounds: the journal keeps the latest 20,000 associations", () =>
  withStore(async (store) => {
    const { callingAeTitle: aeTitle, ...rest } = SUMMARY;
    const at = "2026-11-22T09:00:00.000Z";
    const some = (count: number, name: string) =>
      store.associations.add(
        Array.from({ length: count }, (_, n) => ({ ...rest, ...COST, aeTitle, at, name: name + n })),
      );
    await some(20_000, "a");
    await some(500, "b");
    const kept = store.associations.latest(30_000);
    assert.equal(kept.length, 20_000);
    assert.deepEqual([kept[0]!.name, kept.at(-1)!.name], ["b499", "a500"]);
  }));

Deno.test("Bounds: associations that wait to be written down are bounded, and all are counted", () =>
  withStore(async (store) => {
    const journal = new AssociationJournal(store);
    for (let n = 0; n < 1500; n++) journal.ended({ ...SUMMARY, ...COST, oddities: new Map(), id: String(n) });
    await journal.stop();
    assert.equal(store.associations.latest(2000).length, 1000);
    assert.equal(journal.totals.released, 1500);
  }));

Deno.test("Bounds: of machines that knock and are not admitted, fifty are kept", () =>
  withStore(async (store) => {
    await Promise.resolve();
    store.machines.add({ aeTitle: "US-1", name: "US-1", admitted: true });
    for (let n = 0; n < 200; n++) store.machines.heard(`SCAN-${n}`, `192.168.1.${n % 20}`);
    assert.equal(store.machines.all().length, 51);
  }));

Deno.test("Bounds: sessions that have ended are removed", () =>
  withStore(async (store) => {
    await Promise.resolve();
    const { id } = store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash: "-" });
    const past = new Date(Date.now() - 1000).toISOString();
    for (let n = 0; n < 20; n++) store.sessions.add(`hash-${n}`, id, past);
    store.sessions.add("now", id, new Date(Date.now() + 60_000).toISOString());
    assert.equal(store.state().rows.sessions, 1);
  }));

Deno.test("Bounds: the audit's oldest events go when there are too many", () =>
  withStore(async (store) => {
    for (let n = 0; n < 30; n++) store.audit.add("owner", "setting changed", String(n));
    store.audit.prune(20);
    assert.deepEqual(store.audit.latest(100).map(({ subject }) => subject).slice(-2), ["11", "10"]);
    assert.deepEqual(await store.audit.verify(), { events: 20, broken: [] });
  }));

Deno.test("Bounds: requests for commitment that nothing more comes of are forgotten; each machine's latest stays", () =>
  withStore(async (store) => {
    await Promise.resolve();
    const at = (day: number) => new Date(Date.UTC(2026, 0, day));
    const ask = (aeTitle: string, day: number) =>
      store.commitments.request(aeTitle, `1.2.${day}`, [{ sopInstanceUid: `1.3.${day}`, sopClassUid: "1.4" }], at(day));
    const [told, owed, hopeless, noAddress, recent, latest] = [1, 2, 3, 4, 25, 26].map((day) => ask("US-1", day));
    const only = ask("US-2", 1);
    for (const { id } of [told!, recent!, latest!, only]) store.commitments.reported(id);
    store.commitments.givenUp(hopeless!.id, "it does not answer");
    store.commitments.delayed(noAddress!.id, "no address", null);
    store.commitments.forget(at(20), 100);
    const kept = [told, owed, hopeless, noAddress, recent, latest, only].map((one) => store.commitments.find(one!.id));
    assert.deepEqual(kept.map((one) => one !== undefined), [false, true, false, false, true, true, true]);
    assert.deepEqual(store.commitments.instances(told!.id), [], "with its objects");
    assert.deepEqual([...store.commitments.latest().keys()], ["US-1", "US-2"]);
    store.commitments.forget(at(1), 2);
    const [, second] = [...kept, undefined].filter((one) => one !== undefined).slice(-2);
    assert.ok(store.commitments.find(second!.id), "the newest stay");
    assert.equal(store.commitments.find(owed!.id), undefined, "there are never more than so many");
  }));

Deno.test("Bounds: what is counted is counted by few names, whatever machines and browsers send", () => {
  const operations = new OperationCounts();
  for (let field = 0; field < 0xffff; field++) operations.ended(field, 0x0211);
  const commands = Object.keys(CommandField).length;
  assert.ok(operations.list().length <= commands + 1, `${operations.list().length} of ${commands} commands`);
  const requests = new RequestCounts();
  for (let status = 100; status < 600; status++) requests.answered(status);
  assert.deepEqual([...requests.answers.keys()], ["1xx", "2xx", "3xx", "4xx", "5xx"]);
});
