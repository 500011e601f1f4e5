import type { Told } from "../../sentences.ts";
import type { RescueState } from "../../rescue/desk.ts";
import type { Trouble } from "../../rescue/trouble.ts";
import type { BackupSnapshot } from "../../rescue/ways_back.ts";

export type { BackupSnapshot };

interface RescueBox {
  name: string;
  language: string;
  version: string;
  cause: Trouble["cause"];
  /** On the box's own screen only. */
  code?: string;
  work: RescueState["work"];
}

/** What is wrong with the box's data, and, for who has given the code, what can be done about it. */
export type Rescue =
  | RescueBox & { signedIn: false }
  | RescueBox & Omit<RescueState, "trouble"> & Told & { signedIn: true; backup: KnownBackup | null };

/** Where the backup goes, as far as that can still be read. */
export interface KnownBackup {
  folder: string;
  knowsPassphrase: boolean;
  knowsAccess: boolean;
}
