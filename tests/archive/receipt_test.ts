import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { newUid } from "../../src/dicom/uid.ts";
import { Status } from "../../src/dimse/command.ts";
import { BoxProcess } from "../support/box_process.ts";
import { peerTest } from "../support/peers.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

/** What a system call does to which file or socket, in the order in which calls ended; of a write, in which they began. */
function eventsIn(trace: string): string[] {
  const begun = new Map<string, string>();
  const events: string[] = [];
  for (const line of trace.split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>/.test(rest);
    const call = resumed ? begun.get(thread) ?? "" : rest;
    const [, name = "", subject = ""] = /^(\w+)\((?:\d+<)?("[^"]*"|[^>]*)/.exec(call) ?? [];
    const isWrite = /^(write|writev|sendto|sendmsg)$/.test(name);
    if (rest.includes("<unfinished ...>")) {
      begun.set(thread, rest);
      if (isWrite) events.push(`${name} ${subject}`);
    } else if (!(resumed && isWrite)) events.push(`${name} ${subject}`);
  }
  return events;
}

/**
 * Runs `work` with a box whose syncs take 300 ms longer each.
 *
 * @param when they wait
 * @returns what strace saw of its syncs and answers
 */
async function withSlowSyncs(
  when: "enter" | "exit",
  work: (sent: () => Promise<void>, box: BoxProcess) => Promise<void>,
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-receipt-" });
  try {
    // all that come at once are let in, however slow the computer is
    await using box = await BoxProcess.start(`${folder}/data`, { SONODESK_ASSOCIATIONS_PER_ADDRESS: "10" });
    const studyInstanceUid = newUid();
    const sent = async () =>
      assert.equal((await send(box.storagePort, ultrasoundObject({ studyInstanceUid }))).status, Status.SUCCESS);
    await sent(); // folders are made
    await delay(3000); // what nobody waits for is on the disk then
    const calls = "trace=fsync,fdatasync,write,writev,sendto,sendmsg";
    const strace = new Deno.Command("strace", {
      // what is not waited for comes too late
      args: [
        ...["-f", "-qq", "-yy", "-s", "0", "-e", calls, "-e", `inject=fsync,fdatasync:delay_${when}=300000`],
        ...["-o", `${folder}/trace`, "-p", String(box.pid)],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const tasks = `/proc/${box.pid}/task`;
    const isWatched = ({ name }: Deno.DirEntry) =>
      /TracerPid:\t[1-9]/.test(Deno.readTextFileSync(`${tasks}/${name}/status`));
    await until("every thread of the box is watched", () => [...Deno.readDirSync(tasks)].every(isWatched));
    await work(sent, box);
    strace.kill("SIGINT");
    await strace.status;
    return Deno.readTextFileSync(`${folder}/trace`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

peerTest("a success leaves when file, folder and the store's log have reached the disk, which work at the same time", [
  "strace",
], async () => {
  let port = "";
  const trace = await withSlowSyncs("exit", async (sent, { storagePort }) => {
    port = storagePort;
    await sent();
  });
  const events = eventsIn(trace);
  // on the association: its acceptance, then the response
  const answers = events.flatMap((event, at) => event.includes(`:${port}-`) ? [at] : []);
  const response = answers[1];
  assert.ok(response !== undefined, events.join("\n"));
  for (
    const [what, pattern] of Object.entries({
      "the file": /^fsync .*\/(incoming\/.*\.part|studies\/.*\.dcm)/,
      "the folder of its study": /^fsync .*\/studies\/[^"]*\d$/,
      "the store's log": /^fdatasync .*sonodesk\.sqlite-wal/,
    })
  ) {
    const at = events.findIndex((event) => pattern.test(event));
    assert.ok(at >= 0 && at < response, `${what} was synced at ${at} of:\n${events.join("\n")}`);
  }
});

peerTest(
  "an object that comes while the log is being synced for another does not wait for that",
  ["strace"],
  async () => {
    const trace = await withSlowSyncs("enter", async (sent) => {
      const all: Promise<void>[] = [];
      for (let n = 0; n < 6; n++) {
        all.push(sent());
        await delay(100);
      }
      await Promise.all(all);
    });
    let most = 0;
    const underWay = new Set<string>();
    for (const line of trace.split("\n")) {
      const thread = line.split(" ")[0]!;
      if (/ fdatasync\(.*<unfinished/.test(line)) underWay.add(thread);
      else if (line.includes("<... fdatasync resumed>")) underWay.delete(thread);
      most = Math.max(most, underWay.size);
    }
    assert.ok(most >= 2, `the log's syncs came one after the other:\n${trace}`);
  },
);
