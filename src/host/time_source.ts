import { existsSync } from "node:fs";

/**
 * Whether a time server has set the box's clock since the start, as systemd-timesyncd(8) tells. Where it has not, the
 * clock may be right all the same.
 *
 * @param root where the system's files are, in tests
 */
export function isTimeConfirmed(root = ""): boolean {
  return existsSync(`${root}/run/systemd/timesync/synchronized`);
}
