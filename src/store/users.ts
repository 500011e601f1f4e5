import { type Database, timestamp } from "./database.ts";
import type { Sessions } from "./sessions.ts";

export const ROLES = ["receptionist", "doctor", "admin"] as const;
export type Role = typeof ROLES[number];

/** A person who may sign in. `passwordHash` is in the format of `web/password.ts`. */
export interface User {
  id: string;
  username: string;
  displayName: string;
  role: Role;
  passwordHash: string;
  /** Of the PIN that unlocks a screen where this person is signed in; null: none. */
  pinHash: string | null;
  disabled: boolean;
  /** Who changes this user: a person at the box, or the clinic's own table of users. */
  source: UserSource;
}

export type UserSource = "box" | "clinic";

/** A user as the clinic's table has them now. */
export type ClinicUser = Pick<User, "username" | "role" | "passwordHash" | "disabled">;

const SELECT = `
  SELECT id, username, display_name AS displayName, role, password_hash AS passwordHash, pin_hash AS pinHash, disabled,
    source
  FROM users`;

/** Owner of the table `users`. User names are compared without regard to case. */
export class Users {
  readonly #database: Database;
  readonly #sessions: Sessions;

  constructor(database: Database, sessions: Sessions) {
    this.#database = database;
    this.#sessions = sessions;
  }

  add(user: Omit<User, "id" | "disabled" | "pinHash" | "source">, source: UserSource = "box"): User {
    return this.#database.transaction(() => {
      const id = crypto.randomUUID();
      this.#database.run(
        `INSERT INTO users (id, username, display_name, role, password_hash, source, created_at, updated_at)
         VALUES ($id, $username, $displayName, $role, $passwordHash, $source, $now, $now)`,
        {
          $id: id,
          $username: user.username,
          $displayName: user.displayName,
          $role: user.role,
          $passwordHash: user.passwordHash,
          $source: source,
          $now: timestamp(),
        },
      );
      this.#database.announce({ noun: "user", id });
      return this.find(id)!;
    });
  }

  find(id: string): User | undefined {
    const row = this.#database.get(`${SELECT} WHERE id = $id`, { $id: id });
    return row && userOf(row);
  }

  findByUsername(username: string): User | undefined {
    const row = this.#database.get(`${SELECT} WHERE username = $username`, { $username: username });
    return row && userOf(row);
  }

  all(): User[] {
    return this.#database.all(`${SELECT} ORDER BY username`).map(userOf);
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
      const changed = this.#database.run(
        `UPDATE users SET username = $username, role = $role, password_hash = $passwordHash, disabled = $disabled,
           updated_at = $now
         WHERE id = $id AND (username COLLATE BINARY, role, password_hash, disabled) IS NOT
           ($username, $role, $passwordHash, $disabled)`,
        {
          $id: known.id,
          $username: user.username,
          $role: user.role,
          $passwordHash: user.passwordHash,
          $disabled: user.disabled ? 1 : 0,
          $now: timestamp(),
        },
      ) > 0;
      if (!changed) return "unchanged";
      // a new password or role, or none: whoever is signed in begins anew
      this.#sessions.removeOf(known.id);
      this.#database.announce({ noun: "user", id: known.id });
      return "changed";
    });
  }

  /** Changes what a person may be called and may do; undefined when there is no such user. */
  change(id: string, changed: Partial<Pick<User, "displayName" | "role" | "disabled">>): User | undefined {
    return this.#database.transaction(() => {
      const user = this.find(id);
      if (!user) return undefined;
      const { displayName, role, disabled } = { ...user, ...changed };
      this.#database.run(
        `UPDATE users SET display_name = $displayName, role = $role, disabled = $disabled, updated_at = $now
         WHERE id = $id`,
        { $id: id, $displayName: displayName, $role: role, $disabled: disabled ? 1 : 0, $now: timestamp() },
      );
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
      this.#database.run(`UPDATE users SET pin_hash = $pinHash, updated_at = $now WHERE id = $id`, {
        $id: id,
        $pinHash: pinHash,
        $now: timestamp(),
      });
      this.#database.announce({ noun: "user", id });
    });
  }

  setPasswordHash(id: string, passwordHash: string): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE users SET password_hash = $passwordHash, updated_at = $now WHERE id = $id`, {
        $id: id,
        $passwordHash: passwordHash,
        $now: timestamp(),
      });
      this.#database.announce({ noun: "user", id });
    });
  }
}

function userOf(row: Record<string, unknown>): User {
  return { ...row as unknown as User, disabled: row.disabled === 1 };
}
