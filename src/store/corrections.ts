import type { Correction } from "../dicom/correction.ts";
import { dicomDate } from "../dicom/date_time.ts";
import type { Database } from "./database.ts";
import type { Instances } from "./instances.ts";
import type { Studies } from "./studies.ts";

/** What of an object is corrected as it leaves the box: the identity that people, or the box itself, decided on. */
export class Corrections {
  readonly #database: Database;
  readonly #studies: Studies;
  readonly #instances: Instances;

  /** @internal `Store` makes it. */
  constructor(database: Database, studies: Studies, instances: Instances) {
    this.#database = database;
    this.#studies = studies;
    this.#instances = instances;
  }

  /** Undefined where an object leaves as it came: nobody decided that it is anybody else's, and it is kept as its own. */
  of(sopInstanceUid: string): Correction | undefined {
    const instance = this.#instances.find(sopInstanceUid);
    const claim = this.#instances.claimOf(sopInstanceUid);
    if (instance === undefined || claim === undefined) return undefined;
    const study = this.#studies.summary(instance.studyInstanceUid)!;
    const isMoved = claim.studyInstanceUid !== instance.studyInstanceUid ||
      claim.seriesInstanceUid !== instance.seriesInstanceUid || claim.sopInstanceUid !== sopInstanceUid;
    const isDecided = study.decidedPatientId !== null;
    if (!isMoved && !isDecided) return undefined;
    return {
      ...(isDecided && {
        patientId: study.patientId,
        patientName: study.patientName,
        patientBirthDate: dicomDate(study.patientBirthDate),
        patientSex: sexIn(study.patientSex),
      }),
      ...(isDecided && isMoved && { accessionNumber: study.accessionNumber }),
      ...(isMoved && {
        sopInstanceUid,
        studyInstanceUid: instance.studyInstanceUid,
        seriesInstanceUid: instance.seriesInstanceUid,
        uidMap: this.#uidMap(claim.studyInstanceUid, instance.studyInstanceUid),
      }),
      changedBy: study.decidedBy || "Sonodesk",
      changedAt: new Date(study.decidedAt ?? study.receivedAt),
      reason: isDecided ? "CORRECT" : "COERCE",
      source: instance.receivedFrom,
    };
  }

  /** References to a study that has another UID here as a whole; none to one that only some objects left. */
  #uidMap(claimed: string, filed: string): ReadonlyMap<string, string> {
    if (claimed === filed) return new Map();
    const others = this.#database.get(
      `SELECT 1 FROM study_claims WHERE claimed_study_uid = $claimed AND study_instance_uid <> $filed LIMIT 1`,
      { $claimed: claimed, $filed: filed },
    );
    return others === undefined ? new Map([[claimed, filed]]) : new Map();
  }
}

function sexIn(sex: string): "M" | "F" | "O" | "" {
  return sex === "M" || sex === "F" || sex === "O" ? sex : "";
}
