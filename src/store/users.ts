import { type Database, timestamp } from "./database.ts";

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
}

const SELECT = `
  SELECT id, username, display_name AS displayName, role, password_hash AS passwordHash, pin_hash AS pinHash, disabled
  FROM users`;

/** Owner of the table `users`. User names are compared without regard to case. */
export class Users {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(user: Omit<User, "id" | "disabled" | "pinHash">): User {
    return this.#database.transaction(() => {
      const id = crypto.randomUUID();
      this.#database.run(
        `INSERT INTO users (id, username, display_name, role, password_hash, created_at, updated_at)
         VALUES ($id, $username, $displayName, $role, $passwordHash, $now, $now)`,
        {
          $id: id,
          $username: user.username,
          $displayName: user.displayName,
          $role: user.role,
          $passwordHash: user.passwordHash,
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
