import { Refused, say, type Sentence } from "../sentences.ts";
import { folderOf, isFolder, removeIfThere } from "../objects/files.ts";
import { syncFile, syncFolder, writeWhole } from "../objects/durable_file.ts";
import { type Target, TargetRefusal } from "./target.ts";
import { fileChunks } from "./chunks.ts";

/** What is wrong with a whole disk, by the system's own name of it. */
const WHY: Record<string, Sentence> = {
  ENOSPC: say("backup-disk-full"),
  EDQUOT: say("backup-disk-full"),
  EROFS: say("backup-disk-read-only"),
};

/** Where a file grows until it is whole. */
const INCOMING = "incoming";

/** A backup in a folder, such as a USB disk's. */
export class FolderTarget implements Target {
  readonly name: string;
  /** A disk is as quick as it is. */
  readonly atOnce = 1;

  constructor(folder: string) {
    this.name = folder;
  }

  async begin(): Promise<Disposable> {
    try {
      if (!isFolder(this.name)) Deno.mkdirSync(this.name);
      Deno.mkdirSync(`${this.name}/${INCOMING}`, { recursive: true });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Refused(
        say("backup-disk", { folder: this.name, why }),
        { cause: error },
      );
    }
    const lock = await Deno.open(`${this.name}/.lock`, { write: true, create: true });
    if (!await lock.tryLock(true)) {
      lock.close();
      throw new Refused(say("backup-of-another-box", { folder: this.name }));
    }
    for (const { name } of Deno.readDirSync(`${this.name}/${INCOMING}`)) {
      Deno.removeSync(`${this.name}/${INCOMING}/${name}`);
    }
    return lock;
  }

  list(below: string): Promise<string[]> {
    return Promise.resolve([...filesBelow(this.name, below)].sort());
  }

  sizes(below: string): Promise<Map<string, number>> {
    const paths = [...filesBelow(this.name, below)].sort();
    return Promise.resolve(new Map(paths.map((path) => [path, Deno.statSync(`${this.name}/${path}`).size])));
  }

  async read(path: string): Promise<ReadableStream<Uint8Array>> {
    return fileChunks(await Deno.open(`${this.name}/${path}`, { read: true }));
  }

  async write(path: string, bytes: ReadableStream<Uint8Array>, isGood = () => true): Promise<boolean> {
    const to = `${this.name}/${path}`;
    try {
      Deno.mkdirSync(folderOf(to), { recursive: true });
      return await writeWhole(to, bytes, {
        mode: 0o666,
        part: `${this.name}/${INCOMING}/part`,
        isGood,
        folderLater: true,
      });
    } catch (error) {
      const why = WHY[(error as { code?: string }).code ?? ""];
      throw why === undefined ? error : new TargetRefusal(this.name, why, { cause: error });
    }
  }

  async settle(paths: readonly string[]): Promise<void> {
    // on FAT a new name gets the length and the place of its file only when that is written down once more
    for (const path of paths) await syncFile(`${this.name}/${path}`);
    const folders = new Set<string>();
    for (const path of paths) {
      // the folder of a new folder has a new name in it, too
      for (let at = path.lastIndexOf("/"); at >= 0; at = path.lastIndexOf("/", at - 1)) folders.add(path.slice(0, at));
    }
    for (const folder of [...folders].sort().reverse()) await syncFolder(`${this.name}/${folder}`);
    await syncFolder(this.name);
  }

  async remove(path: string): Promise<void> {
    await removeIfThere(`${this.name}/${path}`);
    // folders that hold nothing any more go with their last file
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = `${this.name}/${path.slice(0, at)}`;
      try {
        if (!Deno.readDirSync(folder)[Symbol.iterator]().next().done) return;
        Deno.removeSync(folder);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
}

function* filesBelow(folder: string, below: string): Generator<string> {
  try {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(`${folder}/${below}`)) {
      if (isDirectory) yield* filesBelow(folder, `${below}/${name}`);
      else if (isFile) yield `${below}/${name}`;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
