import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";
import type { ClinicUser } from "../store/users.ts";
import type { ClinicSession } from "./session.ts";
import { isYes, roleOf } from "./words.ts";

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
  active: string | null;
}

const READ_WITHIN = 15_000;
const MOST_ROWS = 2_000;
/**
 * When this many people and more than half of all are gone at once, or cannot be read any more, somebody is more likely at
 * work on the clinic's database than everybody has left: they may sign in until that has been so for ten minutes. Who is
 * disabled there is locked at once.
 */
const SUSPICIOUS = 3;
const SUSPICIOUS_FOR = 10 * 60_000;

/** The clinic's logins, copied, so that its staff sign in at the box also when the clinic's database is away. */
export class StaffReader {
  readonly #store: Store;
  readonly #steady: () => number;
  #taken = new Map<string, string>();
  #goneSince: number | undefined;

  /** @param steady milliseconds of a clock that nobody sets */
  constructor(store: Store, steady = () => performance.now()) {
    this.#store = store;
    this.#steady = steady;
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
        SELECT DISTINCT username::text, password_hash::text AS "passwordHash", role::text, active::text
        FROM sonodesk.staff ORDER BY username LIMIT ${MOST_ROWS + 1}`;
    });
    // without the view nobody is locked out: that is a database to mend, not a clinic without staff
    return rows === undefined ? [] : this.takeOver(rows);
  }

  /** What `read` does with the rows it has read. */
  takeOver(rows: readonly StaffRow[]): StaffProblem[] {
    const problems: StaffProblem[] = [];
    const present = new Set<string>();
    const byName = Map.groupBy(rows.slice(0, MOST_ROWS), ({ username }) => (username ?? "").trim().toLowerCase());
    this.#store.transaction(() => {
      for (const [name, [row, ...others]] of byName) {
        const user = name !== "" && others.length > 0
          ? "several users of the clinic have this name: which one is meant cannot be told"
          : userOf(row!);
        if (typeof user === "string") {
          problems.push({ username: row!.username ?? "", reason: user });
          continue;
        }
        present.add(name);
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
      if (rows.length > MOST_ROWS) {
        problems.push({ username: "", reason: `the view has more than ${MOST_ROWS} users: only so many are read` });
      }
      this.#lockOut(present, rows.length, problems);
    });
    this.#logNew(problems);
    return problems;
  }

  /** Whoever is not among the clinic's users any more may not sign in, unless that looks like a mistake of the view. */
  #lockOut(present: ReadonlySet<string>, rows: number, problems: StaffProblem[]): void {
    const standing = this.#store.users.all().filter(({ source, disabled }) => source === "clinic" && !disabled);
    const gone = standing.filter(({ username }) => !present.has(username.toLowerCase()));
    const isSuspicious = gone.length > 0 &&
      (rows === 0 || gone.length >= SUSPICIOUS && gone.length > standing.length / 2);
    if (!isSuspicious) this.#goneSince = undefined;
    else this.#goneSince ??= this.#steady();
    if (isSuspicious && this.#steady() - this.#goneSince! < SUSPICIOUS_FOR) {
      problems.push({
        username: "",
        reason:
          `${gone.length} users are gone from the view at once: they are locked out when that stays so for ten minutes`,
      });
      return;
    }
    this.#goneSince = undefined;
    for (const user of gone) {
      this.#store.users.followClinic({ ...user, disabled: true });
      this.#store.audit.add("clinic", "user locked", user.username);
    }
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
  const isActive = isYes(active);
  if (isActive === undefined) return `"${active ?? ""}" does not say whether this user is active`;
  if (!/^(scrypt:\d+:\d+:\d+|pbkdf2:sha(1|224|256|384|512):\d+)\$[^$]+\$[0-9a-f]+$/.test(passwordHash ?? "")) {
    return "the password is kept in a form the box cannot check";
  }
  return { username: name, role: ours, passwordHash: passwordHash!, disabled: !isActive };
}
