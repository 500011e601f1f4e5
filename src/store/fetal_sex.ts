import { type FetalSexFindings, isCalledObstetric, patientSexMayTell } from "../dicom/fetal_sex.ts";
import { mayTellFetalSex } from "../dicom/fetal_sex_words.ts";
import type { Attention } from "./attention.ts";
import type { ReasonCode, ReasonParameters } from "./attention_reasons.ts";
import type { Database } from "./database.ts";
import type { Instance } from "./instance.ts";
import type { Instances } from "./instances.ts";
import type { ReceivedInstance } from "./received_instance.ts";
import type { Outbox } from "./outbox.ts";
import type { Settings } from "./settings.ts";
import type { Studies } from "./studies.ts";

/** Countries whose law forbids to tell a fetus's sex, ISO 3166-1: India (Act 57 of 1994, s. 5(2)). */
const FORBIDDEN_IN: ReadonlySet<string> = new Set(["IN"]);

/** How the settings table has that it is withheld, which the trigger of the schema asks for too. */
const WITHHELD = "fetal sex is withheld";

/** What an object calls its study and series; "" where it does not. */
export interface Descriptions {
  /** Study Description (0008,1030). */
  study: string;
  /** Series Description (0008,103E). */
  series: string;
  /** Body Part Examined (0018,0015). */
  bodyPart: string;
}

/**
 * What may not be told of a fetus's sex. While the country's law says so, each object is looked through before it leaves
 * the box in any way (the schema sees to it that none is missed), what may tell is held until a doctor has looked, and
 * what states it in codes is held for good. Files stay as they came.
 *
 * Owner of the table `unscreened_instances`, and of what studies and series are called once they are recorded.
 */
export class FetalSex {
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #attention: Attention;
  readonly #studies: Studies;
  readonly #instances: Instances;
  readonly #outbox: Outbox;

  /** @internal `Store` makes it. */
  constructor(
    database: Database,
    settings: Settings,
    attention: Attention,
    studies: Studies,
    instances: Instances,
    outbox: Outbox,
  ) {
    this.#database = database;
    this.#settings = settings;
    this.#attention = attention;
    this.#studies = studies;
    this.#instances = instances;
    this.#outbox = outbox;
  }

  /** Whether it may not be told where the clinic is. */
  get withheld(): boolean {
    return this.#settings.get(WITHHELD) !== undefined;
  }

  /**
   * The clinic is in this country now. Where that forbids it, nothing that is here leaves before it was looked through,
   * and no list shows what may tell; where it no longer does, nothing is held for it any more.
   */
  followCountry(country: string): void {
    const forbidden = FORBIDDEN_IN.has(country);
    if (forbidden === this.withheld) return;
    this.#database.transaction(() => {
      if (!forbidden) {
        this.#settings.remove(WITHHELD);
        this.#database.run(`DELETE FROM unscreened_instances`);
        for (const sopInstanceUid of this.#attention.endScreening("the clinic is in another country")) {
          this.#instances.attentionChanged(sopInstanceUid);
          this.#database.announce({ noun: "screening", id: sopInstanceUid });
        }
        return;
      }
      this.#settings.set(WITHHELD, country);
      this.#database.run(
        `INSERT INTO unscreened_instances (sop_instance_uid) SELECT sop_instance_uid FROM instances WHERE true
         ON CONFLICT DO NOTHING`,
      );
      this.#hideDescriptions();
      // what was read is read again, and told again without what may not be told
      this.#outbox.changeWaiting("measurements", (payload) => ({ ...payload, measurements: [] }));
      for (const type of ["study", "series"]) this.#outbox.changeWaiting(type, withoutDescriptions);
      this.#database.announce({ noun: "screening", id: "" });
    });
  }

  /** Objects to be looked through, the newest first. @param except those that are waited for */
  unscreened(most: number, except: Iterable<string> = []): string[] {
    return this.#database.all<{ uid: string }>(
      `SELECT sop_instance_uid AS uid FROM unscreened_instances JOIN instances USING (sop_instance_uid)
       WHERE sop_instance_uid NOT IN (SELECT value FROM json_each($except)) ORDER BY received_at DESC LIMIT $most`,
      { $most: most, $except: JSON.stringify([...except]) },
    ).map(({ uid }) => uid);
  }

  /** Whether the retention rule has removed an object's file. */
  isRemoved(sopInstanceUid: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM instances WHERE sop_instance_uid = $uid AND removed_at IS NOT NULL`,
      { $uid: sopInstanceUid },
    ) !== undefined;
  }

  /** An object's row without what it calls its study and series, and its patient's sex, where that may not be shown. */
  shown(received: ReceivedInstance): ReceivedInstance {
    if (!this.withheld) return received;
    const { study, series } = received;
    const obstetric = isCalledObstetric([study.description, series.description, series.bodyPart]);
    return {
      ...received,
      study: {
        ...study,
        description: told(study.description),
        patientSex: patientSexMayTell(study.patientName, study.patientSex, obstetric) ? "" : study.patientSex,
      },
      series: { ...series, description: told(series.description), bodyPart: told(series.bodyPart) },
    };
  }

  /**
   * An object has been looked through: what was found is in force, but for what a person has settled already, and what
   * was found before and is no more ends. Part of the transaction that keeps its measurements.
   *
   * @returns whether words hold it, so that nothing it says is shown
   */
  screened({ sopInstanceUid, studyInstanceUid, appointmentId }: Instance, findings: FetalSexFindings): boolean {
    this.#database.run(`DELETE FROM unscreened_instances WHERE sop_instance_uid = $uid`, { $uid: sopInstanceUid });
    const reasons: { code: ReasonCode; parameters: ReasonParameters }[] = [];
    if (findings.coded) reasons.push({ code: "fetal-sex-coded", parameters: {} });
    if (findings.words.length > 0) {
      const field = [...new Set(findings.words.map(({ field }) => field))].join(", ").slice(0, LONGEST_FIELDS);
      reasons.push({ code: "fetal-sex-words", parameters: { field } });
    }
    const { receivedAt } = this.#database.get<{ receivedAt: string }>(
      `SELECT received_at AS receivedAt FROM instances WHERE sop_instance_uid = $uid`,
      { $uid: sopInstanceUid },
    )!;
    if (this.#attention.replaceScreening(sopInstanceUid, reasons, receivedAt)) {
      this.#instances.attentionChanged(sopInstanceUid);
    } else {
      this.#database.announce({ noun: "study", id: studyInstanceUid, appointmentId });
    }
    const held = this.#attention.ofInstance(sopInstanceUid).some(({ code }) => code === "fetal-sex-words");
    if (held) this.#hideDescriptions(studyInstanceUid);
    return held;
  }

  /** What nothing holds any more is called as it calls itself again. Part of the transaction that reads the object again. */
  describeAgain({ sopInstanceUid, studyInstanceUid }: Instance, { study, series, bodyPart }: Descriptions): void {
    const changed = this.#database.run(
      `UPDATE studies SET description = $description
       WHERE study_instance_uid = $study AND description = '' AND $description <> ''`,
      { $study: studyInstanceUid, $description: study },
    ) + this.#database.run(
      `UPDATE series SET description = CASE description WHEN '' THEN $description ELSE description END,
         body_part = CASE body_part WHEN '' THEN $bodyPart ELSE body_part END
       WHERE series_instance_uid = (SELECT series_instance_uid FROM instances WHERE sop_instance_uid = $uid)
         AND ((description = '' AND $description <> '') OR (body_part = '' AND $bodyPart <> ''))`,
      { $uid: sopInstanceUid, $description: series, $bodyPart: bodyPart },
    );
    if (changed > 0) this.#studies.descriptionsChanged(studyInstanceUid);
  }

  /** @param of one study alone */
  #hideDescriptions(of?: string): void {
    const changed = new Set<string>();
    for (const [table, column] of [["studies", "description"], ["series", "description"], ["series", "body_part"]]) {
      const condition = of === undefined ? "true" : "study_instance_uid = $of";
      const values: Record<string, string> = of === undefined ? {} : { $of: of };
      const texts = this.#database.all<{ text: string }>(
        `SELECT DISTINCT ${column} AS text FROM ${table} WHERE ${condition}`,
        values,
      );
      for (const { text } of texts.filter(({ text }) => mayTellFetalSex(text))) {
        const hidden = this.#database.all<{ uid: string }>(
          `UPDATE ${table} SET ${column} = '' WHERE ${column} = $text AND ${condition}
           RETURNING study_instance_uid AS uid`,
          { ...values, $text: text },
        );
        for (const { uid } of hidden) changed.add(uid);
      }
    }
    for (const study of changed) this.#studies.descriptionsChanged(study);
  }
}

/** The names of the fields together, characters. */
const LONGEST_FIELDS = 500;

function told(text: string): string {
  return mayTellFetalSex(text) ? "" : text;
}

/** What the clinic is to hear of a study or a series. */
function withoutDescriptions(payload: Record<string, unknown>): Record<string, unknown> {
  const hidden = ["description", "bodyPart"].filter((key) => typeof payload[key] === "string")
    .map((key) => [key, told(payload[key] as string)]);
  return { ...payload, ...Object.fromEntries(hidden) };
}
