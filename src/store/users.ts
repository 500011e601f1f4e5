import { flag, type RowOf, Table, text, textOrNull } from "./columns.ts";
import { type Database } from "./database.ts";
import type { Sessions } from "./sessions.ts";

/** From who may least to who may most. */
export const ROLES = ["receptionist", "doctor", "admin"] as const;
/** What somebody may do. */
export type Role = typeof ROLES[number];

const FIELDS = {
  username: text("username"),
  displayName: text("display_name", ""),
  role: text<Role>("role"),
  disabled: flag("disabled", false),
};

const NOTED = {
  /** In the format of `web/password.ts`. */
  passwordHash: text("password_hash"),
  /** Of the PIN that unlocks a screen where this person is signed in; null: none. */
  pinHash: textOrNull("pin_hash"),
  /** Who changes this user: a person at the box, or the clinic's own table of users. */
  source: text<UserSource>("source"),
};

/** A person who may sign in. */
export interface User extends RowOf<typeof FIELDS>, RowOf<typeof NOTED> {
  /** Made by the box. */
  id: string;
}

/** The table `users`. */
export const USERS = new Table("users", FIELDS, NOTED);

const userOf = (row: Record<string, unknown>): User => USERS.of(row);

/** Who keeps the account. */
export type UserSource = "box" | "clinic";

/** A user as the clinic's table has them now. */
export type ClinicUser = Pick<User, "username" | "role" | "passwordHash" | "disabled">;

/** Owner of the table `users`. User names are compared without regard to case. */
export class Users {
  readonly #database: Database;
  readonly #sessions: Sessions;

  /** @internal `Store` makes it. */
  constructor(database: Database, sessions: Sessions) {
    this.#database = database;
    this.#sessions = sessions;
  }

  /** A new one. @param source who keeps the account */
  add(user: Omit<User, "id" | "disabled" | "pinHash" | "source">, source: UserSource = "box"): User {
    return this.#database.transaction(() => {
      const id = crypto.randomUUID();
      USERS.insert(this.#database, id, { ...user, source });
      this.#database.announce({ noun: "user", id });
      return this.find(id)!;
    });
  }

  /** One by their id. */
  find(id: string): User | undefined {
    const row = this.#database.get(`${USERS.select} WHERE id = $id`, { $id: id });
    return row && userOf(row);
  }

  /** One by their name, whatever its case. */
  findByUsername(username: string): User | undefined {
    const row = this.#database.get(`${USERS.select} WHERE username = $username`, { $username: username });
    return row && userOf(row);
  }

  /** All of them, by user name. */
  all(): User[] {
    return this.#database.all(`${USERS.select} ORDER BY username`).map(userOf);
  }

  /**
   * Takes over what the clinic says of a user it has; one it disabled is signed out everywhere. A user of the box with
   * the same name stays as they are.
   *
   * @returns "taken" when the name belongs to a user of the box
   */
  followClinic(user: ClinicUser): "added" | "changed" | "unchanged" | "taken" {
    return this.#database.transaction(() => {
      const known = this.findByUsername(user.username);
      if (known === undefined) {
        if (user.disabled) return "unchanged";
        this.add({ ...user, displayName: "" }, "clinic");
        return "added";
      }
      if (known.source !== "clinic") return "taken";
      if (!USERS.updateIfOther(this.#database, known.id, user)) return "unchanged";
      // a new password or role, or none: whoever is signed in begins anew
      this.#sessions.removeOfUser(known.id);
      this.#database.announce({ noun: "user", id: known.id });
      return "changed";
    });
  }

  /** Changes what a person may be called and may do; undefined when there is no such user. */
  change(id: string, changed: Partial<Pick<User, "displayName" | "role" | "disabled">>): User | undefined {
    return this.#database.transaction(() => {
      if (!this.find(id)) return undefined;
      USERS.update(this.#database, id, changed);
      this.#database.announce({ noun: "user", id });
      return this.find(id);
    });
  }

  /** Whether there is anybody at all: a box without is not set up yet. */
  any(): boolean {
    return this.#database.get(`SELECT 1 FROM users LIMIT 1`) !== undefined;
  }

  /** Takes over a new PIN, or none. */
  setPinHash(id: string, pinHash: string | null): void {
    this.#database.transaction(() => {
      USERS.update(this.#database, id, { pinHash });
      this.#database.announce({ noun: "user", id });
    });
  }

  /** From now on this one holds. */
  setPasswordHash(id: string, passwordHash: string): void {
    this.#database.transaction(() => {
      USERS.update(this.#database, id, { passwordHash });
      this.#database.announce({ noun: "user", id });
    });
  }
}
