import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { run } from "../support/peers.ts";
import { freePort, PeerServer, startOrthanc } from "../support/servers.ts";
import { median, milliseconds, ratio, table } from "./measure.ts";

const ROUNDS = 3;
const MEBIBYTE = 1024 * 1024;

interface Load {
  name: string;
  objects: number;
  bytes: number;
  associations: number;
}

const LOADS: Load[] = [
  { name: "100 × 0.9 MB", objects: 100, bytes: 921_600, associations: 1 },
  { name: "1,000 × 60 KB", objects: 1000, bytes: 60_000, associations: 1 },
  { name: "one 144 MB clip", objects: 1, bytes: 144 * MEBIBYTE, associations: 1 },
  { name: "one 1 GB clip", objects: 1, bytes: 1024 * MEBIBYTE, associations: 1 },
  { name: "8 at once, 25 × 0.9 MB each", objects: 25, bytes: 921_600, associations: 8 },
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
          await using server = await start();
          await send(folder, LOADS[0]!, server.port, 1); // warm
          const before = cpuSeconds(server.pid);
          (times[name] ??= []).push(await send(folder, load, server.port));
          costs[name] = {
            cpu: (cpuSeconds(server.pid) - before) / (load.objects * load.associations * load.bytes / 1e9),
            peak: peakMegabytes(server.pid),
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
    table("What it took, last run (the peak includes the warm-up)", usage);
    await worklistUnderLoad(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SERVERS = {
  Sonodesk: startSonodesk,
  Orthanc: () => startOrthanc(),
  storescp: () => PeerServer.start("storescp", (port, folder) => ["--fork", "-od", folder, "+xa", port]),
};

function startSonodesk(): Promise<PeerServer> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  return PeerServer.start("env", (port, folder) => [
    `SONODESK_DATA=${folder}/data`,
    "SONODESK_HOST=127.0.0.1",
    "SONODESK_ADMISSION=open",
    "SONODESK_WEB_PORT=0",
    `SONODESK_WORKLIST_PORT=${freePort()}`,
    `SONODESK_STORAGE_PORT=${port}`,
    Deno.execPath(),
    ...["run", "-A", "--no-check", main, "start"],
  ]);
}

/** How long a worklist query takes while eight associations store as fast as they can. */
async function worklistUnderLoad(folder: string): Promise<void> {
  await using server = await startSonodesk();
  const query = async () => {
    const started = performance.now();
    await run("findscu", ["-W", "-k", "PatientName", "-k", "PatientID", "127.0.0.1", server.port]);
    return performance.now() - started;
  };
  await query();
  const quiet = [];
  for (let index = 0; index < 10; index++) quiet.push(await query());
  let storing = true;
  const load = send(folder, LOADS.at(-1)!, server.port).finally(() => storing = false);
  const loaded = [];
  while (storing) loaded.push(await query());
  await load;
  table("A worklist query with findscu", [
    {
      while: "nothing else happens",
      queries: quiet.length,
      median: milliseconds(median(quiet)),
      slowest: milliseconds(Math.max(...quiet)),
    },
    {
      while: "8 associations store",
      queries: loaded.length,
      median: milliseconds(median(loaded)),
      slowest: milliseconds(Math.max(...loaded)),
    },
  ]);
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

function peakMegabytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
}
