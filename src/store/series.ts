import { derivedUid } from "../dicom/uid.ts";
import { type Database, type Row, timestamp } from "./database.ts";
import type { Outbox } from "./outbox.ts";
import type { SeriesHeader } from "./received_instance.ts";

/** Owner of the table `series`. */
export class SeriesOfStudies {
  readonly #database: Database;
  readonly #outbox: Outbox;

  /** @internal `Store` makes it. */
  constructor(database: Database, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  /**
   * A series in a study, made where it is not there yet. A machine that uses a Series Instance UID again for another
   * study breaks PS3.3 C.7.3.1, and must not have one patient's images among another's: there they are a series with a
   * UID of its own. Part of a transaction.
   *
   * @returns its UID here
   */
  in(studyInstanceUid: string, series: SeriesHeader): string {
    const known = this.#database.get<{ study: string }>(
      `SELECT study_instance_uid AS study FROM series WHERE series_instance_uid = $uid`,
      { $uid: series.seriesInstanceUid },
    );
    if (known?.study === studyInstanceUid) return series.seriesInstanceUid;
    const seriesInstanceUid = known === undefined
      ? series.seriesInstanceUid
      : derivedUid(`series ${series.seriesInstanceUid} of study ${studyInstanceUid}`);
    const added = this.#database.run(
      `INSERT INTO series (series_instance_uid, study_instance_uid, modality, number, description, body_part, received_at)
       VALUES ($uid, $study, $modality, $number, $description, $bodyPart, $now) ON CONFLICT DO NOTHING`,
      {
        $uid: seriesInstanceUid,
        $study: studyInstanceUid,
        $modality: series.modality,
        $number: series.number,
        $description: series.description,
        $bodyPart: series.bodyPart,
        $now: timestamp(),
      },
    );
    if (added > 0) this.#tell({ ...series, seriesInstanceUid }, studyInstanceUid);
    return seriesInstanceUid;
  }

  /** What a series says of itself. */
  header(seriesInstanceUid: string): SeriesHeader {
    return this.#database.get<SeriesHeader & Row>(
      `SELECT series_instance_uid AS seriesInstanceUid, modality, number, description, body_part AS bodyPart
       FROM series WHERE series_instance_uid = $uid`,
      { $uid: seriesInstanceUid },
    )!;
  }

  /** Whether anything is left of a study: all of its objects may have gone to others. */
  hasObjects(studyInstanceUid: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM series JOIN instances USING (series_instance_uid) WHERE study_instance_uid = $uid LIMIT 1`,
      { $uid: studyInstanceUid },
    ) !== undefined;
  }

  /** The clinic hears of all series of a study. Part of a transaction. */
  tellAll(studyInstanceUid: string): void {
    const series = this.#database.all<{ uid: string }>(
      `SELECT series_instance_uid AS uid FROM series WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    );
    for (const { uid } of series) this.#tell(this.header(uid), studyInstanceUid);
  }

  #tell(series: SeriesHeader, studyInstanceUid: string): void {
    this.#outbox.add(`study:${studyInstanceUid}`, "series", { ...series, studyInstanceUid });
  }
}
