import { folderOf, removeIfThere } from "./files.ts";

/** How a file is written whole or not at all. */
export interface WriteOptions {
  /** Who may read and write it; its owner alone where not given. */
  mode?: number;
  /** Where it grows, on the same disk; beside the file where not given. */
  part?: string;
  /** Asked once all is written: the file is not kept when it says no. */
  isGood?: () => boolean;
  /** Its name outlasts a power cut only once the caller has synced its folder: of many files at once. */
  folderLater?: boolean;
}

/**
 * Writes a file that is there whole or not at all, whenever the power fails: it grows under another name, the disk has
 * it, then it gets its own, and the disk has that.
 *
 * @returns what `isGood` said
 * @throws Error of the file system, or of `content`; nothing is left then
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
  { mode = 0o600, part = `${path}.part`, isGood = () => true, folderLater = false }: WriteOptions = {},
): Promise<boolean> {
  await removeIfThere(part); // left from an earlier try, with who knows what mode
  try {
    {
      using file = await Deno.open(part, { write: true, createNew: true, mode });
      for await (const piece of piecesOf(content)) {
        for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
      }
      await file.sync();
    }
    const good = isGood();
    if (!good) await Deno.remove(part);
    else await putInPlace(part, path, folderLater);
    return good;
  } catch (error) {
    await removeIfThere(part).catch(() => undefined); // the first error says more
    throw error;
  }
}

/** Gives a file that somebody else has written its name, as `writeWhole` does. */
export async function nameWhole(part: string, path: string): Promise<void> {
  await syncFile(part);
  await putInPlace(part, path, false);
}

async function putInPlace(part: string, path: string, folderLater: boolean): Promise<void> {
  await Deno.rename(part, path);
  if (!folderLater) await syncFolder(folderOf(path));
}

async function* piecesOf(content: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof content === "string") yield new TextEncoder().encode(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}

/** Makes what was written to a file last through a power cut. */
export async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}

/** Makes what was written to a folder's entries (new files, renames) last through a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // one that was just written to is at hand: it is opened sooner than another thread could be asked to
  using folder = Deno.openSync(path, { read: true });
  await folder.sync();
}

/** As `syncFolder`, at a start. */
export function syncFolderAtOnce(path: string): void {
  using folder = Deno.openSync(path, { read: true });
  folder.syncSync();
}
