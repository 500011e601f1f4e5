import { inEnglish, say, type Sentence } from "../sentences.ts";
import { ClinicFailure } from "./failure.ts";
import { installSql } from "./mapping/install_sql.ts";
import { DEFAULT_MAPPING, type Mapping } from "./mapping/mapping.ts";
import { literal, relation } from "./mapping/quoting.ts";
import { BESIDE } from "./mapping/reading.ts";
import type { ClinicSession, Sql } from "./session.ts";

/** Something the clinic's database lacks. `needed` false: everything works without it, only slower. */
export interface Missing {
  /** In English, such as "the table dicom_studies". */
  what: string;
  /** What cannot be done without it, in English. */
  consequence: string;
  /** Both by their codes. */
  coded: { what: Sentence; consequence: Sentence };
  /** False: it is only slower without. */
  needed: boolean;
}

/** SQLAlchemy models of the box's tables, or an Alembic migration that makes them, as `clinic-models` prints them. */
export function clinicModels(asMigration: boolean): string {
  return Deno.readTextFileSync(new URL(asMigration ? "./migration.py" : "./models.py", import.meta.url));
}

interface Requirement {
  what: Sentence;
  consequence: Sentence;
  needed: boolean;
  /** An SQL expression that is true where it is there and this user may use it. */
  test: string;
}

const SCHEDULE = say("without-bookings");
const RESULTS = say("without-results");
const CHANGES = say("without-changes");

/** What a database must have that is read by a mapping. */
function requirementsOf(mapping: Mapping): Requirement[] {
  const { patients, appointments } = mapping;
  const [patientTable, appointmentTable] = [relation(patients.table), relation(appointments.table)];
  const keyOf = { patient_key: [patientTable, patients.key], appointment_key: [appointmentTable, appointments.key] };
  return [
    needs(say("lacks-schema", { name: "sonodesk" }), SCHEDULE, has("schema", "sonodesk", "USAGE")),
    needs(
      say("lacks-function", { name: "sonodesk.bookings" }),
      SCHEDULE,
      `${has("table", "sonodesk.schedule", "SELECT")} OR ${
        has("function", "sonodesk.bookings(date,date,text[])", "EXECUTE")
      }`,
    ),
    // where the clinic has a view of its own, adapted to its tables
    ...[
      "appointment_id",
      "patient_id",
      "first_name",
      "last_name",
      "birth_date",
      "gender",
      "doctor",
      "department",
      "date",
    ]
      .concat("time", "status", "accession_number")
      .map((name) =>
        needs(
          say("lacks-column", { column: name, table: "sonodesk.schedule" }),
          SCHEDULE,
          `to_regclass('sonodesk.schedule') IS NULL OR ${hasColumn("sonodesk.schedule", name)}`,
        )
      ),
    {
      ...needs(
        say("lacks-function-instead", { name: "sonodesk.bookings", view: "sonodesk.schedule" }),
        say("without-type-changes"),
        `to_regprocedure('sonodesk.bookings(date,date,text[])') IS NOT NULL`,
      ),
      needed: false,
    },
    needs(
      say("lacks-table", { name: "sonodesk.box_patients" }),
      SCHEDULE,
      has("table", "sonodesk.box_patients", "SELECT"),
    ),
    needs(
      say("lacks-table", { name: "sonodesk.box_appointments" }),
      SCHEDULE,
      has("table", "sonodesk.box_appointments", "SELECT"),
    ),
    needs(
      say("lacks-function", { name: "sonodesk.logins" }),
      say("without-staff"),
      `${has("table", "sonodesk.staff", "SELECT")} OR ${has("function", "sonodesk.logins()", "EXECUTE")}`,
    ),
    needs(
      say("lacks-table", { name: "sonodesk.applied_events" }),
      RESULTS,
      has("table", "sonodesk.applied_events", "INSERT"),
    ),
    needs(
      say("lacks-table", { name: "sonodesk.appointment_steps" }),
      RESULTS,
      has("table", "sonodesk.appointment_steps", "INSERT"),
    ),
    needs(
      say("lacks-table", { name: "sonodesk.audit_events" }),
      RESULTS,
      has("table", "sonodesk.audit_events", "INSERT"),
    ),
    ...Object.entries({
      dicom_studies: ["study_instance_uid", "patient_id", "study_date", "study_description", "accession_number"]
        .concat("appointment_id", "created_at", "updated_at"),
      dicom_series: ["series_instance_uid", "study_id", "modality", "series_description", "body_part"]
        .concat("created_at", "updated_at"),
      dicom_images: ["sop_instance_uid", "series_id", "file_path", "thumbnail_path", "image_number", "attention"]
        .concat("created_at", "updated_at"),
      measurements: [
        "study_id",
        "measurement_type",
        "value",
        "unit",
        "body_part",
        "notes",
        "sop_instance_uid",
        "position",
      ]
        .concat("code", "laterality", "context", "created_at", "updated_at"),
    }).flatMap(([table, columns]) => [
      needs(say("lacks-table", { name: table }), RESULTS, has("table", table, "INSERT")),
      ...columns.map((name) => column(table, name, RESULTS)),
    ]),
    ...Object.entries(keyOf).map(([name, [table, key]]) =>
      needs(
        say("lacks-function-type", { name: `sonodesk.${name}`, column: `${table}.${key}` }),
        RESULTS,
        `(SELECT prorettype = atttypid FROM pg_proc, pg_attribute WHERE pg_proc.oid = to_regprocedure('sonodesk.${name}(text)')
         AND attrelid = to_regclass(${literal(table!)}) AND attname = ${literal(key!)})`,
      )
    ),
    ...[
      "patient_key(text)",
      "appointment_key(text)",
      "find_patient(text,text,boolean)",
      "clinic_appointment(text,text)",
      "mark_sent(text,text,boolean,text)",
      "add_patient(text,jsonb)",
      "add_appointment(text,jsonb,text)",
    ].map((name) => procedure(`sonodesk.${name}`, RESULTS)),
    ...["change_patient(text,jsonb)", "change_appointment(text,jsonb,text)"].map((name) => ({
      ...procedure(`sonodesk.${name}`, CHANGES),
      needed: false,
    })),
    {
      ...procedure("sonodesk.search_people(jsonb,integer)", say("without-people-search")),
      needed: false,
    },
    needs(
      say("lacks-safe-functions", { schema: "sonodesk" }),
      say("with-unsafe-functions"),
      // as PostgreSQL's documentation of CREATE FUNCTION asks of SECURITY DEFINER
      `NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = to_regnamespace('sonodesk') AND prosecdef
       AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting ~ '^search_path=.*pg_temp"?$'))`,
    ),
    ...sentMarks(appointments),
    ...(mapping === DEFAULT_MAPPING ? ["date", "time"].map(zoneOf) : []),
    {
      ...needs(
        say("lacks-trigger", { name: "sonodesk_schedule", table: appointmentTable }),
        say("without-trigger"),
        `EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(${literal(appointmentTable)})
         AND tgname = 'sonodesk_schedule')`,
      ),
      needed: false,
    },
  ];
}

/**
 * A moment is read in the zone of the clinic's database, which may be another than the clinic's. Where the clinic has
 * adapted what is read, it knows.
 */
function zoneOf(name: string): Requirement {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return needs(
    say("lacks-zone", { column: `appointments.${name}` }),
    say("without-zone"),
    `to_regclass('sonodesk.schedule') IS NOT NULL OR now() AT TIME ZONE ${literal(zone)} = now()::timestamp
       OR NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('appointments') AND attname = '${name}'
         AND atttypid = 'timestamptz'::regtype AND NOT attisdropped)
       OR EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure('sonodesk.bookings(date,date,text[])')
         AND prosrc ~* 'at\\s+time\\s+zone')`,
  );
}

/** Where it stands whether an appointment is on a machine's list, and its number: in the clinic's columns, or beside. */
function sentMarks({ table, mark, accession }: Mapping["appointments"]): Requirement[] {
  const name = relation(table);
  const consequence = say("without-sent-marks");
  const [one, other] = [mark, accession].filter((column) => column !== null);
  const count = [mark, accession].filter((column) => column !== null).length;
  return [
    ...(count === 2
      ? [needs(
        say("lacks-two-columns", { one: `${name}.${one}`, other: `${name}.${other}` }),
        consequence,
        `(SELECT count(*) = 2 FROM pg_attribute WHERE attrelid = to_regclass(${literal(name)})
           AND attname IN (${literal(one!)}, ${literal(other!)}) AND NOT attisdropped)`,
      )]
      : [needs(say("lacks-table", { name: BESIDE }), consequence, `to_regclass('${BESIDE}') IS NOT NULL`)]),
    ...(count === 1 ? [column(name, one!, consequence)] : []),
  ];
}

const CHECK_WITHIN = 15_000;

/**
 * What a database lacks for Sonodesk, as the user of this session sees it; nothing when all is there.
 *
 * @param mapping how its tables are read
 * @throws ClinicFailure when it cannot be asked
 */
export async function missingIn(session: ClinicSession, mapping: Mapping = DEFAULT_MAPPING): Promise<Missing[]> {
  const requirements = requirementsOf(mapping);
  const { answers, unfilled } = await session.transaction("READ ONLY", CHECK_WITHIN, async (sql) => {
    const columns = requirements.map(({ test }, place) => `coalesce(${test}, false) AS c${place}`);
    const [row] = await sql.unsafe<Record<string, boolean>[]>(`SELECT ${columns.join(",\n")}`);
    return { answers: row!, unfilled: await unfilledColumns(sql, mapping) };
  });
  const missing: Omit<Requirement, "test">[] = requirements.filter((_, place) => !answers[`c${place}`]);
  // of a table that is not there, the columns need no mention
  const gone = missing.map(({ what }) => what.parameters.name);
  return missing
    .filter(({ what }) => what.code !== "lacks-column" || !gone.includes(what.parameters.table))
    .concat(unfilled)
    .map(({ what, consequence, needed }) => ({
      ...{ what: inEnglish(what), consequence: inEnglish(consequence), needed },
      coded: { what, consequence },
    }));
}

/**
 * Columns of the clinic's that must have a value, get none by default, since its program gives them one, and are not named
 * by the function that enters a walk-in: it would be refused.
 */
async function unfilledColumns(sql: Sql, { patients, appointments }: Mapping): Promise<Omit<Requirement, "test">[]> {
  const columns = await sql<{ table: string; column: string; filler: string }[]>`
    SELECT relation AS table, attname AS column, proname AS filler
    FROM (VALUES (${relation(patients.table)}, ${patients.key}, to_regprocedure('sonodesk.add_patient(text,jsonb)')),
        (${relation(appointments.table)}, ${appointments.key},
          to_regprocedure('sonodesk.add_appointment(text,jsonb,text)'))) AS fillers (relation, key, function)
      JOIN pg_proc ON pg_proc.oid = function JOIN pg_attribute ON attrelid = to_regclass(relation)
    WHERE attnum > 0 AND attnotnull AND NOT atthasdef AND attidentity = '' AND NOT attisdropped AND attname <> key
      AND strpos(prosrc, attname) = 0
    ORDER BY relation, attnum`;
  return columns.map(({ table, column, filler }) => ({
    what: say("lacks-value", { column: `${table}.${column}`, name: `sonodesk.${filler}` }),
    consequence: say("without-walk-ins"),
    needed: true,
  }));
}

/**
 * What a database lacks, and the failure that this is, or that it cannot be written at all; undefined for none.
 *
 * @throws ClinicFailure when it cannot be asked
 */
export async function checkOf(
  session: ClinicSession,
  mapping?: Mapping,
): Promise<{ missing: Missing[]; failure: ClinicFailure | undefined }> {
  const missing = await missingIn(session, mapping);
  const [row] = await session.transaction("READ ONLY", CHECK_WITHIN, (sql) =>
    sql<{ isReadOnly: boolean }[]>`
      SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS "isReadOnly"`);
  const failure = row!.isReadOnly ? new ClinicFailure("away", say("clinic-read-only")) : lacking(missing);
  return { missing, failure };
}

/** The failure of a database that lacks something needed; undefined where it has all. */
function lacking(missing: readonly Missing[]): ClinicFailure | undefined {
  const [first, ...others] = missing.filter(({ needed }) => needed);
  if (first === undefined) return undefined;
  const what = others.length > 0
    ? say("and-more", { first: first.coded.what, count: others.length })
    : first.coded.what;
  return new ClinicFailure("mending", say("clinic-answers-but-lacks", { what }));
}

/**
 * Makes a clinic's database fit. What is there stays, but the functions that follow from a mapping are made for it. Where
 * somebody else's transaction waited for this one and this one for that, the database has ended this one: it begins again.
 *
 * @param text the SQL, as `installSql` gives it
 * @throws ClinicFailure, the database then is as it was
 */
export async function install(session: ClinicSession, text = installSql()): Promise<void> {
  await session.run(INSTALL_WITHIN, async (sql) => {
    for (let deadlocks = 0;;) {
      try {
        return void await sql.unsafe(text);
      } catch (error) {
        await sql.unsafe("ROLLBACK").catch(() => {}); // the connection may be gone, which is what `error` says
        if ((error as { code?: string }).code !== DEADLOCK || ++deadlocks > MOST_DEADLOCKS) throw error;
      }
    }
  });
}

/** `deadlock_detected` (PostgreSQL documentation, Appendix A). */
const DEADLOCK = "40P01";
/** Others read all the time, and each for a moment. */
const MOST_DEADLOCKS = 3;

/** An index of many patients' words is made, too. */
const INSTALL_WITHIN = 120_000;

function needs(what: Sentence, consequence: Sentence, test: string): Requirement {
  return { what, consequence, needed: true, test };
}

function column(table: string, name: string, consequence: Sentence): Requirement {
  return needs(say("lacks-column", { column: name, table }), consequence, hasColumn(table, name));
}

function procedure(name: string, consequence: Sentence): Requirement {
  return needs(say("lacks-function", { name }), consequence, has("function", name, "EXECUTE"));
}

function has(kind: "schema" | "table" | "function", name: string, privilege: string): string {
  const reference = kind === "schema" ? "to_regnamespace" : kind === "table" ? "to_regclass" : "to_regprocedure";
  return `has_${kind}_privilege(${reference}(${literal(name)})::oid, '${privilege}')`;
}

function hasColumn(table: string, column: string): string {
  return `EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(${literal(table)})
    AND attname = ${literal(column)} AND NOT attisdropped)`;
}
