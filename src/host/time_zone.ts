/** What holds where nothing says otherwise, as POSIX has it for an empty TZ. */
const UTC = "UTC";

/**
 * Sees to it that the system's TZ names a time zone, without which the program, and the pages by what it tells them, would
 * have none: an empty one means the system's own, and UTC where the system has none.
 *
 * @param localtime the link that says which that is (localtime(5))
 * @param timezone the file that says it on Debian
 * @throws Error when TZ is set to something else
 */
export function ensureTimeZone(localtime = "/etc/localtime", timezone = "/etc/timezone"): void {
  const given = Deno.env.get("TZ");
  if (given === undefined || given === "") {
    if (given === "" || !isTimeZone(Intl.DateTimeFormat().resolvedOptions().timeZone)) {
      const zone = [zoneOfLink(localtime), zoneInFile(timezone)].find(isTimeZone);
      if (zone === undefined) {
        console.error("The system has no time zone: it is UTC until one is chosen in the settings, or given as TZ");
      }
      Deno.env.set("TZ", zone ?? UTC);
    }
    return;
  }
  if (!isTimeZone(given.replace(/^:/, ""))) {
    throw new Error(`Cannot use TZ=${given}: it must be a time zone such as Asia/Kolkata, correct it or leave it out`);
  }
}

function isTimeZone(name: string | undefined): name is string {
  if (name === undefined || name === "") return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function zoneOfLink(path: string): string | undefined {
  try {
    return /zoneinfo\/(.+)$/.exec(Deno.readLinkSync(path))?.[1];
  } catch {
    return undefined; // no link: a file of its own, or none
  }
}

function zoneInFile(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return undefined; // only some systems have it
  }
}

/** The clinic's wall clock, for every part of the program. */
export function applyTimeZone(timeZone: string | undefined): void {
  if (timeZone !== undefined && Deno.env.get("TZ") !== timeZone) Deno.env.set("TZ", timeZone);
}
