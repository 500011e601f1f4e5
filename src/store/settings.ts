import { type Database, timestamp } from "./database.ts";

const BOX_ID = "box id";

/** Owner of the table `settings`: what a person has set, by name. `config.ts` knows what each one means. */
export class Settings {
  readonly #database: Database;
  /** Read for each object that comes. */
  #values: ReadonlyMap<string, string> | undefined;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** What is stored under a name. */
  get(name: string): string | undefined {
    return (this.#values ?? this.#read()).get(name);
  }

  /** The same for what another program may have set meanwhile, as a backup by hand beside the box does. */
  latest(name: string): string | undefined {
    this.#values = undefined;
    return this.get(name);
  }

  #read(): ReadonlyMap<string, string> {
    const rows = this.#database.all<{ name: string; value: string }>(`SELECT name, value FROM settings`);
    const values = new Map(rows.map(({ name, value }) => [name, value]));
    // what a transaction sets may be undone with it
    if (!this.#database.isInTransaction) this.#values = values;
    return values;
  }

  /** What this box is called among others: in its ids, and in the clinic's database. Made once. */
  boxId(): string {
    return this.#database.transaction(() => {
      const known = this.get(BOX_ID);
      if (known !== undefined) return known;
      const id = crypto.randomUUID();
      this.set(BOX_ID, id);
      return id;
    });
  }

  /** Forgets what was set, so that the default holds again. */
  remove(name: string): void {
    this.#values = undefined;
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM settings WHERE name = $name`, { $name: name });
      this.#database.announce({ noun: "setting", id: name });
    });
  }

  /** Stored under a name, in place of what was. */
  set(name: string, value: string): void {
    this.#values = undefined;
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT INTO settings (name, value, updated_at) VALUES ($name, $value, $now)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
        { $name: name, $value: value, $now: timestamp() },
      );
      this.#database.announce({ noun: "setting", id: name });
    });
  }
}
