import { say, type Told, told, toldOf } from "../sentences.ts";
import { isFile } from "../objects/files.ts";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isOfLastMoments } from "../archive/power_cut.ts";
import { RESTORING } from "../backup/restore.ts";
import { replacing } from "./replace_box.ts";
import { wasReplaced } from "./replacement.ts";
import { DiskNotWritable } from "../data_folder.ts";
import { Snapshot } from "../store/snapshot.ts";
import type { Store } from "../store/store.ts";
import { damageInWords, StoreUnusable } from "../store/store_unusable.ts";

/** Why a box cannot work with its data folder as it is. */
export type Cause =
  | "store unreadable"
  | "store damaged"
  | "store newer"
  | "migration failed"
  | "store empty"
  | "archive missing"
  | "disk not writable"
  | "restore broken off"
  | "new box"
  | "replacing"
  | "handing over"
  | "replaced";

/** What is wrong with the data folder: `detail` is a sentence for a person, with what SQLite or the system said. */
export interface Trouble extends Told {
  /** Which ways there are depends on it. */
  cause: Cause;
}

/** The box cannot work with its data folder until a person has chosen what is to be done. */
class NeedsRescue extends Error {
  override name = "NeedsRescue";
  readonly trouble: Trouble;

  constructor(trouble: Trouble, options?: ErrorOptions) {
    super(trouble.detail, options);
    this.trouble = trouble;
  }
}

/** In the data folder of a box whose store was found damaged while it ran: the next start looks at all of it. */
export const DAMAGED = ".damaged";

const OF_STORE = { unreadable: "store unreadable", newer: "store newer", migration: "migration failed" } as const;

/** What of an error a person can choose about; undefined for any other error. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof NeedsRescue) return error.trouble;
  if (error instanceof DiskNotWritable) return { cause: "disk not writable", ...toldOf(error) };
  return error instanceof StoreUnusable ? { cause: OF_STORE[error.trouble], ...toldOf(error) } : undefined;
}

/** Takes note that the store was found damaged, for the next start. @returns what is wrong */
export function noteDamage(data: string, said: string): Trouble {
  Deno.writeTextFileSync(`${data}/${DAMAGED}`, said);
  return { cause: "store damaged", ...damagedStore(data, said) };
}

/**
 * Looks at a data folder before its store is opened.
 *
 * @throws NeedsRescue when the box was replaced or is replacing another one, a restore into it was broken off, its store was found damaged and still is, or it has
 * received files and no store that knows them
 */
export function refuseUnusable(data: string): void {
  const replaced = wasReplaced(data);
  if (replaced !== undefined) throw new NeedsRescue({ cause: "replaced", ...told(say("box-was-replaced", replaced)) });
  if (replacing(data) !== undefined) throw new NeedsRescue({ cause: "replacing", ...told(say("box-is-replacing")) });
  if (isFile(`${data}/${RESTORING}`)) {
    throw new NeedsRescue({
      cause: "restore broken off",
      ...told(say("restore-broken-off", { data })),
    });
  }
  if (isFile(`${data}/${DAMAGED}`)) {
    const damage = damageNow(`${data}/sonodesk.sqlite`);
    if (damage !== undefined) throw new NeedsRescue({ cause: "store damaged", ...damagedStore(data, damage) });
    Deno.removeSync(`${data}/${DAMAGED}`);
  }
  if (isEmptyStore(`${data}/sonodesk.sqlite`) && hasObjects(`${data}/archive/studies`)) {
    throw new NeedsRescue({
      cause: "store empty",
      ...told(say("archive-without-store", { data })),
    });
  }
}

/**
 * Looks whether the files are there that the store knows.
 *
 * @throws NeedsRescue when none of them is, such as where a disk is not plugged in, or somebody removed them
 */
export function refuseWithoutArchive(data: string, store: Store): void {
  if (hasObjects(`${data}/archive/studies`)) return;
  const expected = store.instanceFiles.wholeCount();
  if (expected === 0) return;
  // The power failed in a box's first moments: the disk has rows, and not the files that nobody was told were stored.
  if (isOfLastMoments(store) && existsSync(`${data}/archive/studies`)) return;
  throw new NeedsRescue({
    cause: "archive missing",
    ...told(say("store-without-archive", { data, expected })),
  });
}

function damagedStore(data: string, why: string): Told {
  return told(say("store-is-damaged", { path: `${data}/sonodesk.sqlite`, why: damageInWords(why) }));
}

function damageNow(path: string): string | undefined {
  try {
    using store = new Snapshot(path);
    return store.damage();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether there is no store, or a file in which nothing was ever written. */
function isEmptyStore(path: string): boolean {
  if (!isFile(path) || Deno.statSync(path).size === 0) return true;
  try {
    const sqlite = new DatabaseSync(path, { readOnly: true });
    try {
      return sqlite.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
    } finally {
      sqlite.close();
    }
  } catch {
    return false; // it cannot be read, which is said when it is opened
  }
}

/** Whether there is any received file below a folder. */
function hasObjects(folder: string): boolean {
  try {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory ? hasObjects(`${folder}/${name}`) : name.endsWith(".dcm")) return true;
    }
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
