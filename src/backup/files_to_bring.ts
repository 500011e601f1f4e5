import type { Settings } from "../store/settings.ts";
import type { S3Access } from "./target.ts";

/** In the store only: nobody sets it. It may hold a secret, as the settings beside it do. */
const NAME = "files to bring";

/** Where the files are that a new box's store knows, until they are here. */
export interface FilesToBring {
  /** A folder, or `s3://bucket/path`. */
  folder: string;
  /** Of an encrypted backup. */
  passphrase?: string | undefined;
  /** To a bucket. */
  s3?: S3Access | undefined;
}

/** The store came from a backup, and its files are to follow. */
export function noteFilesToBring(settings: Settings, from: FilesToBring): void {
  settings.set(NAME, JSON.stringify(from));
}

/** Where files are still to be brought from; undefined where none are. */
export function filesToBring(settings: Settings): FilesToBring | undefined {
  const kept = settings.latest(NAME);
  return kept === undefined ? undefined : JSON.parse(kept);
}

/** They are here, as far as they are there. */
export function filesAreBrought(settings: Settings): void {
  settings.remove(NAME);
}
