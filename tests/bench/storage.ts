import { MEMORY_FLAG } from "../../appliance/tree.ts";
import { DatabaseSync } from "node:sqlite";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { MODALITY_WORKLIST_FIND } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, Status } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { run } from "../support/peers.ts";
import { freePort, PeerServer, startOrthanc } from "../support/servers.ts";
import { median, milliseconds, ratio, spread, table } from "./measure.ts";

const ROUNDS = 3;
const MEBIBYTE = 1024 * 1024;

interface Load {
  name: string;
  objects: number;
  bytes: number;
  associations: number;
}

const EIGHT_AT_ONCE: Load = { name: "8 at once, 25 × 0.9 MB each", objects: 25, bytes: 921_600, associations: 8 };

const LOADS: Load[] = [
  { name: "100 × 0.9 MB", objects: 100, bytes: 921_600, associations: 1 },
  { name: "1,000 × 60 KB", objects: 1000, bytes: 60_000, associations: 1 },
  EIGHT_AT_ONCE,
  // last, since the disk is busy with them for a while
  { name: "one 144 MB clip", objects: 1, bytes: 144 * MEBIBYTE, associations: 1 },
  { name: "one 1 GB clip", objects: 1, bytes: 1024 * MEBIBYTE, associations: 1 },
];

/**
 * The durable path (synced files, rows, outbox, thumbnails) against Orthanc and DCMTK's storescp, which keeps no index
 * and syncs nothing; storescu sends, and makes each object new so that nobody can say it has it already.
 */
export async function benchStorage(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-bench-" });
  try {
    for (const load of LOADS) writeLoad(folder, load);
    const rows = [];
    const usage = [];
    for (const load of LOADS) {
      const times: Record<string, number[]> = {};
      const costs: Record<string, { cpu: number; peak: number }> = {};
      for (let round = 0; round < ROUNDS; round++) {
        for (const [name, start] of Object.entries(SERVERS)) {
          await using server = await start(folder);
          await send(folder, LOADS[0]!, server.port, 1); // warm
          const before = cpuSeconds(server.pid);
          (times[name] ??= []).push(await send(folder, load, server.port));
          costs[name] = {
            cpu: (cpuSeconds(server.pid) - before) / (load.objects * load.associations * load.bytes / 1e9),
            peak: megabytes(server.pid, "VmHWM"),
          };
        }
      }
      const [ours, orthanc, storescp] = ["Sonodesk", "Orthanc", "storescp"].map((name) => median(times[name]!));
      rows.push({
        load: load.name,
        Sonodesk: milliseconds(ours!),
        Orthanc: milliseconds(orthanc!),
        storescp: milliseconds(storescp!),
        "Orthanc / Sonodesk": ratio(orthanc!, ours!),
        "Sonodesk / storescp": ratio(ours!, storescp!),
        "spread of ours, and Orthanc's": [times.Sonodesk!, times.Orthanc!].map(spread).join(", "),
      });
      usage.push({
        load: load.name,
        ...Object.fromEntries(
          Object.entries(costs).flatMap(([name, { cpu, peak }]) => [
            [`${name} CPU s/GB`, cpu.toFixed(1)],
            [`${name} peak MB`, peak.toFixed(0)],
          ]),
        ),
      });
    }
    table(`Storage, median of ${ROUNDS} runs of storescu each`, rows);
    table(
      "What the disk alone asks of any server that keeps an object before it says so: write, sync, rename, sync, commit",
      LOADS.filter(({ associations }) => associations === 1).map((load) => ({
        load: load.name,
        "no DICOM, no network": milliseconds(median(Array.from({ length: ROUNDS }, () => durableFloor(folder, load)))),
      })),
    );
    table("What it took, last run (the peak includes the warm-up)", usage);
    table("Memory of a box at rest, MB", [{ "ten seconds after its start": await idleMegabytes(folder) }]);
    await worklistUnderLoad(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What 60 KB objects cost on a slow disk, an association after the other and several at once. */
const ON_SLOW_DISK: Load[] = [1, 4, 8].map((associations) => (
  { name: `60 KB, ${associations} at once`, objects: 100, bytes: 60_000, associations }
));

/**
 * The same with every sync slowed by the same time for all: an SD card takes 8 ms for one, a bad one 50 ms. Orthanc syncs
 * its files and not its index.
 *
 * @param delay milliseconds
 */
export async function benchSlowSync(delay: number): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-bench-" });
  try {
    const library = `${folder}/slow_sync.so`;
    const source = new URL("slow_sync.c", import.meta.url).pathname;
    const { code, text } = await run("gcc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"]);
    if (code !== 0) throw new Error(`Cannot slow the syncs: ${text}`);
    Deno.env.set("LD_PRELOAD", library);
    Deno.env.set("SYNC_MICROSECONDS", String(delay * 1000));
    for (const load of ON_SLOW_DISK) writeLoad(folder, load);
    const rows = [];
    for (const load of ON_SLOW_DISK) {
      const times: Record<string, number[]> = {};
      for (let round = 0; round < ROUNDS; round++) {
        for (const [name, start] of [["Sonodesk", startSonodesk], ["Orthanc", SERVERS.Orthanc]] as const) {
          await using server = await start(folder);
          await send(folder, load, server.port, 5); // warm
          (times[name] ??= []).push(await send(folder, load, server.port) / (load.objects * load.associations));
        }
      }
      const [ours, orthanc] = ["Sonodesk", "Orthanc"].map((name) => times[name]!);
      rows.push({
        load: load.name,
        "Sonodesk, each": milliseconds(median(ours!)),
        "Orthanc, each": milliseconds(median(orthanc!)),
        "Orthanc / Sonodesk": ratio(median(orthanc!), median(ours!)),
        "spread": [ours!, orthanc!].map(spread).join(", "),
      });
    }
    table(`Storage with syncs that take ${delay} ms longer, median of ${ROUNDS} runs of storescu each`, rows);
    await worklistUnderLoad(folder, ON_SLOW_DISK.at(-1)!);
  } finally {
    Deno.env.delete("LD_PRELOAD");
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * The least that the receipt costs on this disk: a new file of each object's bytes, synced, renamed, its folder synced,
 * and one row of SQLite committed. Milliseconds.
 */
function durableFloor(parent: string, { objects, bytes }: Load): number {
  const folder = `${parent}/floor`;
  Deno.mkdirSync(`${folder}/study`, { recursive: true });
  const database = new DatabaseSync(`${folder}/rows.sqlite`);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (uid TEXT PRIMARY KEY)");
  const insert = database.prepare("INSERT INTO rows VALUES (?)");
  const piece = crypto.getRandomValues(new Uint8Array(65_536));
  const started = performance.now();
  for (let index = 0; index < objects; index++) {
    using part = Deno.openSync(`${folder}/part`, { write: true, create: true, truncate: true });
    for (let at = 0; at < bytes; at += piece.length) {
      part.writeSync(piece.subarray(0, Math.min(piece.length, bytes - at)));
    }
    part.syncSync();
    Deno.renameSync(`${folder}/part`, `${folder}/study/${index}`);
    using study = Deno.openSync(`${folder}/study`, { read: true });
    study.syncSync();
    insert.run(newUid());
  }
  const took = performance.now() - started;
  database.close();
  Deno.removeSync(folder, { recursive: true });
  return took;
}

/**
 * What each has stored is left until the end: where many files were removed a moment ago, ext4 looks through all of them
 * before it gives a new one its inode, which takes longer than all that is measured here.
 */
const SERVERS = {
  Sonodesk: startSonodesk,
  Orthanc: (within: string) => startOrthanc([], {}, within),
  storescp: (within: string) =>
    PeerServer.start("storescp", (port, folder) => ["--fork", "-od", folder, "+xa", port], undefined, within),
};

async function idleMegabytes(within: string): Promise<string> {
  await using server = await startSonodesk(within);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  return megabytes(server.pid, "VmRSS").toFixed(0);
}

function startSonodesk(within: string): Promise<PeerServer> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  return PeerServer.start(
    "env",
    (port, folder) => [
      `SONODESK_DATA=${folder}/data`,
      "SONODESK_HOST=127.0.0.1",
      "SONODESK_ADMISSION=open",
      "SONODESK_ASSOCIATIONS_PER_ADDRESS=20", // all senders are on this machine
      "SONODESK_WEB_PORT=0",
      `SONODESK_WORKLIST_PORT=${freePort()}`,
      `SONODESK_STORAGE_PORT=${port}`,
      Deno.execPath(),
      ...["run", "-A", "--no-check", MEMORY_FLAG, main, "start"],
    ],
    undefined,
    within,
  );
}

/** How long a worklist query takes while eight associations store as fast as they can. */
async function worklistUnderLoad(folder: string, load = EIGHT_AT_ONCE): Promise<void> {
  await using server = await startSonodesk(folder);
  const queries = {
    "findscu, the whole process": () =>
      run("findscu", ["-W", "-k", "PatientName", "-k", "PatientID", "127.0.0.1", server.port]),
    "association, query, answer, release": () => query(Number(server.port)),
  };
  const rows = [];
  for (const [name, ask] of Object.entries(queries)) {
    const timed = async () => {
      const started = performance.now();
      await ask();
      return performance.now() - started;
    };
    await timed();
    const quiet = [];
    for (let index = 0; index < 20; index++) quiet.push(await timed());
    let storing = true;
    const sending = send(folder, load, server.port).finally(() => storing = false);
    const loaded = [];
    while (storing) loaded.push(await timed());
    await sending;
    rows.push(row(name, "nothing else happens", quiet), row(name, "8 associations store", loaded));
  }
  table("A worklist query", rows);

  function row(query: string, meanwhile: string, times: number[]) {
    return {
      query,
      while: meanwhile,
      queries: times.length,
      median: milliseconds(median(times)),
      "99 of 100": milliseconds(times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!),
      slowest: milliseconds(Math.max(...times)),
    };
  }
}

/** The same query without the start of a process, which waits for a processor that eight senders keep busy. */
async function query(port: number): Promise<void> {
  const remote = { address: "127.0.0.1", port, calledAeTitle: "STORESCP", callingAeTitle: "BENCH" };
  const requestor = await Requestor.connect(remote, [
    { abstractSyntax: MODALITY_WORKLIST_FIND, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const [context] = requestor.accepted(MODALITY_WORKLIST_FIND);
  const command = new Dataset()
    .setText(Tag.AffectedSOPClassUID, "UI", MODALITY_WORKLIST_FIND)
    .setUnsignedShort(Tag.Priority, 0);
  const identifier = new Dataset().setText(Tag.PatientName, "PN", "").setText(Tag.PatientID, "LO", "");
  const data = new Uint8Array(writeDataset(identifier, EXPLICIT_LITTLE_ENDIAN));
  const { command: answer } = await requestor.request(context!.id, CommandField.C_FIND, command, data);
  if (answer.number("Status") !== Status.SUCCESS) throw new Error("the query was not answered");
  await requestor.release();
}

async function send(folder: string, load: Load, port: string, most = load.objects): Promise<number> {
  const files = Array.from({ length: most }, (_, index) => `${folder}/${load.name}/${index}.dcm`);
  const started = performance.now();
  await Promise.all(Array.from({ length: load.associations }, async (_, index) => {
    const { code, text } = await run("storescu", ["-aet", `MACHINE${index}`, "+II", "-R", "127.0.0.1", port, ...files]);
    if (code !== 0) throw new Error(`storescu failed: ${text}`);
  }));
  return performance.now() - started;
}

/** Objects of a load, uncompressed clips of VGA frames; their pixels do not matter and are random once. */
function writeLoad(folder: string, { name, objects, bytes }: Load): void {
  Deno.mkdirSync(`${folder}/${name}`);
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  const studyUid = newUid();
  for (let index = 0; index < objects; index++) {
    const identity = {
      sopClassUid: "1.2.840.10008.5.1.4.1.1.3.1",
      sopInstanceUid: newUid(),
      transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid,
    };
    const frames = Math.max(1, Math.floor(bytes / 921_600));
    const rows = frames === 1 ? Math.floor(bytes / 3 / 640) : 480;
    const length = frames * rows * 640 * 3;
    const header = new Dataset()
      .setText(Tag.SOPClassUID, "UI", identity.sopClassUid)
      .setText(Tag.SOPInstanceUID, "UI", identity.sopInstanceUid)
      .setText(Tag.StudyDate, "DA", "20261122")
      .setText(Tag.Modality, "CS", "US")
      .setText(Tag.PatientName, "PN", "Bench^Mark")
      .setText(Tag.PatientID, "LO", "B1")
      .setText(Tag.StudyInstanceUID, "UI", studyUid)
      .setText(Tag.SeriesInstanceUID, "UI", `${studyUid}.1`)
      .setUnsignedShort(Tag.SamplesPerPixel, 3)
      .setText(Tag.PhotometricInterpretation, "CS", "RGB")
      .setUnsignedShort(Tag.PlanarConfiguration, 0)
      .setText(Tag.NumberOfFrames, "IS", String(frames))
      .setUnsignedShort(Tag.Rows, rows)
      .setUnsignedShort(Tag.Columns, 640)
      .setUnsignedShort(Tag.BitsAllocated, 8)
      .setUnsignedShort(Tag.BitsStored, 8)
      .setUnsignedShort(Tag.HighBit, 7)
      .setUnsignedShort(Tag.PixelRepresentation, 0);
    const pixelHeader = new Uint8Array([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0, 0, 0, 0]); // (7FE0,0010) OB
    new DataView(pixelHeader.buffer).setUint32(8, length, true);
    using file = Deno.openSync(`${folder}/${name}/${index}.dcm`, { write: true, createNew: true });
    file.writeSync(writeFileMeta({ ...identity, sourceAeTitle: "" }));
    file.writeSync(writeDataset(header, EXPLICIT_LITTLE_ENDIAN));
    file.writeSync(pixelHeader);
    for (let at = 0; at < length; at += noise.length) {
      file.writeSync(noise.subarray(0, Math.min(noise.length, length - at)));
    }
  }
}

/** Processor time of a process and of its ended children, seconds. */
function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return ticks / 100;
}

function megabytes(pid: number, which: "VmHWM" | "VmRSS"): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)![1]) / 1024;
}
