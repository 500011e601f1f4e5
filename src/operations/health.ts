import type { Archive } from "../archive/archive.ts";
import type { ClinicLink } from "../clinic/clinic_link.ts";
import type { Store } from "../store/store.ts";
import type { HealthCheck, HealthReport } from "../web/health.ts";

/** How the parts of the box are, each with a sentence that says what to do where something is wrong. */
export function checkHealth(store: Store, archive: Archive, clinic: ClinicLink): HealthReport {
  const checks = [
    checkStore(store),
    checkDisk(archive),
    checkFiles(store),
    checkClock(new Date()),
    ...checkClinic(clinic),
  ];
  const worst = (["failing", "warning"] as const).find((status) => checks.some((check) => check.status === status));
  return { status: worst ?? "ok", checks };
}

/** The year this version was made: a clock that shows an earlier one has lost its battery. */
const FIRST_YEAR = 2026;

function checkClock(now: Date): HealthCheck {
  if (now.getFullYear() >= FIRST_YEAR) return { name: "clock", status: "ok", detail: "The clock is set" };
  const detail = `The clock shows ${now.getFullYear()}: times are wrong until it is set. Connect the box to a network.`;
  return { name: "clock", status: "warning", detail };
}

function checkStore(store: Store): HealthCheck {
  try {
    store.settings.get("health");
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
    const isWell = parked === 0 && state !== "away" && state !== "needs mending";
    return [{ name: "clinic", status: isWell ? "ok" : "warning", detail: sentence }];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ name: "clinic", status: "warning", detail: `What waits for the clinic's database is not known: ${why}` }];
  }
}

function checkFiles(store: Store): HealthCheck {
  const damaged = store.instances.damagedCount();
  return damaged === 0 ? { name: "files", status: "ok", detail: "No damage is known" } : {
    name: "files",
    status: "warning",
    detail: `${damaged} stored objects have a damaged or missing file. Restore them from the backup.`,
  };
}
