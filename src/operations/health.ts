import { getLogger } from "@logtape/logtape";
import { say, type Sentence, told } from "../sentences.ts";
import type { Archive } from "../archive/archive.ts";
import type { ClinicLink } from "../clinic/clinic_link.ts";
import { localDate } from "../dicom/date_time.ts";
import { type Beats, hasLeapt, isBehind } from "../store/heartbeat.ts";
import type { Store } from "../store/store.ts";
import { damageInWords } from "../store/store_unusable.ts";
import type { HealthCheck, HealthReport, HealthStatus } from "./health_report.ts";
import { filesToBring } from "../backup/files_to_bring.ts";
import { lastBackup, targetStates } from "../backup/last_backup.ts";
import { proofsOf } from "../backup/proof.ts";
import { backupFolders } from "../backup/settings.ts";
import type { Drive } from "../host/drives.ts";
import { MADE_IN } from "../version.ts";
import { driveVerdict } from "./drive_health.ts";

const log = getLogger(["sonodesk", "health"]);

/** A port on which machines call, and whether the box answers on it. */
interface WatchedPort {
  /** What it is for: "the worklist". */
  purpose: string;
  listening: boolean;
}

/** What of the box can be well or not. */
interface WatchedParts {
  store: Store;
  archive: Archive;
  ports: () => WatchedPort[];
  /** What cannot be written down and why, in words; undefined when all can. */
  unwritable: () => Sentence | undefined;
  /** Whether a time server has set the clock. */
  isTimeConfirmed: () => boolean;
  /** Where the night's backup goes; none when empty. */
  backupFolder: () => string | undefined;
  /** What the last check of the audit's chain found. */
  brokenAudit: () => (Sentence | string)[];
  /** When the box's own certificate authority ends; undefined where it has none. */
  authorityEnds?: () => Date | undefined;
  clinic: ClinicLink;
  /** How long the store's write-ahead log is, bytes. */
  logSize?: () => number;
  /** The computer's disks; undefined where the computer is not the box's own. */
  drives?: () => Drive[];
}

/** How the parts of the box are, since when, and what to do where something is wrong. */
export class Health {
  readonly #parts: WatchedParts;
  readonly #since = new Map<string, { status: string; since: string }>();

  /** Checks nothing before it is asked. */
  constructor(parts: WatchedParts) {
    this.#parts = parts;
  }

  /** Every part as it is now. */
  report(now = new Date()): HealthReport {
    const {
      store,
      archive,
      ports,
      unwritable,
      isTimeConfirmed,
      backupFolder,
      brokenAudit,
      authorityEnds,
      clinic,
      logSize,
      drives,
    } = this.#parts;
    const checks = [
      checkStore(store, logSize?.() ?? 0),
      checkPorts(ports()),
      checkWriting(unwritable()),
      checkDisk(archive),
      attempt("drives", () => checkDrives(drives?.() ?? [], store, now)),
      attempt("files", () => checkFiles(store)),
      attempt("backup", () => checkBackup(store, backupFolders({ backupFolder: backupFolder() }), now)),
      attempt("audit", () => checkAudit(brokenAudit())),
      attempt("clock", () => checkClock(now, store.heartbeat.get(), isTimeConfirmed())),
      checkAuthority(authorityEnds?.(), now),
      ...checkClinic(clinic),
    ].filter((check) => check !== undefined);
    const worst = (["failing", "warning"] as const).find((status) => checks.some((check) => check.status === status));
    return { status: worst ?? "ok", checks: checks.map((check) => ({ ...check, since: this.#sinceOf(check, now) })) };
  }

  #sinceOf({ name, status }: HealthCheck, now: Date): string {
    const before = this.#since.get(name);
    if (before?.status === status) return before.since;
    const since = now.toISOString();
    this.#since.set(name, { status, since });
    return since;
  }
}

/** A check that reads the store cannot say anything while the store does not answer, which has its own check. */
function attempt(name: string, check: () => HealthCheck | undefined): HealthCheck | undefined {
  try {
    return check();
  } catch (error) {
    log.warn("the health of {name} is not known: {error}", { name, error });
    return undefined;
  }
}

/** @param sentence one for a person, without any patient */
function check(name: string, status: HealthStatus, sentence: Sentence | string): HealthCheck {
  return { name, status, ...told(sentence) };
}

function checkPorts(ports: WatchedPort[]): HealthCheck {
  const deaf = ports.filter(({ listening }) => !listening).map(({ purpose }) => purpose);
  if (deaf.length === 0) return check("ports", "ok", say("machines-can-connect"));
  return check("ports", "failing", say("machines-cannot-connect", { services: deaf.join(" and ") }));
}

/** Days that one of several backup disks may be away. */
const LONGEST_AWAY = 30;
/** Days without a good backup after which somebody is asked for one. */
const NAG_AFTER = 7;

function checkBackup(store: Store, folders: readonly string[], now: Date): HealthCheck {
  const last = lastBackup(store.settings);
  const daysSince = (time: string) => Math.floor((now.getTime() - Date.parse(time)) / 86_400_000);
  const warning = (sentence: Sentence) => check("backup", "warning", sentence);
  if (last?.at == null) {
    if (last !== undefined) return warning(say("no-backup-failed", { why: last.coded ?? last.why }));
    const first = store.instances.firstReceivedAt();
    if (first === undefined || daysSince(first) < NAG_AFTER) {
      return check("backup", "ok", say("no-backup-yet"));
    }
    return warning(say("no-backup-plug-in"));
  }
  const days = daysSince(last.at);
  const when = days < 1 ? say("today") : days === 1 ? say("yesterday") : say("days-ago", { days });
  if (days >= NAG_AFTER) {
    const remedy = folders.length > 0 ? say("backup-plugged-in") : say("backup-plug-in");
    const why = last.coded ?? last.why;
    return warning(
      last.failedAt === null ? say("backup-old", { when, remedy }) : say("backup-old-failed", { when, why, remedy }),
    );
  }
  // known at once, where nights are meant to do it
  if (last.failedAt !== null && folders.length > 0) {
    return warning(say("backup-failed-since", { when, why: last.coded ?? last.why }));
  }
  const bad = proofsOf(store.settings).find(({ folder, why }) => why !== "" && folders.includes(folder));
  if (bad !== undefined) return warning(say("backup-not-proven", { why: bad.coded ?? bad.why }));
  for (const { folder, at, failingSince, absent } of targetStates(store.settings, folders)) {
    const away = daysSince(at ?? failingSince ?? now.toISOString());
    if (absent && away >= LONGEST_AWAY) return warning(say("backup-disk-away", { folder, days: away }));
  }
  return check("backup", "ok", say("backup-good", { when, objects: last.objects }));
}

function checkAudit(broken: (Sentence | string)[]): HealthCheck | undefined {
  if (broken.length === 0) return undefined;
  return check("audit", "warning", say("integrity-broken", { why: broken[0]! }));
}

/** Days before its end from which somebody is asked to give devices the new authority of the box. */
const TELL_AUTHORITY = 180;

function checkAuthority(ends: Date | undefined, now: Date): HealthCheck | undefined {
  if (ends === undefined || ends.getTime() - now.getTime() > TELL_AUTHORITY * 86_400_000) return undefined;
  return check("certificates", "warning", say("authority-ends", { on: localDate(ends) }));
}

/** The box cannot know that its clock is right unless a time server has said so; but it can know that it is wrong. */
function checkClock(now: Date, beats: Beats, isConfirmed: boolean): HealthCheck {
  const warning = (sentence: Sentence) => check("clock", "warning", sentence);
  if (now.getFullYear() < MADE_IN) {
    return warning(
      say("clock-wrong", { year: now.getFullYear() }),
    );
  }
  if (isConfirmed) return check("clock", "ok", say("clock-set"));
  if (isBehind(now, beats)) {
    const [shown, before] = [now, new Date(beats.newest)].map(inWords);
    return warning(
      say("clock-behind", { shown: shown!, before: before! }),
    );
  }
  if (hasLeapt(now, beats)) {
    return warning(
      say("clock-jumped", { today: localDate(now) }),
    );
  }
  return check("clock", "ok", say("clock-not-set"));
}

function inWords(time: Date): string {
  return `${localDate(time)} ${time.toTimeString().slice(0, 5)}`;
}

function checkWriting(trouble: Sentence | undefined): HealthCheck {
  if (trouble === undefined) return check("writing", "ok", say("can-be-kept"));
  return check("writing", "failing", say("cannot-be-kept", { what: trouble }));
}

/** A write-ahead log of this length, bytes, is more than the box makes by itself. */
const LONG_LOG = 128 * 1024 * 1024;

function checkStore(store: Store, logSize: number): HealthCheck {
  const { damage } = store;
  if (damage !== undefined) {
    return check("store", "failing", say("store-damaged", { why: damageInWords(damage) }));
  }
  try {
    store.heartbeat.get(); // which is read each time: settings are kept
    if (logSize > LONG_LOG) {
      const megabytes = Math.round(logSize / 1e6);
      return check("store", "warning", say("store-kept-open", { megabytes }));
    }
    return check("store", "ok", say("store-answers"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return check("store", "failing", say("store-silent", { why }));
  }
}

function checkDisk(archive: Archive): HealthCheck {
  try {
    const { free, floor } = archive.space();
    const gigabytes = (free / 1e9).toFixed(1);
    if (free < floor) {
      return check("disk", "failing", say("disk-full", { gigabytes }));
    }
    return free < floor * 2
      ? check("disk", "warning", say("disk-low", { gigabytes }))
      : check("disk", "ok", say("disk-free", { gigabytes }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return check("disk", "failing", say("archive-unreadable", { why }));
  }
}

function checkDrives(drives: readonly Drive[], store: Store, now: Date): HealthCheck | undefined {
  const verdict = driveVerdict(drives, store.settings, now);
  return verdict && check("drives", verdict.status, verdict.sentence);
}

/** A clinic's database that is away is no failure of the box: it goes on by itself, and what happened waits. */
function checkClinic(clinic: ClinicLink): HealthCheck[] {
  try {
    const { state, sentence, coded, parked } = clinic.status();
    if (state === "off") return [];
    if (clinic.isUnproven && state !== "away" && state !== "needs mending" && parked === 0) {
      return [check("clinic", "warning", say("clinic-does-not-prove"))];
    }
    const isWell = parked === 0 && state !== "away" && state !== "needs mending";
    return [check("clinic", isWell ? "ok" : "warning", coded ?? sentence)];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [check("clinic", "warning", say("clinic-not-known", { why }))];
  }
}

function checkFiles(store: Store): HealthCheck {
  const damaged = store.instanceFiles.damagedCount();
  if (damaged > 0 && filesToBring(store.settings) !== undefined) {
    return check("files", "warning", say("files-coming", { count: damaged }));
  }
  return damaged === 0
    ? check("files", "ok", say("no-damage"))
    : check("files", "warning", say("files-damaged", { count: damaged }));
}
