import { syncFolderAtOnce } from "../objects/durable_file.ts";

/** Below the data folder: what was moved out of the way, never deleted by the box, in folders that bear the time. */
const ASIDE = "aside";

/** Moves the store and its log out of the way. @returns the folder they are in now; undefined where there was nothing */
export function moveStoreAside(data: string): string | undefined {
  const names = [...Deno.readDirSync(data)].map(({ name }) => name);
  return moveAside(data, names.filter((name) => /^sonodesk\.sqlite(-wal|-shm|-journal)?$/.test(name)));
}

/** Moves the received files out of the way. @returns the folder they are in now; undefined where there was nothing */
export function moveArchiveAside(data: string): string | undefined {
  return moveAside(data, [...Deno.readDirSync(data)].map(({ name }) => name).filter((name) => name === "archive"));
}

function moveAside(data: string, names: string[]): string | undefined {
  if (names.length === 0) return undefined;
  Deno.mkdirSync(`${data}/${ASIDE}`, { recursive: true, mode: 0o700 });
  const folder = freeFolder(`${data}/${ASIDE}/${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}`);
  Deno.mkdirSync(folder, { mode: 0o700 });
  // the store before its log: a log alone is nothing, a store without its log looks whole and is not
  for (const name of names.sort()) Deno.renameSync(`${data}/${name}`, `${folder}/${name}`);
  for (const path of [folder, `${data}/${ASIDE}`, data]) syncFolderAtOnce(path);
  return folder;
}

/** What is there is never overwritten: a clock may show the same time twice. */
function freeFolder(path: string): string {
  for (let number = 1;; number++) {
    const free = number === 1 ? path : `${path}-${number}`;
    try {
      Deno.lstatSync(free);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return free;
      throw error;
    }
  }
}
