import { type Attention, inWords, type Reason } from "./attention.ts";
import { type Database, type Row } from "./database.ts";
import type { Measurement, Measurements } from "./measurements.ts";
import type { SeriesHeader } from "./received_instance.ts";
import type { StudySummary } from "./study_summary.ts";

/** An object of a study. */
export interface StudyInstance {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
  /** Transfer Syntax UID (0002,0010). */
  transferSyntaxUid: string;
  /** Instance Number (0020,0013). */
  number: number | null;
  /** 0 for what is no image. */
  frames: number;
  /** Bytes. */
  size: number;
  /** ISO 8601. */
  receivedAt: string;
  /** Why a person should look at this object, in English; "" when all is well. */
  attention: string;
  /** Why somebody should look at it. */
  reasons: Reason[];
}

/** A series with its objects. */
export interface Series extends SeriesHeader {
  /** How many it has, of which `instances` may be a part. */
  instanceCount: number;
  /** In their order. */
  instances: StudyInstance[];
}

/** A study as the API and the pages show it. */
export interface Study extends StudySummary {
  /** Further appointments that the same scan was made for. */
  alsoAppointmentIds: string[];
  /** The reasons in English; "" when there is none. */
  attention: string;
  /** Of the study and of its objects, and of those that came under its UID and were kept apart. */
  reasons: Reason[];
  /** In their order. */
  series: Series[];
  /** Where further instances are to be had: what `find` takes as `after`; null where all are here. */
  instancesLeftAfter: string | null;
  /** Of all its objects. */
  measurements: Measurement[];
}

/** A page of a study's instances, series by series. */
export interface InstancePage {
  /** At most so many. */
  most: number;
  /** Those that follow this one. */
  after?: string | undefined;
}

/** Studies as the API and the pages show them. */
export class StudyView {
  readonly #database: Database;
  readonly #measurements: Measurements;
  readonly #attention: Attention;

  constructor(database: Database, measurements: Measurements, attention: Attention) {
    this.#database = database;
    this.#measurements = measurements;
    this.#attention = attention;
  }

  /** @param alsoAppointmentIds further appointments that the same scan was made for */
  of(row: StudySummary, alsoAppointmentIds: string[], page: InstancePage = { most: Infinity }): Study {
    const series = this.#database.all<SeriesHeader & { instanceCount: number }>(
      `SELECT series_instance_uid AS seriesInstanceUid, modality, number, description, body_part AS bodyPart,
         (SELECT count(*) FROM instances WHERE instances.series_instance_uid = series.series_instance_uid) AS instanceCount
       FROM series WHERE study_instance_uid = $uid AND EXISTS (
         SELECT 1 FROM instances WHERE instances.series_instance_uid = series.series_instance_uid)
       ORDER BY coalesce(number, 1000000), received_at`,
      { $uid: row.studyInstanceUid },
    );
    const reasons = this.#attention.ofStudy(row.studyInstanceUid);
    const paged = this.#pageOf(series, page);
    return {
      ...row,
      alsoAppointmentIds,
      attention: inWords(reasons),
      reasons,
      ...paged,
      measurements: this.#measurements.ofStudy(row.studyInstanceUid),
    };
  }

  /** A page of instances, each in its series; of series that are not on it there are none. */
  #pageOf(
    series: readonly Omit<Series, "instances">[],
    { most, after }: InstancePage,
  ): Pick<Study, "series" | "instancesLeftAfter"> {
    let left = most;
    let last: string | undefined;
    const afterSeries = after === undefined ? undefined : this.#database.get<{ uid: string }>(
      `SELECT series_instance_uid AS uid FROM instances WHERE sop_instance_uid = $after`,
      { $after: after },
    )?.uid;
    // one that has gone to another study meanwhile says nothing: it begins anew
    let isPast = !series.some(({ seriesInstanceUid }) => seriesInstanceUid === afterSeries);
    let isLeft = false;
    const paged = series.map((one) => {
      const isHere = one.seriesInstanceUid === afterSeries;
      if (!isPast && !isHere) return { ...one, instances: [] };
      isPast = true;
      const instances = this.#instances(one.seriesInstanceUid, left, isHere ? after : undefined);
      // one more than the page takes says that there is more
      if (instances.length > left) isLeft = true;
      const taken = instances.slice(0, left);
      left -= taken.length;
      last = taken.at(-1)?.sopInstanceUid ?? last;
      return { ...one, instances: taken };
    });
    return { series: paged, instancesLeftAfter: isLeft ? last ?? null : null };
  }

  #instances(
    seriesInstanceUid: string,
    most: number,
    after: string | undefined,
  ): StudyInstance[] {
    const instances = this.#database.all<StudyInstance & Row>(
      `SELECT sop_instance_uid AS sopInstanceUid, sop_class_uid AS sopClassUid,
         transfer_syntax_uid AS transferSyntaxUid, number, frames, size, received_at AS receivedAt
       FROM instances WHERE series_instance_uid = $uid ${after === undefined ? "" : AFTER}
       ORDER BY coalesce(number, 1000000), received_at, sop_instance_uid LIMIT $most`,
      {
        $uid: seriesInstanceUid,
        $most: most === Infinity ? -1 : most + 1,
        ...(after !== undefined && { $after: after }),
      },
    );
    const reasons = this.#attention.ofInstances(instances.map(({ sopInstanceUid }) => sopInstanceUid));
    return instances.map((instance) => {
      const own = reasons.get(instance.sopInstanceUid) ?? [];
      return { ...instance, attention: inWords(own), reasons: own };
    });
  }
}

/** What follows an instance in the order of its series; the first condition finds the place in the index. */
const AFTER = `AND coalesce(number, 1000000) >= (SELECT coalesce(number, 1000000) FROM instances
    WHERE sop_instance_uid = $after)
  AND (coalesce(number, 1000000), received_at, sop_instance_uid) > (SELECT coalesce(number, 1000000), received_at,
    sop_instance_uid FROM instances WHERE sop_instance_uid = $after)`;
