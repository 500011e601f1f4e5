import type { Archive } from "../archive/archive.ts";
import type { Store } from "../store/store.ts";
import type { HealthReport } from "./health_report.ts";
import type { Metric } from "./metrics.ts";
import type { AssociationTotals } from "../services/association_journal.ts";
import { backupTargets, lastBackup, targetStates } from "../backup/last_backup.ts";
import { lastProof } from "../backup/proof.ts";
import type { Drive } from "../host/drives.ts";
import type { OperationCounts } from "../services/counted_service.ts";
import type { Silences } from "./silence.ts";

/** What is measured of the box beside its web. */
export interface MeasuredParts {
  /** What is known. */
  store: Store;
  /** What was received. */
  archive: Archive;
  /** As it is now. */
  health: () => HealthReport;
  /** Now. */
  openAssociations: () => number;
  /** Since the start. */
  totals: AssociationTotals;
  /** Since the start. */
  operations: OperationCounts;
  /** Objects that wait for their thumbnail or measurements. */
  followed: () => number;
  /** When nobody was answered. */
  silences: () => Silences;
  /** As they were asked last. */
  drives: () => Drive[];
}

const SEVERITY = { ok: 0, warning: 1, failing: 2 };

/** Since 1970. @param time ISO 8601 */
const seconds = (time: string) => Date.parse(time) / 1000;

/** The box's numbers, for Prometheus. */
export function measure(parts: MeasuredParts): Metric[] {
  const { store, totals } = parts;
  const { free, floor, size } = parts.archive.space();
  const gauge = (name: string, help: string, value: number): Metric => ({
    name: `sonodesk_${name}`,
    type: "gauge",
    help,
    samples: [{ value }],
  });
  const counter = (name: string, help: string, samples: Metric["samples"]): Metric => ({
    name: `sonodesk_${name}`,
    type: "counter",
    help,
    samples,
  });
  const backup = lastBackup(store.settings);
  const proof = lastProof(store.settings);
  const targets = targetStates(store.settings, backupTargets(store.settings));
  const { longest, longestOwn, over } = parts.silences();
  return [
    {
      name: "sonodesk_health",
      type: "gauge",
      help: "How each part is: 0 well, 1 a warning, 2 failing.",
      samples: parts.health().checks.map(({ name, status }) => ({ labels: { part: name }, value: SEVERITY[status] })),
    },
    gauge("associations_open", "Associations under way.", parts.openAssociations()),
    counter("associations_total", "Associations that ended.", [
      { labels: { outcome: "released" }, value: totals.released },
      { labels: { outcome: "broken" }, value: totals.broken },
    ]),
    counter(
      "operations_total",
      "DIMSE operations by command and the status they ended with.",
      parts.operations.list().map(({ count, ...labels }) => ({ labels, value: count })),
    ),
    counter("received_bytes_total", "Bytes of data sets that came.", [{ value: totals.bytes }]),
    gauge("longest_silence_seconds", "The longest time since the start in which nobody was answered.", longest / 1000),
    gauge(
      "longest_own_silence_seconds",
      "The longest of these without the time in which other programs had the processors.",
      longestOwn / 1000,
    ),
    counter("silences_total", "Times that nobody was answered for more than 100 ms.", [{ value: over }]),
    gauge("outbox_depth", "Events that the clinic's database has not been told yet.", store.outbox.depth()),
    gauge("follower_depth", "Objects that wait for their thumbnail or measurements.", parts.followed()),
    gauge("damaged_objects", "Objects whose file is not as it came.", store.instanceFiles.damagedCount()),
    gauge("disk_free_bytes", "Room on the archive's disk.", free),
    gauge("disk_floor_bytes", "Room that is kept free.", floor),
    gauge("disk_size_bytes", "Size of the archive's disk.", size),
    ...driveMetrics(parts.drives()),
    ...(backup?.at
      ? [gauge("last_backup_time_seconds", "When the last good backup was made, since 1970.", seconds(backup.at))]
      : []),
    ...(backup
      ? [
        gauge("backup_failed", "1 where the last backup failed.", backup.failedAt === null ? 0 : 1),
        gauge("backup_missing_objects", "Objects that the last good backup lacks.", backup.missing),
      ]
      : []),
    ...(targets.length > 0
      ? [{
        name: "sonodesk_backup_target_time_seconds",
        type: "gauge" as const,
        help: "When the last good backup to each place was made, since 1970; 0 for never.",
        samples: targets.map(({ folder, at }) => ({ labels: { place: folder }, value: at === null ? 0 : seconds(at) })),
      }]
      : []),
    ...(proof
      ? [
        gauge("last_backup_proof_time_seconds", "When the backup was read back last, since 1970.", seconds(proof.at)),
        gauge("backup_not_whole", "1 where it was not whole, or could not be read.", proof.why === "" ? 0 : 1),
      ]
      : []),
  ];
}

/** What the disks tell, one metric a value; a disk that does not tell it is not in it. */
function driveMetrics(drives: readonly Drive[]): Metric[] {
  const told: [name: string, help: string, valueOf: (drive: Drive) => number | undefined][] = [
    ["life_used_percent", "How much of a disk's life is used, as it says.", ({ lifeUsed }) => lifeUsed],
    ["temperature_celsius", "How hot a disk is.", ({ temperature }) => temperature],
    ["on_hours", "How long a disk has been on.", ({ hours }) => hours],
    ["reallocated_sectors", "Sectors that a disk has replaced.", ({ reallocated }) => reallocated],
    ["pending_sectors", "Sectors that a disk cannot read.", ({ pending }) => pending],
    ["media_errors", "Times that a disk could not give what was written.", ({ mediaErrors }) => mediaErrors],
  ];
  return told.map(([name, help, valueOf]): Metric => ({
    ...{ name: `sonodesk_drive_${name}`, type: "gauge", help },
    samples: drives.flatMap((drive) => {
      const value = valueOf(drive);
      return value === undefined ? [] : [{ labels: { device: drive.device, use: drive.use }, value }];
    }),
  })).filter(({ samples }) => samples.length > 0);
}
