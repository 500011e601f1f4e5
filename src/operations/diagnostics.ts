import type { SettingsInForce } from "../settings/effective_settings.ts";
import { knownMigrations } from "../store/migrate.ts";
import type { Store } from "../store/store.ts";
import type { HealthReport } from "./health_report.ts";
import type { Space } from "../archive/archive.ts";
import { lastBackup } from "../backup/last_backup.ts";
import type { Drive } from "../host/drives.ts";
import { keptJournal, kernelMessages } from "../host/kernel_messages.ts";
import { recentTrouble } from "../logging.ts";
import type { Silences } from "./silence.ts";
import { VERSION } from "../version.ts";

/** Associations in the file. */
const ASSOCIATIONS = 500;
/** Kernel messages in the file, the latest. */
const KERNEL_LINES = 300;

/** What the diagnostics are of. */
export interface DiagnosedParts {
  /** What is known. */
  store: Store;
  /** What holds, secrets left out. */
  settings: SettingsInForce;
  /** As it is now. */
  health: () => HealthReport;
  /** On the archive's disk. */
  space: () => Space;
  /** When nobody was answered. */
  silences: () => Silences;
  /** As they were asked last. */
  drives: () => Drive[];
  /** When the box started, by the clock that does not jump (`performance.now()`). */
  started: number;
  /** The file in which the kernel's messages are kept for the box. */
  kernelMessages: string | undefined;
}

/**
 * What one would mail to support, as a zip: version, settings without secrets, health, the last warnings and errors, the
 * last associations, machines and what is odd about them, disk and how it is, clock, how long nobody was answered, the store's schema and sizes, the kernel's last messages,
 * what the system has written down of the box, and the recordings of machines that an admin has put there. No patient.
 */
export async function diagnostics(parts: DiagnosedParts): Promise<Uint8Array<ArrayBuffer>> {
  const { strToU8, zipSync } = await import("fflate"); // loaded only where it is needed
  const { store, settings } = parts;
  const files: Record<string, unknown> = {
    "about.json": about(parts.started),
    "health.json": parts.health(),
    "silences.json": parts.silences(),
    "settings.json": settings.list()
      .map(({ name, value, source, secret }) => ({ name, source, value: secret ? `(${secret})` : value })),
    "machines.json": store.machines.all().map((machine) => ({
      aeTitle: machine.aeTitle,
      name: machine.name,
      address: machine.address,
      port: machine.port,
      implementation: machine.implementation,
      admitted: machine.admitted,
      lastHeardAt: machine.lastHeardAt,
      lastQueryAt: machine.lastQueryAt,
      lastImageAt: machine.lastImageAt,
    })),
    "oddities.json": store.machines.all().map(({ id, aeTitle }) => ({
      aeTitle,
      oddities: store.machineOddities.of(id),
    })).filter(({ oddities }) => oddities.length > 0),
    "associations.json": store.associations.latest(ASSOCIATIONS),
    "store.json": { ...store.state(), known: knownMigrations().map(({ name }) => name) },
    "drives.json": parts.drives(),
    "disk.json": { ...parts.space(), lastBackup: lastBackup(store.settings) ?? null },
  };
  const zipped: Record<string, Uint8Array> = {
    "log.jsonl": strToU8(recentTrouble().join("")),
    "kernel.txt": strToU8(kernelMessages(KERNEL_LINES, parts.kernelMessages)),
  };
  const journal = keptJournal(parts.kernelMessages);
  if (journal !== undefined) zipped["journal.txt"] = strToU8(journal);
  for (const { id } of store.machines.all()) {
    const recording = store.machineRecordings.of(id)?.inSupportFile ? store.machineRecordings.content(id) : undefined;
    if (recording !== undefined) zipped[`recording-${id}.json.gz`] = recording;
  }
  for (const [name, content] of Object.entries(files)) zipped[name] = strToU8(`${JSON.stringify(content, null, 2)}\n`);
  return new Uint8Array(zipSync(zipped));
}

function about(started: number) {
  return {
    version: VERSION,
    deno: Deno.version,
    system: `${Deno.build.target}, ${Deno.osRelease()}`,
    time: new Date().toISOString(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    upSeconds: Math.round((performance.now() - started) / 1000),
    systemUpSeconds: Deno.osUptime(),
    load: Deno.loadavg(),
    memory: { box: Deno.memoryUsage(), system: Deno.systemMemoryInfo() },
  };
}
