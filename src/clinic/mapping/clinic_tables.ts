import { inEnglish, say, type Sentence } from "../../sentences.ts";
import { ClinicFailure } from "../failure.ts";
import type { ClinicSession, Sql } from "../session.ts";
import { type Catalogue, type CatalogueColumn, type CatalogueTable, readCatalogue } from "./catalogue.ts";
import { withSamples } from "./samples.ts";
import type { Looked, MappedAppointments, Mapping, TableName } from "./mapping.ts";
import { type Branch, branchesOf, type Preview, preview, rolesOf, type StaffRole } from "./preview.ts";
import { type ChosenTables, genderValues, lookedOf, propose, statusOf, tableOf, textDateOf } from "./proposal.ts";
import { BRANCHES_SETTING } from "./reading.ts";
import { newAppointment, newPatient } from "./writing.ts";

/** A column that a person may choose, with what would be proposed of it. */
export interface ColumnChoice extends Pick<CatalogueColumn, "name" | "type" | "kind" | "unique"> {
  /** What it holds: the values of an enumeration, or some that were looked at. */
  values: string[];
  /** How its words are read, by what it refers to. */
  looked: Looked;
  /** Which of its values are cancelled, and what the box writes. */
  status: NonNullable<MappedAppointments["status"]>;
  /** What its values mean as a sex. */
  genders: Record<string, string>;
  /** How its dates are written, one of `TEXT_DATES`; null where they are no text. */
  text: string | null;
}

/** A mapping as it is proposed, with what a person may choose instead. */
export interface TablesProposal {
  /** Null where no table looks like it. */
  mapping: Mapping | null;
  /** What is not certain, or told otherwise than the clinic keeps it. */
  notes: { note: string; coded: Sentence }[];
  /** All tables. */
  tables: TableName[];
  /** The columns of the table of patients. */
  patients: ColumnChoice[];
  /** The columns of the table of appointments. */
  appointments: ColumnChoice[];
  /** Time zone of the box. */
  zone: string;
  /** Whether values were looked at. */
  sampled: boolean;
}

/** A column that a walk-in must have a value in, and nothing of the box's stands there. */
export interface NeededValue {
  /** In which of the two tables. */
  table: "patients" | "appointments";
  /** Its name. */
  column: string;
  /** Its type as PostgreSQL writes it. */
  type: string;
  /** Of an enumeration. */
  values: string[];
}

/** What a mapping would bring, and what it lacks. */
export interface TablesPreview extends Preview {
  /** Values that walk-ins need. */
  needed: NeededValue[];
  /** Branches to choose from. */
  branches: Branch[];
  /** What the staff are, to say what that means here. */
  roles: StaffRole[];
}

/** Milliseconds that the clinic's database is looked at. */
const WITHIN = 20_000;

/** Reads what a clinic's database is, proposes how it is read, and shows what that would bring; changes nothing there. */
export class ClinicTables {
  readonly #once: <T>(url: string | undefined, work: (session: ClinicSession) => Promise<T>) => Promise<T>;

  /**
   * Asks nobody by itself.
   *
   * @param once does something with a session of its own, at the address that is set when none is given
   */
  constructor(once: <T>(url: string | undefined, work: (session: ClinicSession) => Promise<T>) => Promise<T>) {
    this.#once = once;
  }

  /**
   * What the tables are, and how they might be read.
   *
   * @param options.samples whether a person has consented to look at values: of the newest rows of both tables
   * @throws ClinicFailure when it cannot be asked
   */
  async propose(
    options: { url?: string | undefined; samples: boolean; chosen: ChosenTables },
  ): Promise<TablesProposal> {
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    const catalogue = await this.#read(options.url, async (sql) => {
      const bare = await readCatalogue(sql);
      if (bare.tables.length === 0) throw new ClinicFailure("mending", say("map-nobody-there"));
      return options.samples ? await sampled(sql, bare, propose(bare, zone, options.chosen).mapping) : bare;
    });
    const { mapping, notes } = propose(catalogue, zone, options.chosen);
    const columnsOf = (table: TableName | undefined) =>
      tableOf(catalogue, table)?.columns.map((column) => choiceOf(catalogue, column)) ?? [];
    return {
      mapping,
      notes: notes.map((coded) => ({ note: inEnglish(coded), coded })),
      tables: catalogue.tables.map(({ schema, name }) => ({ schema, name })),
      patients: columnsOf(mapping?.patients.table ?? options.chosen.patients),
      appointments: columnsOf(mapping?.appointments.table ?? options.chosen.appointments),
      zone,
      sampled: options.samples,
    };
  }

  /**
   * What a mapping would bring on the board.
   *
   * @param branches those that the box would work for
   * @throws ClinicFailure where the tables cannot be read by the mapping
   */
  async preview(mapping: Mapping, branches: readonly string[], url?: string): Promise<TablesPreview> {
    return await this.#read(url, async (sql) => {
      await sql`SELECT set_config(${BRANCHES_SETTING}, ${JSON.stringify(branches)}, true)`;
      const found = await preview(sql, mapping);
      return {
        ...found,
        needed: neededIn(await readCatalogue(sql), mapping),
        branches: await branchesOf(sql, mapping),
        roles: await rolesOf(sql, mapping),
      };
    });
  }

  async #read<T>(url: string | undefined, work: (sql: Sql) => Promise<T>): Promise<T> {
    try {
      return await this.#once(url, (session) => session.transaction("READ ONLY", WITHIN, work));
    } catch (error) {
      // the box's own role has no right on the clinic's tables, nor needs one
      const code = error instanceof ClinicFailure ? (error.cause as { code?: string } | undefined)?.code : undefined;
      if (code === "42501") throw new ClinicFailure("mending", say("map-not-readable"), error);
      throw error;
    }
  }
}

/** With samples of both tables. */
export async function sampled(sql: Sql, catalogue: Catalogue, mapping: Mapping | null): Promise<Catalogue> {
  const looked = [mapping?.patients.table, mapping?.appointments.table].map((one) => tableOf(catalogue, one));
  const tables: CatalogueTable[] = [];
  for (const table of catalogue.tables) tables.push(looked.includes(table) ? await withSamples(sql, table) : table);
  return { ...catalogue, tables };
}

function choiceOf(catalogue: Catalogue, column: CatalogueColumn): ColumnChoice {
  const { name, type, kind, unique, labels, samples } = column;
  return {
    ...{ name, type, kind, unique, values: kind === "enum" ? labels : samples ?? [] },
    looked: lookedOf(catalogue, column)!,
    status: statusOf(column)!,
    genders: genderValues(column),
    text: textDateOf(column, []),
  };
}

/** Columns that must have a value, and that neither the mapping nor the database gives one. */
function neededIn(catalogue: Catalogue, { patients, appointments }: Mapping): NeededValue[] {
  const of = (table: NeededValue["table"], name: TableName, written: readonly string[]) =>
    (tableOf(catalogue, name)?.columns ?? [])
      .filter((column) =>
        column.needsValue && !written.includes(column.name) && !/^(created|updated)_at$/.test(column.name)
      )
      .map(({ name, type, labels }): NeededValue => ({ table, column: name, type, values: labels }));
  const written = [...newPatient({ ...patients, fill: {} }).columns, patients.key, patients.patientId];
  const ofBookings = newAppointment({ ...appointments, fill: {} }).columns;
  return [
    ...of("patients", patients.table, written),
    ...of("appointments", appointments.table, [...ofBookings, appointments.key]),
  ];
}
