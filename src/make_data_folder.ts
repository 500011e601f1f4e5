import { getLogger } from "@logtape/logtape";
import { NeedsRescue } from "./rescue/trouble.ts";

const log = getLogger(["sonodesk", "appliance"]);

/**
 * Makes the folder where there is none, and closes it to others.
 *
 * @throws NeedsRescue when its disk takes nothing new
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
      throw new NeedsRescue({
        cause: "disk not writable",
        detail: `Cannot use the data folder ${path}: its disk does not take anything new (${why})`,
      }, { cause: error });
    }
    throw new Error(
      `Cannot use the data folder ${path}: ${why}, make it writable for this user, or set SONODESK_DATA to a folder that is`,
      { cause: error },
    );
  }
}

/** A disk that fails is made read-only by the system: that is for a person at the box, not for who starts it. */
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
