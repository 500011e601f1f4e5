import type { Told } from "../../sentences.ts";
import type { RescueState } from "../../rescue/desk.ts";
import type { Trouble } from "../../rescue/trouble.ts";
import type { BackupSnapshot } from "../../rescue/ways_back.ts";

export type { BackupSnapshot };

/** What both kinds of page know. */
export interface RescueBox {
  /** As people call it. */
  name: string;
  /** Of the pages; "" for the browser's. */
  language: string;
  /** Of the program. */
  version: string;
  /** Why it cannot work. */
  cause: Trouble["cause"];
  /** On the box's own screen only. */
  code?: string;
  /** null while nothing is being done. */
  work: RescueState["work"];
}

/** What is wrong with the box's data, and, for who has given the code, what can be done about it. */
export type Rescue =
  | RescueBox & { signedIn: false }
  | RescueBox & Omit<RescueState, "trouble"> & Told & { signedIn: true; backup: KnownBackup | null };

/** Where the backup goes, as far as that can still be read. */
export interface KnownBackup {
  /** A folder, or `s3://bucket/path`. */
  folder: string;
  /** It need not be typed. */
  knowsPassphrase: boolean;
  /** It need not be typed. */
  knowsAccess: boolean;
}
