import { Refused, say } from "./sentences.ts";
import { getLogger } from "@logtape/logtape";

const log = getLogger(["sonodesk", "appliance"]);

/** The lock's file in the data folder. It stays; what counts is who has it locked. */
export const LOCK = ".lock";

/** A disk that fails is made read-only by the system: that is for a person at the box, not for who starts it. */
export class DiskNotWritable extends Refused {}

/**
 * Takes the data folder for one program that writes to it: a box, a restore, or who mends it. The lock is the system's
 * own, so that it ends with the process that has it, however that ends. What only reads, and a backup, need none.
 *
 * @returns what gives it back when disposed of
 * @throws Error when another one has it, or the folder cannot be used
 */
export function takeDataFolder(path: string): Disposable {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(`${path}/${LOCK}`, { write: true, create: true, mode: 0o600 });
  } catch (error) {
    throw new Error(
      `Cannot use the data folder ${path}: ${error instanceof Error ? error.message : error}, ` +
        `make it writable for this user, or set SONODESK_DATA to a folder that is`,
      { cause: error },
    );
  }
  // a binary made with an older base than this version is tested with cannot lock, as it cannot back up
  if (typeof file.tryLockSync !== "function") {
    console.error(`The data folder ${path} is not locked: this binary's Deno is too old, never start two boxes on it`);
    return file;
  }
  if (file.tryLockSync(true)) return file;
  file.close();
  throw new Error(
    `Cannot use the data folder ${path}: another box, or a restore, is at work in it, ` +
      `stop that one first, or set SONODESK_DATA to another folder`,
  );
}

/**
 * Makes the folder where there is none.
 *
 * @throws DiskNotWritable
 * @throws Error when it cannot be used
 */
export function makeDataFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    const probe = `${path}/.writable`;
    Deno.writeTextFileSync(probe, "");
    Deno.removeSync(probe);
    closeToOthers(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (isDiskTrouble(error)) {
      throw new DiskNotWritable(say("disk-takes-nothing", { path, why }), {
        cause: error,
      });
    }
    throw new Error(
      `Cannot use the data folder ${path}: ${why}, make it writable for this user, or set SONODESK_DATA to a folder that is`,
      { cause: error },
    );
  }
}

function isDiskTrouble(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EROFS" || error.code === "EIO");
}

/**
 * Nobody else on this computer reads patients, secrets and keys: what an earlier version left readable is closed. The
 * files below are behind their folder.
 */
function closeToOthers(path: string): void {
  try {
    Deno.chmodSync(path, 0o700);
    for (const { name, isFile, isDirectory } of Deno.readDirSync(path)) {
      if (isFile || isDirectory) Deno.chmodSync(`${path}/${name}`, isFile ? 0o600 : 0o700);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied) && !isNotOurs(error)) throw error;
    // a disk that knows no owners, or a folder of another user that lets this one in
    log.warn("the data folder may be readable for others: {error}", { error });
  }
}

/** EPERM and EROFS, and what file systems without modes say (chmod(2)). */
function isNotOurs(error: unknown): boolean {
  return ["EPERM", "EROFS", "ENOTSUP", "EOPNOTSUPP"].includes(String((error as { code?: unknown }).code));
}
