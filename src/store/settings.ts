import { type Database, timestamp } from "./database.ts";

const BOX_ID = "box id";

/** Owner of the table `settings`: what a person has set, by name. `config.ts` knows what each one means. */
export class Settings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(name: string): string | undefined {
    return this.#database.get<{ value: string }>(`SELECT value FROM settings WHERE name = $name`, { $name: name })
      ?.value;
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
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM settings WHERE name = $name`, { $name: name });
      this.#database.announce({ noun: "setting", id: name });
    });
  }

  set(name: string, value: string): void {
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
