import { unreadInstances } from "./unread_instances.ts";
import { say } from "../sentences.ts";
import { derivedUid } from "../dicom/uid.ts";
import { differencesOf } from "../dicom/identity.ts";
import type { Appointments } from "./appointments.ts";
import { type Attention, inWords, type Reason } from "./attention.ts";
import type { AuditEvents } from "./audit_events.ts";
import { type Database, timestamp } from "./database.ts";
import type { Instance } from "./instance.ts";
import type { Destinations } from "./destinations.ts";
import { type Claim, isSameClaim, parametersOf } from "./filing.ts";
import type { Measurements } from "./measurements.ts";
import type { Outbox } from "./outbox.ts";
import type { ReceivedInstance } from "./received_instance.ts";
import type { Reports } from "./reports.ts";
import type { Admission, StudyFiling } from "./study_filing.ts";
import type { SeriesOfStudies } from "./series.ts";
import type { Studies } from "./studies.ts";

/** What an object names itself by, and whose it says it is. */
export interface ClaimedIdentity extends Claim {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Series Instance UID (0020,000E). */
  seriesInstanceUid: string;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** Accession Number (0008,0050). */
  accessionNumber: string;
}

/** Owner of the tables `instances` and `superseded_instances`. */
export class Instances {
  readonly #database: Database;
  readonly #studies: Studies;
  readonly #series: SeriesOfStudies;
  readonly #filing: StudyFiling;
  readonly #appointments: Appointments;
  readonly #measurements: Measurements;
  readonly #outbox: Outbox;
  readonly #audit: AuditEvents;
  readonly #destinations: Destinations;
  readonly #reports: Reports;
  readonly #attention: Attention;

  /** @internal `Store` makes it. */
  constructor(
    database: Database,
    studies: Studies,
    series: SeriesOfStudies,
    filing: StudyFiling,
    appointments: Appointments,
    measurements: Measurements,
    outbox: Outbox,
    audit: AuditEvents,
    destinations: Destinations,
    reports: Reports,
    attention: Attention,
  ) {
    this.#database = database;
    this.#studies = studies;
    this.#series = series;
    this.#filing = filing;
    this.#appointments = appointments;
    this.#measurements = measurements;
    this.#outbox = outbox;
    this.#audit = audit;
    this.#destinations = destinations;
    this.#reports = reports;
    this.#attention = attention;
  }

  /** The one that leads under a UID. */
  find(sopInstanceUid: string): Instance | undefined {
    return this.#database.get<Instance>(
      `SELECT sop_instance_uid AS sopInstanceUid, sop_class_uid AS sopClassUid,
         transfer_syntax_uid AS transferSyntaxUid, frames, received_from AS receivedFrom, path, size, sha256, data_offset AS dataOffset,
         series_instance_uid AS seriesInstanceUid, study_instance_uid AS studyInstanceUid, appointment_id AS appointmentId
       FROM instances JOIN series USING (series_instance_uid) JOIN studies USING (study_instance_uid)
       WHERE sop_instance_uid = $uid`,
      { $uid: sopInstanceUid },
    );
  }

  /** When the first object came that is still here, ISO 8601; undefined while there is none. */
  firstReceivedAt(): string | undefined {
    const first = this.#database.get<{ at: string }>(`SELECT received_at AS at FROM instances ORDER BY rowid LIMIT 1`);
    return first?.at;
  }

  /**
   * Objects without pictures whose measurements have not been read yet, oldest first; then the last images without any,
   * of which it is not noted that they were read: they came within an hour before the newest object.
   */
  *unread(): Generator<string, void> {
    yield* unreadInstances(this.#database);
  }

  /** The measurements of an object have been read. Part of the transaction that keeps them. */
  markRead(sopInstanceUid: string): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE instances SET read_at = $now WHERE sop_instance_uid = $uid`, {
        $uid: sopInstanceUid,
        $now: timestamp(),
      });
    });
  }

  /** The object that came last under this UID, whatever it is kept under. */
  latestUnder(sopInstanceUid: string): Instance | undefined {
    const row = this.#database.get<{ uid: string }>(
      `SELECT sop_instance_uid AS uid FROM (
         SELECT sop_instance_uid, received_at FROM instances WHERE sop_instance_uid = $uid
         UNION ALL SELECT sop_instance_uid, received_at FROM instances
           WHERE claimed_sop_uid = $uid AND claimed_sop_uid <> '')
       ORDER BY received_at DESC LIMIT 1`,
      { $uid: sopInstanceUid },
    );
    return row && this.find(row.uid);
  }

  /** What an object names itself by, whatever it is filed under. */
  claimOf(sopInstanceUid: string): ClaimedIdentity | undefined {
    return this.#database.get<ClaimedIdentity & Record<string, never>>(
      `SELECT coalesce(nullif(claimed_sop_uid, ''), sop_instance_uid) AS sopInstanceUid,
         coalesce(nullif(claimed_series_uid, ''), series_instance_uid) AS seriesInstanceUid,
         coalesce(nullif(claimed_study_uid, ''), study_instance_uid) AS studyInstanceUid,
         instances.patient_id AS patientId, instances.patient_name AS patientName,
         instances.patient_birth_date AS patientBirthDate, instances.patient_sex AS patientSex,
         instances.accession_number AS accessionNumber
       FROM instances JOIN series USING (series_instance_uid) WHERE sop_instance_uid = $uid`,
      { $uid: sopInstanceUid },
    );
  }

  /** The objects of a study, in the order in which they came. */
  ofStudy(studyInstanceUid: string): string[] {
    return this.#database.all<{ uid: string }>(
      `SELECT sop_instance_uid AS uid FROM series JOIN instances USING (series_instance_uid)
       WHERE study_instance_uid = $uid ORDER BY instances.received_at, instances.rowid`,
      { $uid: studyInstanceUid },
    ).map(({ uid }) => uid);
  }

  /**
   * Study, series, instance, the match to an appointment and the outbox rows: one transaction. An object that came
   * before under this UID with other bytes is kept as superseded; the newer one leads.
   *
   * @returns once it is durable; objects that come at the same moment share one commit
   */
  record(received: ReceivedInstance): Promise<void> {
    return this.#database.transactionTogether(() => this.#record(received));
  }

  #record(received: ReceivedInstance): void {
    const now = timestamp();
    const known = this.claimOf(received.sopInstanceUid);
    const sopInstanceUid = known === undefined ? received.sopInstanceUid : this.#uidFor(received, known);
    const filing = this.#filing.admit(received.study, received.series, received.requestIds);
    if (filing.displaced) this.#displace(filing.displaced, filing.studyInstanceUid);
    const moved = known && this.#movedHere(sopInstanceUid, received);
    const studyInstanceUid = moved?.studyInstanceUid ?? filing.studyInstanceUid;
    const earlier = known && this.#supersede(sopInstanceUid, received.file.sha256, now);
    this.#database.run(
      `INSERT INTO instances (sop_instance_uid, series_instance_uid, sop_class_uid, transfer_syntax_uid, number,
         frames, path, size, sha256, data_offset, patient_id, patient_name, patient_birth_date, patient_sex,
         accession_number, claimed_sop_uid, claimed_series_uid, claimed_study_uid, text_read_as, moved_by, received_at,
         received_from)
       VALUES ($uid, $series, $sopClass, $transferSyntax, $number, $frames, $path, $size, $sha256, $dataOffset,
         $patientId, $patientName, $patientBirthDate, $patientSex, $accessionNumber, $claimedUid, $claimedSeries,
         $claimedStudy, $textReadAs, $movedBy, $now, $from)`,
      {
        $uid: sopInstanceUid,
        $series: moved?.seriesInstanceUid ?? filing.seriesInstanceUid,
        $sopClass: received.sopClassUid,
        $transferSyntax: received.transferSyntaxUid,
        $number: received.number,
        $frames: received.frames,
        $path: received.file.path,
        $size: received.file.size,
        $sha256: received.file.sha256,
        $dataOffset: received.file.dataOffset,
        $patientId: received.study.patientId,
        $patientName: received.study.patientName,
        $patientBirthDate: received.study.patientBirthDate,
        $patientSex: received.study.patientSex,
        $accessionNumber: received.study.accessionNumber,
        // as a rule its own, which needs no second place in an index
        $claimedUid: sopInstanceUid === received.sopInstanceUid ? "" : received.sopInstanceUid,
        $claimedSeries: received.series.seriesInstanceUid,
        $claimedStudy: received.study.studyInstanceUid,
        $textReadAs: received.textReadAs ?? "",
        $movedBy: moved?.by ?? "",
        $now: now,
        $from: received.receivedFrom,
      },
    );
    this.#noteReasons(sopInstanceUid, received, filing, moved !== undefined);
    if (earlier !== undefined) {
      this.#audit.add(received.receivedFrom, "instance superseded", sopInstanceUid, { by: received.file.path });
      this.#filing.movedAway(sopInstanceUid, earlier.studyInstanceUid, studyInstanceUid);
      if (earlier.studyInstanceUid !== studyInstanceUid) this.#tellLeft(sopInstanceUid, earlier.studyInstanceUid);
    }
    this.#destinations.queue({ ...received, sopInstanceUid });
    // most are new and give nobody a reason to look: none is looked for
    this.#tell(sopInstanceUid, known === undefined && filing.reasons.length === 0 ? [] : undefined);
    const appointments = this.#studies.appointmentsOf(studyInstanceUid);
    for (const id of appointments) {
      this.#appointments.record(id, "image received", say("received-from", { machine: received.receivedFrom }));
    }
    this.#database.announce({
      noun: "instance",
      id: sopInstanceUid,
      studyInstanceUid,
      appointmentId: appointments[0] ?? null,
      arrival: {
        receivedFrom: received.receivedFrom,
        mayMeasure: received.frames === 0 || received.hasAcquisitionContext !== false,
      },
    });
  }

  /**
   * The UID that an object is kept under: its own, but where that is an object of another patient's already. A machine
   * that uses a UID twice must not have one patient's image take the place of another's.
   */
  #uidFor({ sopInstanceUid, study }: ReceivedInstance, there: ClaimedIdentity): string {
    const { patientId, patientName, patientBirthDate, patientSex } = study;
    if (isSameClaim(study, there) || differencesOf(study, there).length === 0) return sopInstanceUid;
    return derivedUid(
      `object ${sopInstanceUid} of ${JSON.stringify([patientId, patientName, patientBirthDate, patientSex])}`,
    );
  }

  /** Where a person has put an object that now comes again. */
  #movedHere(
    sopInstanceUid: string,
    { study }: ReceivedInstance,
  ): { studyInstanceUid: string; seriesInstanceUid: string; by: string } | undefined {
    const found = this.#database.get<
      { studyInstanceUid: string; seriesInstanceUid: string; by: string; claimed: string } & Record<string, never>
    >(
      `SELECT study_instance_uid AS studyInstanceUid, series_instance_uid AS seriesInstanceUid, moved_by AS by,
         claimed_study_uid AS claimed
       FROM instances JOIN series USING (series_instance_uid) WHERE sop_instance_uid = $uid AND moved_by <> ''`,
      { $uid: sopInstanceUid },
    );
    return found?.claimed === study.studyInstanceUid ? found : undefined;
  }

  #noteReasons(uid: string, received: ReceivedInstance, filing: Admission, wasMoved: boolean): void {
    const subject = {
      sopInstanceUid: uid,
      ...(filing.besideStudyUid !== undefined && { besideStudyUid: filing.besideStudyUid }),
    };
    // a person has said whose this object is
    if (!wasMoved) {
      for (const { code, parameters } of filing.reasons) {
        this.#attention.add(subject, code, parameters);
      }
    }
    if (uid !== received.sopInstanceUid) {
      this.#attention.add({ sopInstanceUid: uid }, "uid-used-again", { sopInstanceUid: received.sopInstanceUid });
      this.#attention.add({ sopInstanceUid: received.sopInstanceUid }, "uid-used-by-another", { sopInstanceUid: uid });
      const other = this.find(received.sopInstanceUid);
      if (other) this.#studies.announce(other.studyInstanceUid);
    }
    if (filing.besideStudyUid !== undefined) this.#studies.announce(filing.besideStudyUid);
  }

  /** The objects of a study whose UID is another person's make room: they are kept apart. */
  #displace({ from, to }: { from: string; to: string }, besideStudyUid: string): void {
    const uids = this.ofStudy(from);
    const whose = this.#studies.summary(to)!;
    const person = this.#studies.summary(besideStudyUid)!;
    const [difference] = differencesOf(whose, person);
    this.move(uids, to, "");
    for (const sopInstanceUid of uids) {
      this.#attention.add(
        { sopInstanceUid, besideStudyUid },
        "another-patient",
        difference ? parametersOf(difference) : {},
      );
    }
  }

  /**
   * Files objects under another study; what was derived from them goes along. Part of a transaction.
   *
   * @param by the person who moves them: what comes again of them stays there; "" for nobody
   */
  move(sopInstanceUids: readonly string[], toStudyUid: string, by: string): void {
    const studies = new Set<string>([toStudyUid]);
    for (const uid of sopInstanceUids) {
      const instance = this.find(uid);
      if (instance === undefined || instance.studyInstanceUid === toStudyUid) continue;
      const claim = this.claimOf(uid)!;
      const header = this.#series.header(instance.seriesInstanceUid);
      const series = this.#series.in(toStudyUid, { ...header, seriesInstanceUid: claim.seriesInstanceUid });
      this.#database.run(
        `UPDATE instances SET series_instance_uid = $series, moved_by = $by WHERE sop_instance_uid = $uid`,
        { $uid: uid, $series: series, $by: by },
      );
      this.#measurements.move(uid, toStudyUid);
      this.#reports.move(uid, instance.studyInstanceUid, toStudyUid);
      this.#destinations.sendAgain(uid);
      this.#tellLeft(uid, instance.studyInstanceUid);
      this.#tell(uid);
      studies.add(instance.studyInstanceUid);
      this.#database.announce({
        ...{ noun: "instance", id: uid, studyInstanceUid: toStudyUid },
        appointmentId: this.#studies.appointmentsOf(toStudyUid)[0] ?? null,
      });
    }
    for (const study of studies) this.#studies.announce(study);
  }

  /** The clinic hears again of all that a study has, as it is filed then; some of it at each step. */
  *tellAgain(studyInstanceUid: string): Generator<void, void> {
    this.#database.transaction(() => this.#studies.tellWithSeries(studyInstanceUid));
    for (const uid of this.ofStudy(studyInstanceUid)) yield this.#database.transaction(() => this.#tell(uid));
    this.#database.transaction(() => this.#measurements.tellAgain(studyInstanceUid));
  }

  /** The clinic hears that a study has an object no more, also where its new one waits. Part of a transaction. */
  #tellLeft(sopInstanceUid: string, studyInstanceUid: string): void {
    this.#outbox.add(`study:${studyInstanceUid}`, "object left", { sopInstanceUid, studyInstanceUid });
  }

  /** The clinic hears of an object as it is filed now. Part of a transaction. @param reasons those in force, where known */
  #tell(sopInstanceUid: string, reasons?: readonly Reason[]): void {
    const told = this.asTold(sopInstanceUid, reasons);
    this.#outbox.add(`study:${told.studyInstanceUid}`, "image", told);
  }

  /** An object as the clinic is told of it. @param reasons why a person should look at it, where that is known */
  asTold(
    sopInstanceUid: string,
    reasons: readonly Reason[] = this.#attention.ofInstance(sopInstanceUid),
  ): Record<string, string | number | null> {
    const row = this.#database.get<Record<string, string | number | null>>(
      `SELECT sop_instance_uid AS sopInstanceUid, series_instance_uid AS seriesInstanceUid,
         study_instance_uid AS studyInstanceUid, sop_class_uid AS sopClassUid, instances.number, frames, path
       FROM instances JOIN series USING (series_instance_uid) WHERE sop_instance_uid = $uid`,
      { $uid: sopInstanceUid },
    )!;
    return { ...row, attention: inWords(reasons) };
  }

  /** Why a person should look at an object has changed: the clinic and the pages hear of it. Part of a transaction. */
  attentionChanged(sopInstanceUid: string): void {
    const instance = this.find(sopInstanceUid);
    if (instance === undefined) return;
    this.#tell(sopInstanceUid);
    this.#studies.announce(instance.studyInstanceUid);
    this.#database.announce({ noun: "destination", id: "held" });
  }

  /**
   * Moves the leading object of this UID, if there is one, to the superseded ones; one with the very same file, which
   * was lost and has come again, is simply replaced. Returns what it was.
   */
  #supersede(sopInstanceUid: string, sha256: string, now: string): Instance | undefined {
    const leading = this.find(sopInstanceUid);
    if (leading === undefined) return undefined;
    this.#database.run(
      `INSERT INTO superseded_instances (sop_instance_uid, series_instance_uid, transfer_syntax_uid, path, size, sha256,
         data_offset, received_at, received_from, superseded_at, verified_at, damage, damage_coded, removed_at)
       SELECT sop_instance_uid, series_instance_uid, transfer_syntax_uid, path, size, sha256, data_offset,
         received_at, received_from, $now, verified_at, damage, damage_coded, removed_at FROM instances
       WHERE sop_instance_uid = $uid AND sha256 <> $sha256`,
      { $uid: sopInstanceUid, $now: now, $sha256: sha256 },
    );
    this.#measurements.withdraw(sopInstanceUid);
    this.#database.run(`DELETE FROM instances WHERE sop_instance_uid = $uid`, { $uid: sopInstanceUid });
    if (leading.frames === 0) this.#reports.superseded(leading.studyInstanceUid);
    return leading;
  }
}
