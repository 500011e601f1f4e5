import { inEnglish, say } from "../../src/sentences.ts";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Appliance } from "../../src/appliance.ts";
import { ClinicLink } from "../../src/clinic/clinic_link.ts";
import { readConfig } from "../../src/settings/config.ts";
import { ClockWatch } from "../../src/operations/clock_watch.ts";
import { Health } from "../../src/operations/health.ts";
import { isTimeConfirmed } from "../../src/host/time_source.ts";
import { WriteProbe } from "../../src/operations/write_probe.ts";
import { noteBackup, noteFailure } from "../../src/backup/last_backup.ts";
import { selfTest } from "../../src/operations/self_test.ts";
import { Box } from "../support/box.ts";
import { send } from "../support/sender.ts";
import { freePort } from "../support/servers.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

/** What is beside the point of a test. */
const WELL = { unwritable: () => undefined, isTimeConfirmed: () => false };

async function healthOf(box: Box) {
  const answer = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/healthz`);
  const report = await answer.json();
  const part = (name: string) => report.checks.find((check: { name: string }) => check.name === name);
  return { status: answer.status, report, part };
}

function tested(box: Box) {
  return { address: "127.0.0.1", aeTitle: "STORESCP", ...box.appliance.ports };
}

Deno.test("Health: each part, since when, what to do; 503 when the main job cannot run", async () => {
  await using box = await Box.start();
  const well = await healthOf(box);
  assert.equal(well.status, 200);
  for (const name of ["store", "ports", "writing", "disk", "files", "backup", "clock"]) {
    assert.equal(well.part(name).status, "ok", name);
    assert.ok(Date.parse(well.part(name).since) <= Date.now(), name);
  }
  await using ill = await Box.start({ diskFloor: 1e18 });
  const { status, part } = await healthOf(ill);
  assert.equal(status, 503);
  assert.equal(part("disk").status, "failing");
  assert.match(part("disk").detail, /Free some space/);
});

Deno.test("Health: a port that no longer listens and a store that does not answer are failing, and since when is kept", async () => {
  await using box = await Box.start();
  let listening = true;
  const { store, archive } = box.appliance;
  const health = new Health({
    store,
    archive,
    ports: () => [{ purpose: "the worklist", listening }],
    ...WELL,
    backupFolder: () => undefined,
    brokenAudit: () => [],
    clinic: new ClinicLink(store, { url: undefined }),
  });
  const at = (hour: number) => new Date(Date.UTC(2026, 10, 22, hour));
  const ports = (hour: number) => health.report(at(hour)).checks.find(({ name }) => name === "ports")!;
  assert.equal(ports(8).since, at(8).toISOString());
  assert.equal(ports(9).since, at(8).toISOString(), "as before");
  listening = false;
  assert.deepEqual([ports(10).status, ports(10).since], ["failing", at(10).toISOString()]);
  assert.match(ports(11).detail, /No machine can connect for the worklist/);
  assert.equal(ports(11).since, at(10).toISOString());

  const folder = await Deno.makeTempDir({ prefix: "sonodesk-health-" });
  const other = await Box.start({ data: folder });
  await other.appliance.stop(); // its store is closed: it answers no more
  const dead = new Health({
    store: other.store,
    archive: other.appliance.archive,
    ports: () => [],
    ...WELL,
    backupFolder: () => undefined,
    brokenAudit: () => [],
    clinic: new ClinicLink(store, { url: undefined }),
  }).report();
  await Deno.remove(folder, { recursive: true });
  assert.equal(dead.status, "failing");
  assert.equal(dead.checks.find(({ name }) => name === "store")!.status, "failing");
});

Deno.test("Health: an archive or a store that can no longer be written is failing, and well again when it can", async () => {
  await using box = await Box.start();
  const { store, archive } = box.appliance;
  const clock = new ClockWatch(store);
  const probe = new WriteProbe(box.folder, {
    "images-not-kept": () => archive.proveWritable(),
    "nothing-written-down": () => clock.beat(),
  });
  await probe.look();
  assert.equal(probe.trouble, undefined);
  assert.notEqual(store.heartbeat.get().newest, "");
  assert.deepEqual([...Deno.readDirSync(`${box.folder}/archive/incoming`)], [], "it leaves nothing behind");
  assert.deepEqual([...Deno.readDirSync(`${box.folder}/archive/studies`)], []);

  // a folder that is a file takes nothing, from root neither
  const incoming = `${box.folder}/archive/incoming`;
  Deno.renameSync(incoming, `${incoming}-away`);
  Deno.writeTextFileSync(incoming, "");
  await probe.look();
  assert.match(inEnglish(probe.trouble!), /^Images cannot be kept: Not a directory/);
  Deno.removeSync(incoming);
  Deno.renameSync(`${incoming}-away`, incoming);
  await probe.look();
  assert.equal(probe.trouble, undefined);

  const broken = new WriteProbe(box.folder, {
    "images-not-kept": () => undefined,
    "nothing-written-down": () => {
      using sqlite = new DatabaseSync(`${box.folder}/sonodesk.sqlite`, { readOnly: true });
      sqlite.exec("UPDATE heartbeat SET newest = ''");
    },
  });
  await broken.look();
  assert.match(
    inEnglish(broken.trouble!),
    /^Worklists and images cannot be written down: attempt to write a readonly database/,
  );
});

Deno.test("Health: a disk that has stopped answering is failing; it is not asked a second time meanwhile", async () => {
  let time = 0;
  let asked = 0;
  let answer = () => {};
  const probe = new WriteProbe("/", {
    "images-not-kept": () => {
      asked += 1;
      return new Promise<void>((resolve) => answer = resolve);
    },
  }, () => time);
  const looking = probe.look();
  time = 59_000;
  assert.equal(probe.trouble, undefined);
  time = 61_000;
  probe.look();
  assert.equal(inEnglish(probe.trouble!), "Images cannot be kept: the disk has not answered for 61 s");
  assert.equal(asked, 1);
  answer();
  await looking;
  assert.equal(probe.trouble, undefined);
});

Deno.test("Health: 503 with what to do while nothing can be written", async () => {
  await using box = await Box.start();
  const health = new Health({
    store: box.store,
    archive: box.appliance.archive,
    ports: () => [],
    ...WELL,
    unwritable: () => say("images-not-kept", { why: "Read-only file system (os error 30)" }),
    backupFolder: () => undefined,
    brokenAudit: () => [],
    clinic: new ClinicLink(box.store, { url: undefined }),
  }).report();
  assert.equal(health.status, "failing");
  assert.match(health.checks.find(({ name }) => name === "writing")!.detail, /Read-only .* Restart the box/);
});

Deno.test("Health: a disk that fails once the box starts is told by /healthz at once, and the box goes on", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-health-" });
  const config = { ...readConfig({}), host: "127.0.0.1", webPort: 0, worklistPort: 0, storagePort: 0, data: folder };
  const appliance = new Appliance(config);
  const { archive } = appliance;
  const open = archive.open.bind(archive);
  archive.open = async () => {
    await open();
    Deno.removeSync(`${folder}/archive/studies`);
    Deno.writeTextFileSync(`${folder}/archive/studies`, ""); // takes no file
  };
  await appliance.start();
  const answer = await fetch(`http://127.0.0.1:${appliance.ports.webPort}/healthz`);
  const { checks } = await answer.json();
  await appliance.stop();
  await Deno.remove(folder, { recursive: true });
  assert.equal(answer.status, 503);
  const { status, detail } = checks.find(({ name }: { name: string }) => name === "writing");
  assert.equal(status, "failing");
  assert.match(detail, /^Images cannot be kept: Not a directory/);
});

Deno.test("Health: the clock is said to be wrong where the box can know it, and right only where a time server said so", async () => {
  await using box = await Box.start();
  const at = (time: string, confirmed = false) =>
    new Health({
      store: box.store,
      archive: box.appliance.archive,
      ports: () => [],
      ...WELL,
      isTimeConfirmed: () => confirmed,
      backupFolder: () => undefined,
      brokenAudit: () => [],
      clinic: new ClinicLink(box.store, { url: undefined }),
    }).report(new Date(time)).checks.find(({ name }) => name === "clock")!;
  const { heartbeat } = box.store;
  heartbeat.beat(new Date("2030-03-10T09:00:00Z"), true);
  assert.equal(
    at("2030-03-10T09:01:00Z").detail,
    "No time server has set the clock, and nothing says that it is wrong",
  );
  assert.equal(at("2030-03-10T08:59:30Z").status, "ok", "clocks are set back a little all the time");
  const behind = at("2029-03-10T09:00:00Z");
  assert.equal(behind.status, "warning");
  assert.match(behind.detail, /^The clock shows 2029-03-10 .* has worked at 2030-03-10 .* already/);
  assert.equal(at("2029-03-10T09:00:00Z", true).status, "ok");

  heartbeat.beat(new Date("2031-01-01T09:00:00Z"), false);
  assert.match(
    at("2031-01-02T09:00:00Z").detail,
    /went days ahead at once\. See whether today is 2031-01-02/,
  );
  assert.equal(at("2031-01-09T09:00:00Z").status, "ok", "nobody minded for a week");
  heartbeat.beat(new Date("2031-01-02T09:00:00Z"), true);
  assert.equal(at("2031-01-02T09:01:00Z").status, "ok", "a time server said it is right");
});

Deno.test("Health: whether a time server has set the clock is seen from the system's file", async () => {
  const root = await Deno.makeTempDir({ prefix: "sonodesk-time-" });
  Deno.mkdirSync(`${root}/run/systemd/timesync`, { recursive: true });
  assert.equal(isTimeConfirmed(root), false);
  Deno.writeTextFileSync(`${root}/run/systemd/timesync/synchronized`, "");
  assert.equal(isTimeConfirmed(root), true);
  await Deno.remove(root, { recursive: true });
});

Deno.test("Health: a backup is asked for kindly: not on the first day, and again when the last good one is a week old", async () => {
  await using box = await Box.start();
  const health = new Health({
    store: box.store,
    archive: box.appliance.archive,
    ports: () => [],
    ...WELL,
    backupFolder: () => "/media/backup",
    brokenAudit: () => [],
    clinic: new ClinicLink(box.store, { url: undefined }),
  });
  const backup = (days: number) =>
    health.report(new Date(Date.now() + days * 86_400_000)).checks.find(({ name }) => name === "backup")!;
  assert.equal(backup(30).status, "ok", "there is nothing to back up");
  await send(box.storagePort, ultrasoundObject());
  assert.equal(backup(1).status, "ok");
  assert.equal(backup(8).status, "warning");
  assert.match(backup(8).detail, /Plug in a disk/);
  const whole = { name: "", objects: { count: 1, bytes: 1 }, fresh: { count: 1, bytes: 1 }, pruned: 0, missing: [] };
  noteBackup(box.store.settings, "/media/backup", whole);
  assert.match(backup(0).detail, /was made today: 1 objects/);
  assert.equal(backup(6).status, "ok");
  noteFailure(box.store.settings, "/media/backup", { detail: "Cannot back up: it is not there" });
  assert.equal(backup(0).status, "warning", "the night's failure is known in the morning");
  assert.match(backup(6).detail, /^The last backup failed: Cannot back up: it is not there\. .* made 6 days ago\.$/);
  assert.match(backup(9).detail, /was made 9 days ago: Cannot back up: it is not there\. Is its disk plugged in\?/);
});

Deno.test("Self-test: passes on a box that lets no unknown machine in, and leaves nothing behind", async () => {
  await using box = await Box.start({ admission: "closed" });
  const item = box.send();
  const steps = await selfTest(tested(box));
  assert.deepEqual(steps.filter(({ how }) => how !== "ok"), []);
  assert.equal(steps.length, 5);
  assert.equal(box.store.instanceFiles.totals().count, 0);
  assert.deepEqual([...Deno.readDirSync(`${box.folder}/archive/incoming`)], []);
  assert.equal(box.store.appointments.get(item.id).status, "sent", "nobody has seen it");
  assert.equal(box.store.machines.findByAeTitle("SONODESK-TEST"), undefined);
  await assert.rejects(() => send(box.storagePort, ultrasoundObject()), /refuses the association/);
});

Deno.test("Self-test: says what fails", async () => {
  await using box = await Box.start({ diskFloor: 1e18 });
  const steps = await selfTest(tested(box));
  assert.deepEqual(steps.map(({ how }) => how === "ok"), [true, true, true, false, false]);
  assert.match(steps[3]!.detail, /the disk has \d+ MB free/);
  assert.match(steps[4]!.detail, /new images are refused/);
  const closed = await selfTest({ ...tested(box), worklistPort: Number(freePort()) });
  assert.deepEqual(closed.map(({ how }) => how === "ok").slice(0, 3), [false, true, false]);
});

Deno.test("Metrics: associations, operations by status, bytes, queues, disk, in Prometheus' format; the journal has the associations", async () => {
  await using box = await Box.start();
  box.store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash: "-" }); // set up
  await send(box.storagePort, ultrasoundObject());
  await selfTest(tested(box)); // among them an operation that is not a C-STORE
  const read = async () => await (await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/metrics`)).text();
  const text = await until("all associations are counted", async () => {
    const text = await read();
    return text.includes('_total{outcome="released"} 5') && text;
  });
  for (
    const line of [
      'sonodesk_operations_total{command="C_STORE",status="0000"} 2',
      'sonodesk_operations_total{command="C_ECHO",status="0000"} 2',
      'sonodesk_operations_total{command="C_FIND",status="0000"} 1',
      'sonodesk_associations_total{outcome="released"} 5',
      'sonodesk_health{part="store"} 0',
    ]
  ) {
    assert.ok(text.split("\n").includes(line), `${line} is not in\n${text}`);
  }
  const received = Number(/^sonodesk_received_bytes_total (\d+)$/m.exec(text)![1]);
  assert.ok(received > 64 * 64, text);
  assert.match(text, /^sonodesk_outbox_depth [1-9]\d*$/m);
  assert.match(text, /^sonodesk_disk_free_bytes \d+$/m);
  for (const line of text.trimEnd().split("\n")) {
    assert.match(line, /^(# (HELP|TYPE) sonodesk_\w+ .+|sonodesk_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[\d.e+-]+)$/);
  }
  await box.until("the journal is written", () => box.store.associations.latest(10).length === 5);
  assert.ok(box.store.associations.latest(10).every(({ outcome }) => outcome === "released"));
});

Deno.test("Health: a log of the store that another program keeps from shrinking is told, with its length", async () => {
  await using box = await Box.start();
  const { store, archive } = box.appliance;
  let logSize = 4e6;
  const health = new Health({
    ...{ store, archive, ...WELL, ports: () => [], backupFolder: () => undefined, brokenAudit: () => [] },
    clinic: new ClinicLink(store, { url: undefined }),
    logSize: () => logSize,
  });
  const checked = () => health.report().checks.find(({ name }) => name === "store")!;
  assert.equal(checked().status, "ok");
  logSize = 277e6;
  assert.equal(checked().status, "warning");
  assert.match(checked().detail, /^Another program keeps the store open, whose log grows: 277 MB/);
});
