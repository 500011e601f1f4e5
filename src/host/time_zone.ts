/**
 * Sees to it that the system's TZ names a time zone, without which the program would run as UTC without a word: an
 * empty one means the system's own.
 *
 * @param localtime the link that says which that is (localtime(5))
 * @throws Error when TZ is set to something else
 */
export function ensureTimeZone(localtime = "/etc/localtime"): void {
  const given = Deno.env.get("TZ");
  if (given === undefined) return;
  if (given === "") {
    const zone = zoneOfSystem(localtime);
    if (zone === undefined) {
      throw new Error(
        "Cannot use TZ=: it is empty and the system has no time zone, set it to one such as Asia/Kolkata",
      );
    }
    Deno.env.set("TZ", zone);
    return;
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone: given.replace(/^:/, "") });
  } catch {
    throw new Error(`Cannot use TZ=${given}: it must be a time zone such as Asia/Kolkata, correct it or leave it out`);
  }
}

function zoneOfSystem(localtime: string): string | undefined {
  try {
    return /zoneinfo\/(.+)$/.exec(Deno.readLinkSync(localtime))?.[1];
  } catch {
    return undefined; // no link: a file of its own, or none
  }
}
