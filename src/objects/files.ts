/** What is read of a file at once, bytes. */
const CHUNK = 128 * 1024;

/** Whether a file is there. */
export function isFile(path: string): boolean {
  return infoOf(path)?.isFile ?? false;
}

/** Whether a folder is there. */
export function isFolder(path: string): boolean {
  return infoOf(path)?.isDirectory ?? false;
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The folder that a file is in. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at === -1 ? "." : path.slice(0, at) || "/";
}

/** Removes a file that may be gone already. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The bytes of a file from `start` up to, not including, `end`, in pieces. @throws Error of the file system */
export async function* bytesOf(path: string, start: number, end = Infinity): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  await file.seek(start, Deno.SeekMode.Start);
  for (let at = start; at < end;) {
    const chunk = new Uint8Array(Math.min(CHUNK, end - at));
    const read = await file.read(chunk);
    if (read === null) return;
    at += read;
    yield chunk.subarray(0, read);
  }
}
