import { existsSync, readdirSync } from "node:fs";

/**
 * Whether the box's clock is known to be right: `confirmed` by a time server since the start; `unconfirmed`, where the
 * box has no clock that runs while it is off, so that it begins with the time at which it was switched off; `unknown`
 * where it has one, or nothing here tells.
 */
export type TimeSource = "confirmed" | "unconfirmed" | "unknown";

/** What systemd-timesyncd(8) and the kernel tell. @param root where the system's files are, in tests */
export function timeSource(root = ""): TimeSource {
  if (existsSync(`${root}/run/systemd/timesync/synchronized`)) return "confirmed";
  if (!existsSync(`${root}/run/systemd/timesync`)) return "unknown";
  const clocks = `${root}/sys/class/rtc`;
  return existsSync(clocks) && readdirSync(clocks).length > 0 ? "unknown" : "unconfirmed";
}
