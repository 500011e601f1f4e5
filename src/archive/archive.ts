import { say } from "../sentences.ts";
import { createHash } from "node:crypto";
import { existsSync, statfsSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import { localDate } from "../dicom/date_time.ts";
import { writeFileMeta } from "../dicom/file_meta.ts";
import type { Dataset } from "../dicom/dataset.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";
import { isUid } from "../dicom/uid.ts";
import type { Store } from "../store/store.ts";
import { IncomingFile } from "./incoming.ts";
import { Incoming, type Reception } from "./incoming_object.ts";
import { syncFile, syncFolder, syncFolderAtOnce, writeWhole } from "../objects/durable_file.ts";
import { isSameData } from "../objects/file_source.ts";
import { readIdentification } from "./read_identification.ts";
import { describeObject, type ObjectIdentity } from "./received_object.ts";
import { nameRecorded, proveLatest, QUICKLY_PROVEN } from "./power_cut.ts";
import { reconcile, type Reconciliation } from "./reconcile.ts";
import { applyRetention } from "./retention.ts";
import { checkIntegrity, type IntegrityOptions, type IntegrityReport } from "./integrity.ts";

const log = getLogger(["sonodesk", "archive"]);

/** What is said of a file whose object was refused, because the disk did not take all of it. */
const NOT_TAKEN = say("file-not-taken");

/** Of an object whose letters are not as it declares, so many bytes are looked at. */
const NOTICED = 64 * 1024;

/** Folders remembered as durable; of one that is forgotten the name is synced again. */
const MOST_FOLDERS = 1000;

/** The disk has less room than the box keeps free. */
export class DiskFull extends Error {
  /** As the class is called. */
  override name = "DiskFull";
}

/** The object is of another study than the one it was given for. */
export class OtherStudy extends Error {
  /** As the class is called. */
  override name = "OtherStudy";
}

/** What is known of an object that comes as a file. */
export interface GivenFile {
  /** What stood before its data set, preamble and all: kept as it is, instead of the box's own. */
  fileMeta?: Uint8Array;
  /** The study that it must belong to. */
  studyInstanceUid?: string | undefined;
}

/** An object that was kept, for who notices what is odd about it. */
export interface NoticedObject {
  /** AE title, or who gave it. */
  receivedFrom: string;
  /** How it was taken in. */
  reception: Reception;
  /** What was read of it. */
  dataset: Dataset;
  /** The first bytes of its data set, where its letters are not as it declares; none of a deflated one. */
  beginning: Uint8Array;
}

interface ArchiveOptions {
  /** Room to keep free on the disk, bytes; new objects are refused below it. By default 2 GB, or 5 % of a small disk. */
  floor: number | undefined;
  /** Told of what was kept. It must not throw. */
  notice?: (object: NoticedObject) => void;
}

/** Room on the archive's disk, bytes: new images are refused when less than `floor` is free. */
export interface Space {
  /** Free on the disk. */
  free: number;
  /** What stays free: with less nothing is taken. */
  floor: number;
  /** Of the whole disk. */
  size: number;
}

/**
 * The files of the box: `incoming/` for what is on its way, `studies/YYYY/MM/DD/<study>/<instance>.dcm` for what has
 * come. What is in a study folder is never written to again.
 */
export class Archive {
  readonly #folder: string;
  readonly #store: Store;
  readonly #options: ArchiveOptions;
  /** The reception under way for a SOP Instance UID: two of the same take turns. */
  readonly #receiving = new Map<string, Promise<unknown>>();
  /** Folders of studies and when their names are durable. */
  readonly #folders = new Map<string, Promise<void>>();
  /** Files that have their name in a study's folder and not their row yet. */
  readonly #moved = new Set<string>();
  /** What a power cut left in `incoming`. */
  readonly #halfFiles: string[] = [];

  /**
   * Touches nothing before `open`.
   *
   * @param folder the archive's own, made where it is not there
   */
  constructor(folder: string, store: Store, options: ArchiveOptions) {
    this.#folder = folder;
    this.#store = store;
    this.#options = options;
  }

  /**
   * Makes the folders. After a power cut it gives a whole file whose row is there the name that it lost, and looks at the
   * latest files again: of what nobody was told is stored, the disk may have the row and not all of the file.
   *
   * @throws Error when it cannot
   */
  async open(): Promise<void> {
    try {
      Deno.mkdirSync(`${this.#folder}/incoming`, { recursive: true });
      Deno.mkdirSync(`${this.#folder}/studies`, { recursive: true });
      this.#halfFiles.push(...await nameRecorded(this.#folder, this.#store));
      if (!this.#store.wasClosed) await proveLatest(this.#folder, this.#store);
      for (const folder of [this.#folder, `${this.#folder}/..`]) syncFolderAtOnce(folder);
    } catch (error) {
      throw new Error(
        `Cannot use the archive folder ${this.#folder}: ${error instanceof Error ? error.message : error}, ` +
          `make it writable for this user, or set SONODESK_DATA to a folder that is`,
        { cause: error },
      );
    }
  }

  /** Removes the half files that `open` found, which were never acknowledged. */
  sweep(): void {
    const swept = this.#halfFiles.splice(0);
    for (const part of swept) Deno.removeSync(part, { recursive: true });
    if (swept.length > 0) log.info("removed {swept} half files that were never acknowledged", { swept: swept.length });
  }

  /** Holds files and rows against each other, as a start needs it. */
  reconcile(signal: AbortSignal): Promise<Reconciliation> {
    return reconcile(this.#folder, this.#store, {
      isBeingReceived: (path) => this.#moved.has(path),
      alone: (sopInstanceUid, work) => this.#alone(sopInstanceUid, work),
    }, signal);
  }

  /** Reads every file against its hash. */
  checkIntegrity(options?: IntegrityOptions): Promise<IntegrityReport> {
    return checkIntegrity(this.#folder, this.#store, options);
  }

  /** Removes the files that a retention rule of so many days lets go. */
  applyRetention(days: number, now: Date, signal: AbortSignal): Promise<number> {
    return applyRetention(this.#folder, this.#store, {
      ...{ days, now, signal },
      alone: (sopInstanceUid, work) => this.#alone(sopInstanceUid, work),
    });
  }

  /** Writes a small file as an object is written, and removes it. @throws Error of the file system */
  async proveWritable(): Promise<void> {
    const incoming = `${this.#folder}/incoming`;
    const whole = `${this.#folder}/studies/.writable`;
    if (!existsSync(incoming)) Deno.mkdirSync(incoming, { recursive: true });
    await writeWhole(whole, new Uint8Array(1), { part: `${incoming}/${crypto.randomUUID()}.part` });
    Deno.removeSync(whole);
  }

  /** Free room on the disk and how much of it is kept free, bytes. */
  space(): Space {
    const { bavail, blocks, bsize } = statfsSync(this.#folder);
    const smallest = Math.min(2_000_000_000, blocks * bsize * 0.05);
    return { free: bavail * bsize, floor: this.#options.floor ?? smallest, size: blocks * bsize };
  }

  /** The full path of a file by the path the store has. */
  pathOf(stored: string): string {
    return `${this.#folder}/${stored}`;
  }

  /**
   * Begins to take in an object.
   *
   * @param given what is known of it besides, where it comes as a file
   * @throws DiskFull when there is less room than the floor
   * @throws Error of the file system
   */
  async receive(
    identity: ObjectIdentity,
    syntax: TransferSyntax,
    receivedFrom: string,
    given: GivenFile = {},
  ): Promise<Incoming> {
    const { free, floor } = this.space();
    if (free < floor) {
      throw new DiskFull(`the disk has ${megabytes(free)} MB free and keeps ${megabytes(floor)} MB, make room on it`);
    }
    const meta = given.fileMeta ?? writeFileMeta({ ...identity, sourceAeTitle: receivedFrom });
    const { studyInstanceUid } = given;
    const file = await this.#newFile();
    await file.write(meta);
    return new Incoming(
      file,
      meta.length,
      () => this.#file({ identity, syntax, receivedFrom, file, dataOffset: meta.length, studyInstanceUid }),
      () => proveFile(file, meta.length, identity, syntax),
    );
  }

  /** A file for what comes in, also where somebody has removed the folder. */
  async #newFile(): Promise<IncomingFile> {
    const folder = `${this.#folder}/incoming`;
    const create = () => IncomingFile.create(`${folder}/${crypto.randomUUID()}.part`);
    try {
      return create();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      log.warn("the folder {folder} was removed: it is made again", { folder });
      Deno.mkdirSync(folder, { recursive: true });
      await syncFolder(this.#folder);
      return create();
    }
  }

  #file(object: WholeObject): Promise<Reception> {
    return this.#alone(object.identity.sopInstanceUid, () => this.#fileAlone(object));
  }

  /** One after the other for the same SOP Instance UID. */
  async #alone<T>(uid: string, work: () => Promise<T>): Promise<T> {
    const before = this.#receiving.get(uid) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#receiving.set(uid, mine);
    try {
      return await mine;
    } finally {
      if (this.#receiving.get(uid) === mine) this.#receiving.delete(uid);
    }
  }

  async #fileAlone(object: WholeObject): Promise<Reception> {
    const { identity, syntax, receivedFrom, file, dataOffset, studyInstanceUid } = object;
    const source = file.from(dataOffset);
    const dataset = await readIdentification(source, syntax, this.#store.machines.charsetOf(receivedFrom));
    const described = describeObject(dataset, identity);
    const isDeclared = dataset.textReadAs === "declared" || syntax.deflated;
    const beginning = isDeclared ? new Uint8Array(0) : source.readAt(0, NOTICED).slice();
    const notice = (reception: Reception) => {
      this.#options.notice?.({ receivedFrom, reception, dataset, beginning });
      return reception;
    };
    if (studyInstanceUid !== undefined && described.study.studyInstanceUid !== studyInstanceUid) {
      throw new OtherStudy(`it belongs to the study ${described.study.studyInstanceUid}`);
    }
    const versions = this.#store.instanceFiles.versions(identity.sopInstanceUid);
    for (const version of versions) {
      if (await isSameData(file.from(dataOffset), this.#folder, version)) {
        await file.discard();
        // whoever received it before may have been ended before the disk had all of it
        const path = this.pathOf(version.path);
        await Promise.all([
          syncFile(path),
          syncFolder(path.slice(0, path.lastIndexOf("/"))),
          this.#store.durable(),
        ]);
        return notice("already here");
      }
    }
    // of a large one the disk has it before its row is written: at a start only small ones are looked at again
    if (file.size > QUICKLY_PROVEN) await file.sync();
    const { path, durable } = await this.#moveIntoStudy(
      file.path,
      described.study.studyInstanceUid,
      identity.sopInstanceUid,
      versions.map(({ path }) => path),
    );
    // the hash of a larger one is worked out while the disk is at its name
    const recorded = file.sha256.then((sha256) =>
      this.#store.instances.record(this.#store.fetalSex.shown({
        ...described,
        file: { path, size: file.size, sha256, dataOffset },
        receivedFrom,
      }))
    );
    // all three at once: each alone is put right at the next start
    const [row, folder, data] = await Promise.allSettled([recorded, durable, file.sync()]);
    file.close();
    this.#moved.delete(path);
    if (row.status === "rejected") {
      // it may be committed all the same, where only the disk failed
      if (!this.#store.instanceFiles.hasFile(path)) Deno.removeSync(this.pathOf(path));
      throw row.reason;
    }
    if (data.status === "rejected") {
      this.#store.instanceFiles.markDamage(path, NOT_TAKEN);
      throw data.reason;
    }
    if (folder.status === "rejected") throw folder.reason;
    return notice(versions.length > 0 ? "newer version" : "stored");
  }

  /**
   * Renames a whole file into its study's folder.
   *
   * @returns its path below the archive folder, and when the new name will outlast a power cut
   */
  async #moveIntoStudy(
    part: string,
    studyInstanceUid: string,
    sopInstanceUid: string,
    earlier: readonly string[],
  ): Promise<{ path: string; durable: Promise<void> }> {
    const day = localDate(new Date()).replaceAll("-", "/");
    const study = `studies/${day}/${pathSegment(studyInstanceUid)}`;
    await this.#makeFolders(study);
    const name = pathSegment(sopInstanceUid);
    let path = `${study}/${name}.dcm`;
    // an earlier version under this UID keeps its name
    const isTaken = () => earlier.includes(path) || existsSync(this.pathOf(path));
    for (let version = 2; isTaken(); version++) path = `${study}/${name}.${version}.dcm`;
    Deno.renameSync(part, this.pathOf(path));
    this.#moved.add(path);
    return { path, durable: syncFolder(this.pathOf(study)) };
  }

  /**
   * Makes a folder and those above it, each of them durable. One that is there may have been made a moment ago by the
   * reception of another object, or by a run that was killed: its name is synced once in each run, and all wait for it.
   */
  #makeFolders(folder: string): Promise<void> {
    const made = this.#folders.get(folder);
    if (made !== undefined && existsSync(this.pathOf(folder))) return made;
    const making = this.#makeFolder(folder);
    if (this.#folders.size >= MOST_FOLDERS) this.#folders.clear();
    this.#folders.set(folder, making);
    making.catch(() => this.#folders.delete(folder)); // told to who waits for it; the next one tries again
    return making;
  }

  async #makeFolder(folder: string): Promise<void> {
    const above = folder.slice(0, folder.lastIndexOf("/"));
    if (above !== "studies") await this.#makeFolders(above);
    Deno.mkdirSync(this.pathOf(folder), { recursive: true });
    await syncFolder(this.pathOf(above));
  }
}

interface WholeObject {
  identity: ObjectIdentity;
  syntax: TransferSyntax;
  receivedFrom: string;
  file: IncomingFile;
  dataOffset: number;
  studyInstanceUid: string | undefined;
}

/** @throws MalformedDataset when it cannot be read, Error when the disk does not take it */
async function proveFile(
  file: IncomingFile,
  dataOffset: number,
  identity: ObjectIdentity,
  syntax: TransferSyntax,
): Promise<void> {
  const source = file.from(dataOffset);
  describeObject(await readIdentification(source, syntax), identity);
  await file.sync();
}

/** A UID as a folder or file name. What is no UID never becomes one: it is hashed. */
function pathSegment(uid: string): string {
  return isUid(uid) ? uid : `x${createHash("sha256").update(uid).digest("hex").slice(0, 40)}`;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
