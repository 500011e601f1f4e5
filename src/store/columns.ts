import { type Database, timestamp } from "./database.ts";

/** What SQLite keeps of a value. */
export type Stored = string | number | null;

/** A column: its name in SQL, and how its value is stored. */
export interface Column<T> {
  /** Name of the column. */
  readonly sql: string;
  /** What a new row has where nobody says otherwise; undefined where somebody must. */
  readonly initial?: T | undefined;
  /** From what SQLite has. */
  read(stored: unknown): T;
  /** For SQLite. */
  write(value: T): Stored;
}

/** Columns by the name that they have in the program. */
export type Columns = Readonly<Record<string, Column<unknown>>>;

/** A row of such columns. */
export type RowOf<C extends Columns> = { -readonly [Name in keyof C]: C[Name] extends Column<infer T> ? T : never };

function plain<T extends Stored>(sql: string, initial?: T): Column<T> {
  return { sql, initial, read: (stored) => stored as T, write: (value) => value };
}

/** Text, which may be one of a few. */
export const text = <T extends string = string>(sql: string, initial?: NoInfer<T>): Column<T> => plain(sql, initial);
export const textOrNull = (sql: string, initial?: null): Column<string | null> => plain<string | null>(sql, initial);
export const number = (sql: string, initial?: number): Column<number> => plain(sql, initial);
export const numberOrNull = (sql: string, initial?: null): Column<number | null> => plain<number | null>(sql, initial);

export function flag(sql: string, initial?: boolean): Column<boolean> {
  return { sql, initial, read: (stored) => stored === 1, write: (value) => value ? 1 : 0 };
}

/** Null: not known. */
export function flagOrNull(sql: string): Column<boolean | null> {
  return {
    sql,
    read: (stored) => stored === null ? null : stored === 1,
    write: (value) => value === null ? null : Number(value),
  };
}

export function json<T>(sql: string, initial?: T): Column<T> {
  return { sql, initial, read: (stored) => JSON.parse(String(stored)), write: (value) => JSON.stringify(value) };
}

/**
 * A table whose rows have an id and say when they were last changed, declared once: what is selected, inserted, updated,
 * read of a row and kept of it in the audit follows.
 */
export class Table<Fields extends Columns, Noted extends Columns> {
  readonly #name: string;
  readonly #fields: Fields;
  readonly #columns: readonly (readonly [name: string, column: Column<unknown>])[];
  readonly #stamps: readonly string[];

  /**
   * @param fields what a person may set
   * @param noted what the box takes note of itself
   * @param stamps columns that say when a row was added and last changed; the last one that of a change
   */
  constructor(name: string, fields: Fields, noted: Noted, stamps = ["created_at", "updated_at"]) {
    this.#name = name;
    this.#fields = fields;
    this.#columns = Object.entries({ ...fields, ...noted });
    this.#stamps = stamps;
  }

  /** `SELECT … FROM` this table, each column under its name in the program. */
  get select(): string {
    return `SELECT ${this.selected()} FROM ${this.#name}`;
  }

  /**
   * The columns that `select` selects.
   *
   * @param prefix of their names, where they are among those of other tables
   */
  selected(prefix = ""): string {
    return [["id", { sql: "id" }] as const, ...this.#columns]
      .map(([name, { sql }]) => `${this.#name}.${sql} AS "${prefix}${name}"`).join(", ");
  }

  /** A row that was selected, as the program has it. */
  of<Whole extends { id: string } & RowOf<Fields> & RowOf<Noted>>(row: Record<string, unknown>, prefix = ""): Whole {
    const whole: Record<string, unknown> = { id: row[`${prefix}id`] };
    for (const [name, column] of this.#columns) whole[name] = column.read(row[prefix + name]);
    return whole as Whole;
  }

  /** What a person may set of a row: what the audit keeps, and what can be put back. */
  fieldsOf(row: RowOf<Fields>): RowOf<Fields> {
    return Object.fromEntries(Object.keys(this.#fields).map((name) => [name, row[name]])) as RowOf<Fields>;
  }

  /** What a new row has where nobody says otherwise. */
  get initial(): Partial<RowOf<Fields>> {
    const given = Object.entries(this.#fields).filter(([, { initial }]) => initial !== undefined);
    return Object.fromEntries(given.map(([name, { initial }]) => [name, initial])) as Partial<RowOf<Fields>>;
  }

  /**
   * Adds a row; columns that are not given have what the table gives them. Part of a transaction.
   *
   * @param more values by their names in SQL
   */
  insert(
    database: Database,
    id: string,
    values: Partial<RowOf<Fields> & RowOf<Noted>>,
    more: Record<string, Stored> = {},
  ): void {
    const now = timestamp();
    const stamps = this.#stamps.map((sql) => [sql, now] as const);
    const stored = new Map<string, Stored>([["id", id], ...this.#stored(values), ...Object.entries(more), ...stamps]);
    const places = [...stored.keys()].map((sql) => `$${sql}`);
    database.run(
      `INSERT INTO ${this.#name} (${[...stored.keys()].join(", ")}) VALUES (${places.join(", ")})`,
      bound(stored),
    );
  }

  /**
   * Changes a row. Part of a transaction.
   *
   * @param also what else is set, in SQL
   */
  update(database: Database, id: string, values: Partial<RowOf<Fields> & RowOf<Noted>>, ...also: string[]): void {
    const stored = new Map<string, Stored>([...this.#stored(values), [this.#stamps.at(-1)!, timestamp()]]);
    const set = [...[...stored.keys()].map((sql) => `${sql} = $${sql}`), ...also];
    database.run(`UPDATE ${this.#name} SET ${set.join(", ")} WHERE id = $id`, { $id: id, ...bound(stored) });
  }

  /** Changes a row where anything is to the letter another. Part of a transaction. @returns whether it was */
  updateIfOther(database: Database, id: string, values: Partial<RowOf<Fields> & RowOf<Noted>>): boolean {
    const stored = this.#stored(values);
    const same = [...stored.keys()].map((sql) => `${sql} COLLATE BINARY IS $${sql}`);
    const row = `SELECT 1 FROM ${this.#name} WHERE id = $id AND ${same.join(" AND ")}`;
    if (database.get(row, { $id: id, ...bound(stored) }) !== undefined) return false;
    this.update(database, id, values);
    return true;
  }

  /** Those of the given values that are columns, by their names in SQL. */
  #stored(values: object): Map<string, Stored> {
    const given = new Map(Object.entries(values));
    return new Map(
      this.#columns.filter(([name]) => given.get(name) !== undefined)
        .map(([name, column]) => [column.sql, column.write(given.get(name))]),
    );
  }
}

function bound(stored: ReadonlyMap<string, Stored>): Record<string, Stored> {
  return Object.fromEntries([...stored].map(([sql, value]) => [`$${sql}`, value]));
}
