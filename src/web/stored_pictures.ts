import { say, type Sentence, told } from "../sentences.ts";
import { getLogger } from "@logtape/logtape";
import type { Assumption } from "../dicom/assumption.ts";
import type { Archive } from "../archive/archive.ts";
import { MISSING } from "../archive/integrity.ts";
import { NOT_READ, type PictureFile, type Pictures as Drawing, standIn, THUMBNAIL_SIZE } from "../imaging/pictures.ts";
import { NotReadable } from "../imaging/not_readable.ts";
import { RendererBusy } from "../imaging/renderer.ts";
import type { Store } from "../store/store.ts";
import { type Description, type Pictures, PicturesBusy, ReportNotReadable } from "./pictures.ts";

const log = getLogger(["sonodesk", "web"]);

/** Hears what was corrected of an object, and which machine it came from. */
export type LookedAt = (receivedFrom: string, sopInstanceUid: string, assumed: readonly Assumption[]) => void;

/** Pictures of the objects that the store knows; of a damaged one a picture that says so. */
export class StoredPictures implements Pictures {
  readonly #store: Store;
  readonly #archive: Archive;
  readonly #drawing: Drawing;
  readonly #lookedAt: LookedAt | undefined;

  /**
   * Draws nothing yet.
   *
   * @param lookedAt told what was corrected of an object that somebody looks at
   */
  constructor(store: Store, archive: Archive, drawing: Drawing, lookedAt?: LookedAt) {
    this.#lookedAt = lookedAt;
    this.#store = store;
    this.#archive = archive;
    this.#drawing = drawing;
  }

  /** As `Pictures` has it. */
  thumbnail(uid: string): ReturnType<Pictures["thumbnail"]> {
    return this.#with(uid, (file) => this.#drawing.thumbnail(file), (damage) => standIn(told(damage), THUMBNAIL_SIZE));
  }

  /** As `Pictures` has it. */
  frame(uid: string, n: number, options: Parameters<Pictures["frame"]>[2]): ReturnType<Pictures["frame"]> {
    return this.#with(
      uid,
      (file) => this.#drawing.frame(file, n, options),
      (damage) => standIn(told(damage), options.size),
    );
  }

  /** As `Pictures` has it. */
  describe(uid: string): Promise<Description | undefined> {
    return this.#with(uid, (file) => this.#describe(file), (damage) => {
      const { detail: noPicture, coded } = told(damage);
      return { ...NOT_READ, noPicture, coded };
    });
  }

  /** As `Pictures` has it. */
  video(uid: string): ReturnType<Pictures["video"]> {
    return this.#with(uid, (file) => this.#drawing.video(file));
  }

  /** As `Pictures` has it. */
  report(uid: string): ReturnType<Pictures["report"]> {
    return this.#with(uid, (file) => this.#drawing.report(file, this.#store.fetalSex.withheld));
  }

  /** Where a video lies in its file is nobody's concern outside. */
  async #describe(file: PictureFile): Promise<Description> {
    const { video, ...description } = await this.#drawing.describe(file);
    const { receivedFrom = "" } = this.#store.instances.find(file.sopInstanceUid) ?? {};
    this.#lookedAt?.(receivedFrom, file.sopInstanceUid, description.assumed);
    if (video === undefined) return description;
    const { contentType, extension, playable, size } = video;
    return { ...description, video: { contentType, extension, playable, size } };
  }

  async #with<T>(
    sopInstanceUid: string,
    draw: (file: PictureFile) => Promise<T>,
    instead: (damage: Sentence | string) => T | undefined = () => undefined,
  ): Promise<T | undefined> {
    const { instances, instanceFiles, machines } = this.#store;
    const instance = instances.find(sopInstanceUid);
    if (instance === undefined) return undefined;
    const damage = instanceFiles.damageOf(sopInstanceUid);
    if (damage !== undefined) return instead(damage);
    try {
      const { path, sha256, receivedFrom } = instance;
      const machineCharset = machines.charsetOf(receivedFrom);
      return await draw({ path: this.#archive.pathOf(path), sopInstanceUid, sha256, machineCharset });
    } catch (error) {
      if (error instanceof RendererBusy) throw new PicturesBusy(error.told, { cause: error });
      if (error instanceof NotReadable) throw new ReportNotReadable(error.message, { cause: error });
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      // the rule for old images removes files, and keeps what is known of them
      if (!instanceFiles.markDamage(instance.path, MISSING)) return instead(say("file-removed"));
      log.error("the file of {sopInstanceUid} is missing", { sopInstanceUid });
      return instead(MISSING);
    }
  }
}
