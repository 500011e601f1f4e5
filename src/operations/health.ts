import { getLogger } from "@logtape/logtape";
import type { Archive } from "../archive/archive.ts";
import type { ClinicLink } from "../clinic/clinic_link.ts";
import { localDate } from "../dicom/date_time.ts";
import { type Beats, hasLeapt, isBehind } from "../store/heartbeat.ts";
import type { Store } from "../store/store.ts";
import type { HealthCheck, HealthReport } from "./health_report.ts";
import { lastBackup } from "../backup/last_backup.ts";
import { MADE_IN } from "../version.ts";

const log = getLogger(["sonodesk", "health"]);

/** A port on which machines call, and whether the box answers on it. */
export interface WatchedPort {
  /** What it is for: "the worklist". */
  purpose: string;
  listening: boolean;
}

/** What of the box can be well or not. */
export interface WatchedParts {
  store: Store;
  archive: Archive;
  ports: () => WatchedPort[];
  /** What cannot be written down and why, in words; undefined when all can. */
  unwritable: () => string | undefined;
  /** Whether a time server has set the clock. */
  isTimeConfirmed: () => boolean;
  /** Where the night's backup goes; none when empty. */
  backupFolder: () => string | undefined;
  /** What the last check of the audit's chain found. */
  brokenAudit: () => string[];
  /** When the box's own certificate authority ends; undefined where it has none. */
  authorityEnds?: () => Date | undefined;
  clinic: ClinicLink;
  /** How long the store's write-ahead log is, bytes. */
  logSize?: () => number;
}

/** How the parts of the box are, since when, and what to do where something is wrong. */
export class Health {
  readonly #parts: WatchedParts;
  readonly #since = new Map<string, { status: string; since: string }>();

  constructor(parts: WatchedParts) {
    this.#parts = parts;
  }

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
    } = this.#parts;
    const checks = [
      checkStore(store, logSize?.() ?? 0),
      checkPorts(ports()),
      checkWriting(unwritable()),
      checkDisk(archive),
      attempt("files", () => checkFiles(store)),
      attempt("backup", () => checkBackup(store, backupFolder(), now)),
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

function checkPorts(ports: WatchedPort[]): HealthCheck {
  const deaf = ports.filter(({ listening }) => !listening).map(({ purpose }) => purpose);
  if (deaf.length === 0) return { name: "ports", status: "ok", detail: "Machines can connect" };
  const detail = `No machine can connect for ${deaf.join(" and ")}: the port is closed. Restart the box.`;
  return { name: "ports", status: "failing", detail };
}

/** Days without a good backup after which somebody is asked for one. */
const NAG_AFTER = 7;

function checkBackup(store: Store, folder: string | undefined, now: Date): HealthCheck {
  const last = lastBackup(store.settings);
  const daysSince = (time: string) => Math.floor((now.getTime() - Date.parse(time)) / 86_400_000);
  const warning = (detail: string): HealthCheck => ({ name: "backup", status: "warning", detail });
  if (last?.at == null) {
    if (last !== undefined) return warning(`The backup failed and there is none yet: ${last.why}.`);
    const first = store.instances.firstReceivedAt();
    if (first === undefined || daysSince(first) < NAG_AFTER) {
      return { name: "backup", status: "ok", detail: "There is no backup yet" };
    }
    return warning("There is no backup yet. Plug in a disk and enter its folder on the settings page.");
  }
  const days = daysSince(last.at);
  const when = days < 1 ? "today" : days === 1 ? "yesterday" : `${days} days ago`;
  if (days >= NAG_AFTER) {
    const why = last.failedAt === null ? "" : `: ${last.why}`;
    const advice = folder ? "Is its disk plugged in?" : "Plug in a disk and enter its folder on the settings page.";
    return warning(`The last good backup was made ${when}${why}. ${advice}`);
  }
  return { name: "backup", status: "ok", detail: `The last good backup was made ${when}: ${last.objects} objects` };
}

function checkAudit(broken: string[]): HealthCheck | undefined {
  if (broken.length === 0) return undefined;
  return {
    name: "audit",
    status: "warning",
    detail: `${broken[0]}. Ask who has worked on the box's files, and keep the last backup.`,
  };
}

/** Days before its end from which somebody is asked to give devices the new authority of the box. */
const TELL_AUTHORITY = 180;

function checkAuthority(ends: Date | undefined, now: Date): HealthCheck | undefined {
  if (ends === undefined || ends.getTime() - now.getTime() > TELL_AUTHORITY * 86_400_000) return undefined;
  return {
    name: "certificates",
    status: "warning",
    detail: `The box's certificate authority ends on ${
      localDate(ends)
    }. Then it makes another, which every computer and phone must be told to trust.`,
  };
}

/** The box cannot know that its clock is right unless a time server has said so; but it can know that it is wrong. */
function checkClock(now: Date, beats: Beats, isConfirmed: boolean): HealthCheck {
  const warning = (detail: string): HealthCheck => ({ name: "clock", status: "warning", detail });
  if (now.getFullYear() < MADE_IN) {
    return warning(
      `The clock shows ${now.getFullYear()}: times are wrong until it is set. Connect the box to a network.`,
    );
  }
  if (isConfirmed) return { name: "clock", status: "ok", detail: "A time server has set the clock" };
  if (isBehind(now, beats)) {
    const [shown, before] = [now, new Date(beats.newest)].map(inWords);
    return warning(
      `The clock shows ${shown}, and the box has worked at ${before} already. Set the clock if it is wrong.`,
    );
  }
  if (hasLeapt(now, beats)) {
    return warning(
      `The clock went days ahead at once. See whether today is ${localDate(now)}, and set the clock if it is not.`,
    );
  }
  const detail = "No time server has set the clock, and nothing says that it is wrong";
  return { name: "clock", status: "ok", detail };
}

function inWords(time: Date): string {
  return `${localDate(time)} ${time.toTimeString().slice(0, 5)}`;
}

function checkWriting(trouble: string | undefined): HealthCheck {
  if (trouble === undefined) return { name: "writing", status: "ok", detail: "Images and worklists can be kept" };
  const detail = `${trouble}. Restart the box; if this stays, its disk is broken.`;
  return { name: "writing", status: "failing", detail };
}

/** A write-ahead log of this length, bytes, is more than the box makes by itself. */
const LONG_LOG = 128 * 1024 * 1024;

function checkStore(store: Store, logSize: number): HealthCheck {
  const { damage } = store;
  if (damage !== undefined) {
    const detail = `The store is damaged: ${damage}. The box's page says what can be done.`;
    return { name: "store", status: "failing", detail };
  }
  try {
    store.settings.get("health");
    if (logSize > LONG_LOG) {
      const megabytes = Math.round(logSize / 1e6);
      const detail = `Another program keeps the store open, whose log grows: ${megabytes} MB. End that program.`;
      return { name: "store", status: "warning", detail };
    }
    return { name: "store", status: "ok", detail: "The store answers" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { name: "store", status: "failing", detail: `The store does not answer: ${why}. Restart the box.` };
  }
}

function checkDisk(archive: Archive): HealthCheck {
  try {
    const { free, floor } = archive.space();
    const gigabytes = (free / 1e9).toFixed(1);
    if (free < floor) {
      return {
        name: "disk",
        status: "failing",
        detail: `Only ${gigabytes} GB are free: new images are refused until there is room. Free some space.`,
      };
    }
    return free < floor * 2
      ? { name: "disk", status: "warning", detail: `Only ${gigabytes} GB are free. Free some space soon.` }
      : { name: "disk", status: "ok", detail: `${gigabytes} GB free` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { name: "disk", status: "failing", detail: `The archive cannot be read: ${why}. Check the disk.` };
  }
}

/** A clinic's database that is away is no failure of the box: it goes on by itself, and what happened waits. */
function checkClinic(clinic: ClinicLink): HealthCheck[] {
  try {
    const { state, sentence, parked } = clinic.status();
    if (state === "off") return [];
    if (clinic.isUnproven && state !== "away" && state !== "needs mending" && parked === 0) {
      const detail =
        "The clinic's database is on another computer and does not prove who it is. Enter its address anew on the settings page, without sslmode.";
      return [{ name: "clinic", status: "warning", detail }];
    }
    const isWell = parked === 0 && state !== "away" && state !== "needs mending";
    return [{ name: "clinic", status: isWell ? "ok" : "warning", detail: sentence }];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ name: "clinic", status: "warning", detail: `What waits for the clinic's database is not known: ${why}` }];
  }
}

function checkFiles(store: Store): HealthCheck {
  const damaged = store.instanceFiles.damagedCount();
  return damaged === 0 ? { name: "files", status: "ok", detail: "No damage is known" } : {
    name: "files",
    status: "warning",
    detail: `${damaged} stored objects have a damaged or missing file. Restore them from the backup.`,
  };
}
