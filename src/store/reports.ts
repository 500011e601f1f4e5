import { replacedReports, type ReportLink } from "../dicom/report/succession.ts";
import type { Database, Row } from "./database.ts";

/** What a report says of itself. `contentDate` YYYY-MM-DD, `contentTime` HH:MM:SS, either may be empty. */
export interface ReportHeader {
  /** Code Meaning of its root's concept. */
  title: string;
  /** Completion Flag (0040,A491), as sent. */
  completion: string;
  /** Verification Flag (0040,A493), as sent. */
  verification: string;
  /** Content Date (0008,0023), YYYY-MM-DD; "" for none. */
  contentDate: string;
  /** Content Time (0008,0033), HH:MM:SS; "" for none. */
  contentTime: string;
  /** Manufacturer (0008,0070). */
  manufacturer: string;
  /** Manufacturer's Model Name (0008,1090). */
  model: string;
  /** SOP Instance UIDs of the documents that this one names as its predecessors, whether they are here or not. */
  predecessors: readonly string[];
}

const NOTHING_SAID: ReportHeader = {
  ...{ title: "", completion: "", verification: "", contentDate: "", contentTime: "" },
  ...{ manufacturer: "", model: "", predecessors: [] },
};

/** A report of a study, with its place in the history. */
export interface StoredReport extends ReportHeader {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Why its content could not be read, and all that it says of itself is empty; empty where it could. */
  problem: string;
  /** ISO 8601. */
  receivedAt: string;
  /** The report that takes this one's place; null while it holds. */
  replacedBy: string | null;
}

/** Owner of the tables `reports` and `report_predecessors`. */
export class Reports {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * A report has been read. Which reports of its study hold is decided anew: it may replace some, and may itself be
   * replaced by one that came before it. Part of the transaction that keeps its measurements.
   */
  record(studyInstanceUid: string, sopInstanceUid: string, header: ReportHeader): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM reports WHERE sop_instance_uid = $uid`, { $uid: sopInstanceUid });
      this.#database.run(
        `INSERT INTO reports (sop_instance_uid, study_instance_uid, title, completion, verification, content_date,
           content_time, manufacturer, model)
         VALUES ($uid, $study, $title, $completion, $verification, $contentDate, $contentTime, $manufacturer, $model)`,
        {
          $uid: sopInstanceUid,
          $study: studyInstanceUid,
          $title: header.title,
          $completion: header.completion,
          $verification: header.verification,
          $contentDate: header.contentDate,
          $contentTime: header.contentTime,
          $manufacturer: header.manufacturer,
          $model: header.model,
        },
      );
      for (const predecessor of new Set(header.predecessors)) {
        this.#database.run(
          `INSERT INTO report_predecessors (sop_instance_uid, predecessor_uid) VALUES ($uid, $predecessor)`,
          { $uid: sopInstanceUid, $predecessor: predecessor },
        );
      }
      this.#decide(studyInstanceUid);
    });
  }

  /** A report cannot be read: it stands among its study's without content, for a person to save its file. */
  recordUnread(studyInstanceUid: string, sopInstanceUid: string, problem: string): void {
    this.#database.transaction(() => {
      this.record(studyInstanceUid, sopInstanceUid, NOTHING_SAID);
      this.#database.run(`UPDATE reports SET problem = $problem WHERE sop_instance_uid = $uid`, {
        $uid: sopInstanceUid,
        $problem: problem,
      });
    });
  }

  /**
   * A report of the study was superseded, and is none of its reports until its newer version has been read: those whose
   * place it took may hold again. Part of the transaction that superseded it.
   */
  superseded(studyInstanceUid: string): void {
    this.#decide(studyInstanceUid);
  }

  /** A report is of another study now: which reports hold is decided anew in both. Part of a transaction. */
  move(sopInstanceUid: string, from: string, to: string): void {
    const moved = this.#database.run(`UPDATE reports SET study_instance_uid = $to WHERE sop_instance_uid = $uid`, {
      $uid: sopInstanceUid,
      $to: to,
    });
    if (moved > 0) { for (const study of [from, to]) this.#decide(study); }
  }

  /** A study's reports, in the order in which they came. */
  ofStudy(studyInstanceUid: string): StoredReport[] {
    return this.#database.all<StoredReport & Row>(
      `SELECT sop_instance_uid AS sopInstanceUid, title, completion, verification, content_date AS contentDate,
         content_time AS contentTime, manufacturer, model, problem, replaced_by AS replacedBy, received_at AS receivedAt
       FROM reports JOIN instances USING (sop_instance_uid)
       WHERE study_instance_uid = $study ORDER BY received_at, sop_instance_uid`,
      { $study: studyInstanceUid },
    ).map((row) => ({ ...row, predecessors: this.#predecessorsOf(row.sopInstanceUid) }));
  }

  #decide(studyInstanceUid: string): void {
    const links: ReportLink[] = this.#database.all<{ uid: string }>(
      `SELECT sop_instance_uid AS uid FROM reports JOIN instances USING (sop_instance_uid)
       WHERE study_instance_uid = $study ORDER BY received_at, sop_instance_uid`,
      { $study: studyInstanceUid },
    ).map(({ uid }) => ({ sopInstanceUid: uid, predecessors: this.#predecessorsOf(uid) }));
    const replaced = replacedReports(links);
    for (const { sopInstanceUid } of links) {
      this.#database.run(`UPDATE reports SET replaced_by = $by WHERE sop_instance_uid = $uid`, {
        $uid: sopInstanceUid,
        $by: replaced.get(sopInstanceUid) ?? null,
      });
    }
  }

  #predecessorsOf(sopInstanceUid: string): string[] {
    return this.#database.all<{ uid: string }>(
      `SELECT predecessor_uid AS uid FROM report_predecessors WHERE sop_instance_uid = $uid ORDER BY predecessor_uid`,
      { $uid: sopInstanceUid },
    ).map(({ uid }) => uid);
  }
}
