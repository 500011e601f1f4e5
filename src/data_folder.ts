/** The lock's file in the data folder. It stays; what counts is who has it locked. */
export const LOCK = ".lock";

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
