import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";
import type { ClinicUser } from "../store/users.ts";
import type { ClinicSession } from "./session.ts";
import { roleOf } from "./words.ts";

const log = getLogger(["sonodesk", "clinic", "staff"]);

/** Somebody of the clinic who cannot sign in here, and why. */
export interface StaffProblem {
  username: string;
  reason: string;
}

interface StaffRow {
  username: string | null;
  passwordHash: string | null;
  role: string | null;
  active: boolean | null;
}

const READ_WITHIN = 15_000;
const MOST_ROWS = 2_000;

/** The clinic's logins, copied, so that its staff sign in at the box also when the clinic's database is away. */
export class StaffReader {
  readonly #store: Store;
  #taken = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Reads everybody once and takes over what is different; who is gone or disabled there is locked out here.
   *
   * @returns who cannot sign in here, and why; nobody when the clinic has no `sonodesk.staff`
   * @throws ClinicFailure when the database cannot be read
   */
  async read(session: ClinicSession): Promise<StaffProblem[]> {
    const rows = await session.transaction("READ ONLY", READ_WITHIN, async (sql) => {
      const [view] = await sql<{ there: boolean }[]>`SELECT to_regclass('sonodesk.staff') IS NOT NULL AS there`;
      if (!view?.there) return undefined;
      return await sql<StaffRow[]>`
        SELECT username::text, password_hash::text AS "passwordHash", role::text, active FROM sonodesk.staff
        ORDER BY username LIMIT ${MOST_ROWS}`;
    });
    // without the view nobody is locked out: that is a database to mend, not a clinic without staff
    return rows === undefined ? [] : this.#takeOver(rows);
  }

  #takeOver(rows: readonly StaffRow[]): StaffProblem[] {
    const problems: StaffProblem[] = [];
    const present = new Set<string>();
    this.#store.transaction(() => {
      for (const row of rows) {
        const user = userOf(row);
        if (typeof user === "string") {
          problems.push({ username: row.username ?? "", reason: user });
          continue;
        }
        present.add(user.username.toLowerCase());
        const outcome = this.#store.users.followClinic(user);
        if (outcome === "taken") {
          problems.push({
            username: user.username,
            reason: "a user of this box has the same name, and that one counts",
          });
        } else if (outcome !== "unchanged") {
          this.#store.audit.add("clinic", `user ${outcome}`, user.username, {
            role: user.role,
            disabled: user.disabled,
          });
        }
      }
      for (const user of this.#store.users.all()) {
        if (user.source !== "clinic" || user.disabled || present.has(user.username.toLowerCase())) continue;
        this.#store.users.followClinic({ ...user, disabled: true });
        this.#store.audit.add("clinic", "user locked", user.username);
      }
    });
    this.#logNew(problems);
    return problems;
  }

  #logNew(problems: readonly StaffProblem[]): void {
    const now = new Map(problems.map(({ username, reason }) => [username, reason]));
    for (const [username, reason] of now) {
      if (this.#taken.get(username) !== reason) log.warn("{username} cannot sign in: {reason}", { username, reason });
    }
    this.#taken = now;
  }
}

/** The user of a row, or why there is none. */
function userOf({ username, passwordHash, role, active }: StaffRow): ClinicUser | string {
  const name = (username ?? "").trim();
  if (name === "" || [...name].length > 100) return "the user name is empty or longer than 100 characters";
  const ours = roleOf(role);
  if (ours === undefined) return `the role "${role ?? ""}" is none of receptionist, doctor and admin`;
  if (!/^(scrypt:\d+:\d+:\d+|pbkdf2:sha256:\d+)\$[^$]+\$[0-9a-f]+$/.test(passwordHash ?? "")) {
    return "the password is kept in a form the box cannot check";
  }
  return { username: name, role: ours, passwordHash: passwordHash!, disabled: active === false };
}
