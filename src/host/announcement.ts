import { writeWhole } from "../objects/durable_file.ts";

/** What machines and computers in the LAN are told of the box over mDNS. */
export interface Announcement {
  /** The box's own. */
  aeTitle: string;
  /** TCP port of the worklist. */
  worklistPort: number;
  /** TCP port that machines send images to. */
  imagesPort: number;
  /** TCP port of every DICOM service over TLS; undefined while that is off. */
  tlsPort?: number | undefined;
  /** TCP port of the pages. */
  httpPort: number;
  /** Undefined while the box speaks no HTTPS. */
  httpsPort: number | undefined;
}

/**
 * Says it in a file, lines of `name=value`, whole or not at all: who may tell avahi reads it there
 * (`appliance/package/announce`).
 *
 * @param path undefined where nobody announces it, and then nothing is written
 */
export async function writeAnnouncement(path: string | undefined, announcement: Announcement): Promise<void> {
  if (path === undefined) return;
  const said = Object.entries(announcement).filter(([, value]) => value !== undefined);
  await writeWhole(path, said.map(([name, value]) => `${name}=${value}\n`).join(""));
}
