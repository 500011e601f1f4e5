import type { Drive, DriveTrouble } from "../host/drives.ts";
import { say, type Sentence } from "../sentences.ts";
import type { Settings } from "../store/settings.ts";
import type { HealthStatus } from "./health_report.ts";

/** Percent of a disk's life after which somebody is told. */
const WORN = 80;
/** Days that errors are told of after the last new one: what has stood still since is how the disk is. */
const TOLD_FOR = 30;
/** Under this name is kept how many errors each disk had, and since when. Nobody sets it. */
const SEEN = "disk errors seen";

/** How the disks are together. */
export interface DriveVerdict {
  /** The worst of them. Of a backup's disk it is a warning: the box goes on. */
  status: HealthStatus;
  /** Of the disk that is worst. */
  sentence: Sentence;
}

/** The worst that is known of the disks; undefined where there are none. @param settings where errors are kept */
export function driveVerdict(drives: readonly Drive[], settings: Settings, now: Date): DriveVerdict | undefined {
  const grown = new ErrorsSeen(settings, now);
  const verdicts = drives.map((drive) => verdictOf(drive, grown.isGrowing(drive)));
  grown.keep(drives);
  const worst = (["failing", "warning"] as const).flatMap((status) => verdicts.filter((one) => one?.status === status));
  if (worst.length > 0) return worst[0];
  const own = drives.find(({ use }) => use === "box");
  if (own === undefined) return undefined;
  return { status: "ok", sentence: own.tells ? say("drive-sound") : say("drive-tells-nothing") };
}

/** What a disk says itself, the worst first. */
const TROUBLES: readonly [DriveTrouble, HealthStatus, (disk: string) => Sentence][] = [
  ["will-fail", "failing", (disk) => say("drive-will-fail", { disk })],
  ["read-only", "failing", (disk) => say("drive-read-only", { disk })],
  ["reserve-used-up", "failing", (disk) => say("drive-reserve-used-up", { disk })],
  ["spare-low", "warning", (disk) => say("drive-spare-low", { disk })],
  ["reserve-low", "warning", (disk) => say("drive-spare-low", { disk })],
];

function verdictOf(drive: Drive, isGrowing: boolean): DriveVerdict | undefined {
  const { use, name, model, device, troubles, pending = 0, lifeUsed = 0, temperature = 0 } = drive;
  const disk = name || model || device;
  for (const [trouble, status, sentence] of TROUBLES) {
    if (troubles.includes(trouble)) {
      return { status: use === "box" ? status : "warning", sentence: sentence(disk) };
    }
  }
  const warning = (sentence: Sentence): DriveVerdict => ({ status: "warning", sentence });
  if (pending > 0) return warning(say("drive-pending", { disk, count: pending }));
  if (isGrowing) return warning(say("drive-errors", { disk, count: errorsOf(drive) }));
  if (lifeUsed >= WORN) return warning(say("drive-worn", { disk, percent: lifeUsed }));
  if (troubles.includes("hot")) return warning(say("drive-hot", { disk, degrees: temperature }));
  return undefined;
}

function errorsOf({ reallocated = 0, mediaErrors = 0 }: Drive): number {
  return reallocated + mediaErrors;
}

/** How many errors a disk has shown, and when there were more than before. */
class ErrorsSeen {
  readonly #settings: Settings;
  readonly #now: Date;
  readonly #seen: Readonly<Record<string, { count: number; at: string }>>;

  constructor(settings: Settings, now: Date) {
    this.#settings = settings;
    this.#now = now;
    this.#seen = JSON.parse(settings.get(SEEN) ?? "{}");
  }

  isGrowing(drive: Drive): boolean {
    const count = errorsOf(drive);
    const before = this.#seen[keyOf(drive)];
    if (count === 0 || before === undefined || count > before.count) return count > 0;
    return this.#now.getTime() - Date.parse(before.at) < TOLD_FOR * 86_400_000;
  }

  /** Written down only where it is not as it was: the disk is spared. */
  keep(drives: readonly Drive[]): void {
    const seen = { ...this.#seen };
    for (const drive of drives) {
      const [key, count] = [keyOf(drive), errorsOf(drive)];
      if (count > (seen[key]?.count ?? 0)) seen[key] = { count, at: this.#now.toISOString() };
      // another disk of the same name, of which there is no number
      else if (drive.tells && count < (seen[key]?.count ?? 0)) delete seen[key];
    }
    const text = JSON.stringify(seen);
    if (text !== JSON.stringify(this.#seen)) this.#settings.set(SEEN, text);
  }
}

function keyOf({ model, serial, size }: Drive): string {
  return `${model} ${serial} ${size}`;
}
