// Longer than other files: the parts of one SQL text, which is read as a whole.

import { dayColumn, DEFAULT_MAPPING, type Deleted, type MappedStaff, type Mapping, type TableName } from "./mapping.ts";
import { body, identifier, literal, relation } from "./quoting.ts";
import * as reading from "./reading.ts";
import type { SharedMapping } from "./shared_mapping.ts";
import * as writing from "./writing.ts";

/** What a function's body begins with that follows from a mapping: it is made anew when the SQL is run again. */
const MADE = "-- made by Sonodesk from the mapping on its settings page";

/** What `sonodesk.bookings` was in older versions, by MD5: these are made anew, too. */
const SHIPPED_BEFORE = ["0ae34b36101133b27af5edb4b8d8816a", "8c95c696cbf88b99799114cd687c80b9"];

const HEAD_AS_SHIPPED = `\
-- Three places may be adapted to a clinic's own tables by hand; each is left as it is once it exists:
--     sonodesk.bookings     what the box reads of bookings
--     sonodesk.logins       what it reads of logins
--     sonodesk.add_patient, add_appointment, change_patient, change_appointment     how walk-ins of the box are written
-- The settings page "Tables" makes all of it for other tables. As shipped it fits: patients (id, first_name, last_name,
-- birth_date, gender), appointments (id, patient_id, doctor, department, date, time, status) and users (username,
-- password_hash, role).`;

/**
 * The SQL that makes a clinic's database fit, as `clinic-sql` prints it and the settings page shows it. What is there
 * stays, but what follows from a mapping. For the expected tables it is refused where others were mapped.
 *
 * @param shared the mapping and when it was taken; none for the expected tables
 */
export function installSql(shared?: SharedMapping): string {
  return filledIn(shared, shared === undefined ? REFUSE_MAPPED : keep(shared));
}

/** The same for the expected tables, in a database where others were mapped until now. */
export function installSqlAsExpected(): string {
  return filledIn(undefined, "DELETE FROM sonodesk.mapping;");
}

const REFUSE_MAPPED = `DO $$
BEGIN
  IF EXISTS (SELECT FROM sonodesk.mapping) THEN
    RAISE EXCEPTION 'the tables of this database were mapped on the settings page of a box: run the SQL that it shows';
  END IF;
END $$;`;

function keep({ mapping, at }: SharedMapping): string {
  return `INSERT INTO sonodesk.mapping (mapping, at) VALUES (${literal(JSON.stringify(mapping))}, ${literal(at)})
  ON CONFLICT (one) DO UPDATE SET mapping = excluded.mapping, at = excluded.at;`;
}

function filledIn(shared: SharedMapping | undefined, beforehand: string): string {
  const parts = { ...partsOf(shared?.mapping ?? DEFAULT_MAPPING, shared === undefined), "mapping kept": beforehand };
  const template = Deno.readTextFileSync(new URL("../install.sql", import.meta.url))
    .replaceAll(
      /^-- \{\{as shipped\}\}\n([^]*?)^-- \{\{end\}\}\n/gm,
      (_, shipped: string) => shared === undefined ? shipped : "",
    );
  return template.replaceAll(/\{\{(.*?)\}\}/g, (_, name: string) => {
    const part = partNamed(parts, name);
    if (part === undefined) throw new Error(`Cannot make the clinic's SQL: nothing is called ${name}`);
    return name.startsWith("'") ? literal(part) : part;
  }).replaceAll(/ +$/gm, "").replaceAll(/\n{3,}/g, "\n\n");
}

/** What stands for a name; with quotes, as a text. */
function partNamed(parts: Readonly<Record<string, string>>, name: string): string | undefined {
  return parts[name] ?? parts[name.replaceAll("'", "")];
}

function partsOf(mapping: Mapping, isShipped: boolean): Record<string, string> {
  const { patients, appointments } = mapping;
  const [patientKey, appointmentKey] = [identifier(patients.key), identifier(appointments.key)];
  const whole = patients.name.kind === "whole";
  const [newPatient, newAppointment] = [writing.newPatient(patients), writing.newAppointment(appointments)];
  const [changedPatient, changedAppointment] = [
    writing.changedPatient(patients),
    writing.changedAppointment(appointments),
  ];
  const mark = appointments.mark;
  return {
    "for which tables": isShipped
      ? HEAD_AS_SHIPPED
      : `-- Made for the tables ${inComment(relation(appointments.table))} and ${
        inComment(relation(patients.table))
      }, as they were mapped on the box's settings page.`,
    appointments: relation(appointments.table),
    patients: relation(patients.table),
    "appointment key": appointmentKey,
    "patient key": patientKey,
    // as names that stand in texts
    "'appointment key'": appointments.key,
    "'patient key'": patients.key,
    "'patient id'": patients.patientId,
    made: isShipped ? "" : `${MADE}\n  `,
    "is adapted": isShipped ? `strpos(prosrc, ${literal(MADE)}) = 0` : "false",
    "shipped before": SHIPPED_BEFORE.map(literal).join(", "),
    "marks and indexes": marksAndIndexes(mapping, isShipped),
    "no views": isShipped ? "" : "DROP VIEW IF EXISTS sonodesk.schedule;\nDROP VIEW IF EXISTS sonodesk.staff;\n",
    "has days": hasDays(mapping),
    "bookings of days": body(bookingsBody(mapping, true, isShipped)),
    "bookings of texts": body(bookingsBody(mapping, false, isShipped)),
    "no triggers elsewhere": NO_TRIGGERS_ELSEWHERE,
    "triggers of words": triggersOfWords(mapping),
    logins: isShipped ? "" : logins(mapping.staff),
    "both tables": reading.bothTables(mapping),
    ...personParts(mapping),
    mark: mark === null ? "mwl_sent" : identifier(mark),
    "mark id": mark === null ? "appointment_id" : appointmentKey,
    marked: mark === null ? reading.BESIDE : relation(appointments.table),
    "same patients": samePatients(patients.table),
    "patients by another id": patients.patientId === patients.key ? "" : patientsByAnotherId(mapping),
    "mark it": markIt(mapping),
    "people found": peopleFound(mapping),
    "patient columns": textArray(newPatient.columns),
    "appointment columns": textArray(newAppointment.columns),
    "name compared here": whole
      ? "concat_ws(' ', nullif(found_here.first_name, ''), found_here.last_name)"
      : "found_here.first_name",
    "name compared": whole
      ? "concat_ws(' ', nullif(patient ->> 'firstName', ''), patient ->> 'lastName')"
      : "patient ->> 'firstName'",
    "gives ids": patients.patientId === patients.key ? givesIds(patients.table, patients.key) : "true",
    "fill patient": newPatient.statements,
    "fill appointment": newAppointment.statements,
    "give ids": [
      giveId(patients.table, patients.key),
      ...(patients.patientId === patients.key ? [] : [giveId(patients.table, patients.patientId)]),
    ].join("\n    "),
    "give appointment id": giveId(appointments.table, appointments.key),
    "number beside": appointments.accession === null ? `\n    ${numberBeside("new_id")}` : "",
    "change patient": changedPatient.statements,
    "change appointment": changedAppointment.statements +
      (appointments.accession === null
        ? `\n    IF appointment ? 'accessionNumber' THEN\n      ${
          numberBeside(`fresh.${appointmentKey}::text`)
        }\n    END IF;`
        : ""),
    "set patient": settings(changedPatient.columns),
    "set appointment": settings(changedAppointment.columns),
    "grants beside": mark !== null && appointments.accession !== null
      ? ""
      : `EXECUTE format('GRANT INSERT, UPDATE ON ${reading.BESIDE} TO %s',
    (SELECT relowner::regrole FROM pg_class WHERE oid = ${literal(relation(appointments.table))}::regclass));
  `,
  };
}

/** A name in a comment of one line, which a line break in it would end. */
const inComment = (name: string) => name.replaceAll(/[\r\n]+/g, " ");

/** How a person is read, of the row `p` and, in a trigger, of `OLD`. */
function personParts({ patients }: Mapping): Record<string, string> {
  const of = (alias: string) => ({
    [`${alias} id`]: reading.patientIdOf(patients, alias),
    [`${alias} first`]: reading.firstNameOf(patients, alias),
    [`${alias} last`]: reading.lastNameOf(patients, alias),
    [`${alias} birth`]: reading.birthDateOf(patients, alias),
    [`${alias} gender`]: reading.genderOf(patients, alias),
  });
  return { ...of("p"), ...of("OLD") };
}

const textArray = (values: string[]) => `ARRAY[${values.map(literal).join(", ")}]::text[]`;
const settings = (columns: string[]) =>
  [...new Set(columns)].map((name) => `${identifier(name)} = v.fresh.${identifier(name)}`).join(", ");

function givesIds(table: TableName, column: string): string {
  return `sonodesk.gives_ids(${literal(relation(table))}, ${literal(column)})`;
}

/** An id of the box where the table gives none; one that is a number is the clinic's to give. */
function giveId(table: TableName, column: string): string {
  const fresh = `fresh.${identifier(column)}`;
  return `IF NOT ${
    givesIds(table, column)
  } AND pg_typeof(${fresh}) <> ALL ('{smallint,integer,bigint,numeric}'::regtype[]) THEN
      IF pg_typeof(${fresh}) = 'uuid'::regtype THEN ${fresh} := gen_random_uuid(); ELSE ${fresh} := new_id; END IF;
      columns := array_append(columns, ${literal(column)});
    END IF;`;
}

function marksAndIndexes({ appointments }: Mapping, isShipped: boolean): string {
  const { table, mark, accession, when } = appointments;
  const name = relation(table);
  const lines = [];
  if (mark !== null) {
    lines.push(`ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${identifier(mark)} boolean DEFAULT false;`);
  }
  if (accession !== null) {
    lines.push(`ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${identifier(accession)} varchar(16);`);
  }
  if (mark === null || accession === null) {
    lines.push(`-- What the clinic's table has no column for.
CREATE TABLE IF NOT EXISTS ${reading.BESIDE} (
  appointment_id    text PRIMARY KEY,
  mwl_sent          boolean NOT NULL DEFAULT false,
  accession_number  varchar(16)
);`);
  }
  if (isShipped) {
    lines.push(`CREATE INDEX IF NOT EXISTS ix_appointments_date ON appointments (date);
CREATE INDEX IF NOT EXISTS ix_appointments_mwl_sent ON appointments (mwl_sent);`);
  } else if (when.text === null) {
    const day = dayColumn(appointments);
    lines.push(`DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = ${literal(name)}::regclass AND attname = ${literal(day)})
  THEN CREATE INDEX ix_sonodesk_day ON ${name} (${identifier(day)}); END IF;
END $$;`);
  }
  return lines.join("\n");
}

/** Whether the day of appointments is a date, or a moment, as SQL; false where it is text. */
export function hasDays({ appointments }: Mapping): string {
  if (appointments.when.text !== null) return "false";
  return `(SELECT atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
    FROM pg_attribute WHERE attrelid = ${literal(relation(appointments.table))}::regclass
      AND attname = ${literal(dayColumn(appointments))} AND NOT attisdropped)`;
}

function bookingsBody(mapping: Mapping, isDay: boolean, isShipped: boolean): string {
  const { patients, appointments } = mapping;
  const out = [
    ["NOT", reading.isDeleted(appointments.deleted, "a")],
    ["NOT", reading.isDeleted(patients.deleted, "p")],
    ["NOT", reading.isOfOtherBranch(appointments, "a")],
  ].filter(([, test]) => test !== "false").map(([not, test]) => `${not} (${test}) AND `);
  return `
    ${isShipped ? "" : `${MADE}\n    `}#variable_conflict use_column
    BEGIN
      RETURN QUERY
      SELECT ${Object.values(reading.bookingColumns(mapping)).map(asText).join(",\n        ")}
      FROM ${reading.bothTables(mapping)}
      WHERE ${out.join("\n        ")}(
        (ids IS NULL AND ${reading.isBetween(mapping, "first_day", "last_day", isDay)})
        OR a.${identifier(appointments.key)} = ANY (ARRAY(
          SELECT sonodesk.appointment_key(wanted) FROM unnest(ids) AS wanted)));
    END `;
}

const asText = (value: string) => value.endsWith("::text") ? value : `(${value})::text`;

/** Tables that were mapped before tell of nothing any more. */
const NO_TRIGGERS_ELSEWHERE = `DO $$
DECLARE
  former record;
BEGIN
  FOR former IN
    SELECT tgname AS name, tgrelid::regclass AS relation FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE pronamespace = 'sonodesk'::regnamespace AND tgname IN ('sonodesk_schedule', 'sonodesk_changed', 'sonodesk_gone', 'sonodesk_new',
      'sonodesk_words', 'sonodesk_marks', 'sonodesk_studies_follow')
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', former.name, former.relation);
  END LOOP;
END $$;

`;

/** A doctor who is renamed is read anew. */
function triggersOfWords({ appointments: { doctor, service }, staff }: Mapping): string {
  const tables = [doctor, service].map((looked) => looked?.table ?? null).filter((table) => table !== null)
    .map(relation).filter((table) => staff === null || table !== relation(staff.table));
  return [...new Set(tables)].map((table) =>
    `CREATE TRIGGER sonodesk_words AFTER UPDATE ON ${table}
  FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce('appointments');\n`
  ).join("");
}

function logins(staff: MappedStaff | null): string {
  const isActive = (disabled: Deleted | null) => `NOT (${reading.isDeleted(disabled, "u")})`;
  const rows = staff === null
    ? "RETURN;"
    : `RETURN QUERY SELECT u.${identifier(staff.username)}::text, u.${identifier(staff.password)}::text, ${
      reading.roleOf(staff, "u")
    }, ${isActive(staff.disabled)} FROM ${relation(staff.table)} u WHERE NOT ${reading.staysOut(staff, "u")};`;
  const name = staff === null ? "" : relation(staff.table);
  return `CREATE OR REPLACE FUNCTION sonodesk.logins()
RETURNS TABLE (username text, password_hash text, role text, active boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  ${MADE}
  #variable_conflict use_column
BEGIN
  ${rows}
END $$;
` + (staff === null ? "" : `CREATE TRIGGER sonodesk_schedule AFTER INSERT OR UPDATE OR DELETE ON ${name}
  FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce('users');
`);
}

/** Results that are filed under another table's patients cannot be filed under these. */
function samePatients(table: TableName): string {
  return `DO $$
DECLARE
  other regclass := (SELECT confrelid FROM pg_constraint WHERE conrelid = 'dicom_studies'::regclass AND contype = 'f'
    AND confrelid <> ${literal(relation(table))}::regclass
    AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = 'dicom_studies'::regclass
      AND attname = 'patient_id')] LIMIT 1);
BEGIN
  IF other IS NOT NULL THEN
    RAISE EXCEPTION 'dicom_studies.patient_id refers to the patients of %, not to those that were mapped', other;
  END IF;
END $$;

`;
}

/** The key of a patient by the id that machines have; of two people with the same, of neither. */
function patientsByAnotherId({ patients }: Mapping): string {
  const [table, id] = [relation(patients.table), identifier(patients.patientId)];
  const escaped = (text: string) => text.replaceAll("%", "%%");
  return `DO $$
BEGIN
  DROP FUNCTION sonodesk.patient_key(text);
  EXECUTE format(
    $function$
      CREATE FUNCTION sonodesk.patient_key(id text) RETURNS %s
      LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $body$
      ${
    escaped(`${MADE}
      <<v>>
      DECLARE
        wanted ${table}.${id}%TYPE;
      BEGIN
        wanted := patient_key.id;
        RETURN (SELECT CASE WHEN count(*) = 1 THEN (array_agg(p.${identifier(patients.key)}))[1] END
          FROM ${table} p WHERE p.${id} = v.wanted);
      EXCEPTION WHEN data_exception THEN
        RETURN NULL;
      END`)
  } $body$
    $function$,
    (SELECT atttypid::regtype FROM pg_attribute
      WHERE attrelid = ${literal(table)}::regclass AND attname = ${literal(patients.key)}));
END $$;

`;
}

/** Keeps what the box says of an appointment, in the clinic's columns or beside. */
function markIt({ appointments }: Mapping): string {
  const { table, key, mark, accession } = appointments;
  const here = "sonodesk.clinic_appointment(mark_sent.box, mark_sent.appointment)";
  const sets = [];
  if (mark !== null) sets.push(`${identifier(mark)} = mark_sent.sent`);
  if (accession !== null) {
    const column = `a.${identifier(accession)}`;
    sets.push(`-- a number of the box's own making is replaced: the booking has another person since
    ${identifier(accession)} = CASE WHEN coalesce(${column}, '') = ''
      OR ${column} ~ '^SD[0-9]{6}([0-9A-Z]{4})?[0-9]{4}$' THEN mark_sent.accession ELSE ${column} END`);
  }
  const update = sets.length === 0
    ? ""
    : `  UPDATE ${relation(table)} a SET ${sets.join(",\n    ")}\n  WHERE a.${
      identifier(key)
    } = sonodesk.appointment_key(${here});`;
  if (mark !== null && accession !== null) return update;
  const beside = `  INSERT INTO ${reading.BESIDE} AS k (appointment_id, mwl_sent, accession_number)
    VALUES (${here}, mark_sent.sent, mark_sent.accession)
    ON CONFLICT (appointment_id) DO UPDATE SET mwl_sent = excluded.mwl_sent,
      accession_number = excluded.accession_number;`;
  return [update, beside].filter((one) => one !== "").join("\n");
}

function numberBeside(id: string): string {
  return `INSERT INTO ${reading.BESIDE} AS k (appointment_id, accession_number)
      VALUES (${id}, appointment ->> 'accessionNumber')
      ON CONFLICT (appointment_id) DO UPDATE SET accession_number = excluded.accession_number;`;
}

/** Everybody of the clinic's, found by the beginnings of words; the index is made anew where it is of other columns. */
function peopleFound({ patients }: Mapping): string {
  const { table, phone } = patients;
  const index = relation({ schema: table.schema, name: "ix_sonodesk_people" });
  const words = reading.searchWords(patients, "");
  const columns = [
    reading.patientIdOf(patients, "p"),
    reading.firstNameOf(patients, "p"),
    reading.lastNameOf(patients, "p"),
    reading.birthDateOf(patients, "p"),
    reading.genderOf(patients, "p"),
    phone === null ? "''::text" : `coalesce(p.${identifier(phone)}::text, '')`,
  ];
  return `DO $install$
DECLARE
  of_words text := ${body(words)};
BEGIN
  IF obj_description(to_regclass(${literal(index)}), 'pg_class') IS NOT DISTINCT FROM 'Sonodesk: ' || md5(of_words)
  THEN RETURN; END IF;
  DROP INDEX IF EXISTS ${index};
  EXECUTE format('CREATE INDEX ix_sonodesk_people ON %s USING gin ((%s))', ${literal(relation(table))}, of_words);
  EXECUTE format('COMMENT ON INDEX %s IS %L', ${literal(index)}, 'Sonodesk: ' || md5(of_words));
END $install$;

-- People of whom every word is the beginning of one of theirs: of the name, the id or the telephone number. By the index
-- in any case: the planner takes a beginning for common, and would read the whole table to find the first of a few.
CREATE OR REPLACE FUNCTION sonodesk.search_people(words jsonb, most integer)
RETURNS TABLE (patient_id text, first_name text, last_name text, birth_date text, gender text, phone text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
<<v>>
DECLARE
  wanted tsquery := to_tsquery('simple',
    (SELECT string_agg(quote_literal(word) || ':*', ' & ') FROM jsonb_array_elements_text(words) AS word));
BEGIN
  RETURN QUERY SELECT ${columns.map(asText).join(", ")}
  FROM ${relation(table)} p
  WHERE ${reading.searchWords(patients, "p")} @@ v.wanted${
    patients.deleted === null ? "" : ` AND NOT (${reading.isDeleted(patients.deleted, "p")})`
  } LIMIT most;
END $$;
`;
}
