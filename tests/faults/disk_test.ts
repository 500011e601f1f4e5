import assert from "node:assert/strict";
import { Status } from "../../src/dimse/command.ts";
import { WriteProbe } from "../../src/operations/write_probe.ts";
import { Completion } from "../../src/services/completion.ts";
import { isReadOnly } from "../../src/host/read_only.ts";
import { asTheProgram } from "../support/as_the_program.ts";
import { MachineFollower } from "../../src/services/machine_follower.ts";
import { inEnglish } from "../../src/sentences.ts";
import { newApiToken, SignIns } from "../../src/web/sign_ins.ts";
import { ClinicBox } from "../clinic/clinic_box.ts";
import { Box } from "../support/box.ts";
import { BoxProcess } from "../support/box_process.ts";
import { hasProgram } from "../support/peers.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

const isRoot = Deno.uid() === 0;

/** Runs a test on a small disk of its own, in memory. */
async function onSmallDisk(bytes: number, test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-disk-" });
  await mount(["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
  try {
    await test(folder);
  } finally {
    await giveBack(folder);
    await Deno.remove(folder);
  }
}

/** What draws for the box ends a moment after it, and may have a file open until then. */
async function giveBack(disk: string): Promise<void> {
  await until("the disk is free", async () => (await new Deno.Command("umount", { args: [disk] }).output()).success);
}

async function mount(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("mount", { args }).output();
  if (!success) throw new Error(`Cannot mount: ${new TextDecoder().decode(stderr)}`);
}

const MODULE = new URL("../../src/host/read_only.ts", import.meta.url);

Deno.test({
  name: "a full disk: objects are refused with A700, nothing breaks, and service resumes when there is room",
  ignore: !isRoot, // mounting takes root
  fn: () =>
    onSmallDisk(12_000_000, async (folder) => {
      const box = await Box.start({ data: folder, diskFloor: 1 });
      try {
        const stored: string[] = [];
        let refused: { status: number; comment: string } | undefined;
        for (let count = 0; count < 40 && refused === undefined; count++) {
          const object = ultrasoundObject({ pixels: 64 * 10_000 });
          const answer = await send(box.storagePort, object);
          if (answer.status === Status.SUCCESS) stored.push(object.sopInstanceUid);
          else refused = answer;
        }
        assert.equal(refused?.status, Status.OUT_OF_RESOURCES, refused?.comment);
        assert.ok(stored.length > 3);
        for (const uid of stored) {
          const instance = box.store.instances.find(uid)!;
          assert.equal(Deno.statSync(box.appliance.archive.pathOf(instance.path)).size, instance.size);
        }
        const incoming = () => [...Deno.readDirSync(`${folder}/archive/incoming`)].length;
        await box.until("nothing half stays", () => incoming() === 0);
        await mount(["-o", "remount,size=40000000", folder]);
        assert.equal((await send(box.storagePort, ultrasoundObject({ pixels: 64 * 10_000 }))).status, Status.SUCCESS);
      } finally {
        await box.appliance.stop();
      }
    }),
});

Deno.test({
  name: "below the floor an object is refused before it is read, with the reason",
  fn: async () => {
    await using box = await Box.start({ diskFloor: 1e18 });
    const object = ultrasoundObject();
    const { status, comment } = await send(box.storagePort, object);
    assert.equal(status, Status.OUT_OF_RESOURCES);
    assert.match(comment, /the disk has \d+ MB free/);
    const health = await (await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/healthz`)).json();
    assert.match(JSON.stringify(health), /new images are refused until there is room/);
  },
});

Deno.test({
  name: "a disk that the system has made read-only is noticed without a write, and so is that it takes writes again",
  ignore: !isRoot, // mounting takes root
  fn: () =>
    onSmallDisk(1_000_000, async (folder) => {
      let written = 0;
      const probe = new WriteProbe(folder, {
        "images-not-kept": async () => {
          await Deno.writeTextFile(`${folder}/object`, "");
          written++;
        },
      });
      await probe.glance();
      assert.equal(written, 0, "where all is well nothing is worn out");
      assert.equal(await isReadOnly(folder), false);
      assert.equal(
        await asTheProgram(MODULE, `isReadOnly("${folder}")`),
        "false",
        "what the program may not read is no reason to write",
      );
      await mount(["-o", "remount,ro", folder]);
      assert.equal(await asTheProgram(MODULE, `isReadOnly("${folder}")`), "true");
      await probe.glance();
      assert.match(inEnglish(probe.trouble!), /^Images cannot be kept: Read-only file system/);
      await mount(["-o", "remount,rw", folder]);
      await probe.glance();
      assert.equal(probe.trouble, undefined);
      assert.equal(written, 1);
    }),
});

Deno.test({
  name: "a read-only disk: a failure status, no crash, and service resumes when it can be written",
  ignore: !isRoot, // mounting takes root
  fn: () =>
    onSmallDisk(40_000_000, async (folder) => {
      const box = await Box.start({ data: folder, diskFloor: 1 });
      try {
        // the store has its files open for writing, which keeps the disk from being made read-only: the archive alone
        await mount(["--bind", `${folder}/archive`, `${folder}/archive`]);
        await mount(["-o", "remount,ro,bind", `${folder}/archive`]);
        const { status, comment } = await send(box.storagePort, ultrasoundObject());
        assert.equal(status, Status.OUT_OF_RESOURCES, comment);
        const health = () => fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/healthz`);
        await until("health tells it", async () => {
          const answer = await health();
          const told = await answer.text();
          return answer.status === 503 && /"Images cannot be kept: Read-only file system/.test(told);
        });
        await mount(["-o", "remount,rw,bind", `${folder}/archive`]);
        assert.equal((await send(box.storagePort, ultrasoundObject())).status, Status.SUCCESS);
      } finally {
        await box.appliance.stop();
        await giveBack(`${folder}/archive`);
      }
    }),
});

Deno.test("the store held by somebody else: the object waits, or is refused; it is never acknowledged and lost", async () => {
  await using box = await Box.start();
  const { DatabaseSync } = await import("node:sqlite");
  const other = new DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  other.exec("BEGIN IMMEDIATE");
  const object = ultrasoundObject();
  const release = setTimeout(() => other.exec("ROLLBACK"), 300);
  // in the same process the wait for the lock would hold up the timer too: refused once its patience is over
  const { status } = await send(box.storagePort, object);
  clearTimeout(release);
  if (other.isTransaction) other.exec("ROLLBACK");
  other.close();
  assert.equal(status === Status.SUCCESS, box.store.instances.find(object.sopInstanceUid) !== undefined);
  assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS, "once the store is free it is taken");
});

Deno.test("a store that cannot be written ends nothing that the box does by itself", async () => {
  await using box = await ClinicBox.make({ url: undefined });
  const { store } = box;
  const { DatabaseSync } = await import("node:sqlite");
  const other = new DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  const appointment = box.walkIn({ firstName: "Asha", lastName: "Rao" });
  store.machines.add({ aeTitle: "US-1", name: "US 1", admitted: true });
  const { token, tokenHash } = newApiToken();
  store.apiTokens.add({ name: "RIS", role: "doctor", readOnly: true, createdBy: "anna", expiresAt: null }, tokenHash);
  // the image is kept, and from then on nothing more can be
  store.changes.subscribe(({ noun }) => noun === "instance" && other.exec("BEGIN IMMEDIATE"));
  const follower = new MachineFollower(store);
  follower.start();
  const identity = { patientId: appointment.patient.id, patientName: "Rao^Asha" };
  await box.receive({ ...identity, studyInstanceUid: appointment.studyInstanceUid });
  follower.stop();

  const later = new Date(Date.now() + 60 * 60_000);
  const completion = new Completion(store, 10);
  completion.look(later);
  assert.equal(store.appointments.get(appointment.id).status, "images received");
  const untold: unknown[] = [];
  const signIns = new SignIns(store, (error) => untold.push(error));
  assert.ok(signIns.findProgram(`Bearer ${token}`, "127.0.0.1"), "a program reads on");
  assert.match(String(untold[0]), /locked/);
  const heard: string[] = [];
  store.changes.subscribe(({ id }) => heard.push(id));
  store.announce({ noun: "clinic", id: "link" });
  assert.deepEqual(heard, ["link"], "how the clinic's database is, is told all the same");

  other.exec("ROLLBACK");
  other.close();
  completion.look(later);
  assert.equal(store.appointments.get(appointment.id).status, "completed", "made up for");
});

Deno.test({
  name: "a disk of 10 MB a second and two senders at line speed: memory stays flat, and all of it is stored",
  ignore: !isRoot || !hasProgram("bindfs"), // mounting takes root
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-slow-" });
    const archive = `${folder}/data/archive`;
    await Deno.mkdir(archive, { recursive: true });
    await Deno.mkdir(`${folder}/disk`);
    const slow = await new Deno.Command("bindfs", { args: ["--write-rate=10M", `${folder}/disk`, archive] }).output();
    assert.ok(slow.success, new TextDecoder().decode(slow.stderr));
    try {
      await using box = await BoxProcess.start(`${folder}/data`);
      await send(box.storagePort, ultrasoundObject());
      const before = box.peakMemory;
      const objects = [1, 2].map(() => ultrasoundObject({ pixels: 60_000_000 }));
      const answers = await Promise.all(objects.map((object) => send(box.storagePort, object)));
      assert.deepEqual(answers.map(({ status }) => status), [Status.SUCCESS, Status.SUCCESS]);
      const grown = box.peakMemory - before;
      console.log(`120 MB came faster than the disk took it; memory grew by ${grown.toFixed(0)} MB`);
      assert.ok(grown < 60, `${grown.toFixed(0)} MB more, where two buffers an object are meant`);
      assert.equal(await box.stop(), 0);
    } finally {
      await giveBack(archive);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
