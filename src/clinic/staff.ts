import { inEnglish, say, type Sentence } from "../sentences.ts";
import { getLogger } from "@logtape/logtape";
import { isCheckable } from "../password_hash.ts";
import type { Store } from "../store/store.ts";
import type { ClinicUser } from "../store/users.ts";
import type { ClinicSession } from "./session.ts";
import { isYes, roleOf } from "./words.ts";

const log = getLogger(["sonodesk", "clinic", "staff"]);

/** Somebody of the clinic who cannot sign in here, and why. */
export interface StaffProblem {
  /** As the clinic has it; "…" for several. */
  username: string;
  /** In English. */
  reason: string;
  /** The reason by its code. */
  coded: Sentence;
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
 * When this many people, or all, and more than half of them are gone at once, somebody is more likely at work on the
 * clinic's database than everybody has left: they stay until that has been so for ten minutes.
 */
const SUSPICIOUS = 5;
const SUSPICIOUS_FOR = 10 * 60_000;

/** The clinic's logins, copied, so that its staff sign in at the box also when the clinic's database is away. */
export class StaffReader {
  readonly #store: Store;
  readonly #now: () => number;
  #taken = new Map<string, string>();
  #goneSince: number | undefined;

  /** @param now a clock that nobody sets, milliseconds */
  constructor(store: Store, now = () => performance.now()) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * Reads everybody once and takes over what is different; who is gone or disabled there is locked out here.
   *
   * @returns who cannot sign in here, and why; nobody when the clinic tells of no logins
   * @throws ClinicFailure when the database cannot be read
   */
  async read(session: ClinicSession): Promise<StaffProblem[]> {
    const rows = await session.transaction("READ ONLY", READ_WITHIN, async (sql) => {
      // a view that the clinic adapted counts
      const [there] = await sql<{ isView: boolean; isFunction: boolean }[]>`
        SELECT to_regclass('sonodesk.staff') IS NOT NULL AS "isView",
          to_regprocedure('sonodesk.logins()') IS NOT NULL AS "isFunction"`;
      if (!there!.isView && !there!.isFunction) return undefined;
      return await sql<StaffRow[]>`
        SELECT username::text, password_hash::text AS "passwordHash", role::text, active::text
        FROM ${there!.isView ? sql`sonodesk.staff` : sql`sonodesk.logins()`}
        ORDER BY username LIMIT ${MOST_ROWS + 1}`;
    });
    // without it nobody is locked out: that is a database to mend, not a clinic without staff
    return rows === undefined ? [] : this.#takeOver(rows);
  }

  #takeOver(rows: readonly StaffRow[]): StaffProblem[] {
    const problems: StaffProblem[] = [];
    const present = new Set<string>();
    const byName = Map.groupBy(rows.slice(0, MOST_ROWS), ({ username }) => (username ?? "").trim().toLowerCase());
    this.#store.transaction(() => {
      for (const [name, same] of byName) {
        const row = theOne(same);
        const user = row === undefined ? say("staff-several") : userOf(row);
        if ("code" in user) {
          problems.push(problemOf(same[0]!.username ?? "", user));
          continue;
        }
        present.add(name);
        const outcome = this.#store.users.followClinic(user);
        if (outcome === "taken") {
          problems.push(problemOf(user.username, say("staff-taken")));
        } else if (outcome !== "unchanged") {
          this.#store.audit.add("clinic", `user ${outcome}`, user.username, {
            role: user.role,
            disabled: user.disabled,
          });
        }
      }
      problems.push(...this.#lockWhoIsGone(present, byName, rows.length > MOST_ROWS));
    });
    this.#logNew(problems);
    return problems;
  }

  /** Returns what a person should know of those who are kept although they are gone. */
  #lockWhoIsGone(
    present: ReadonlySet<string>,
    named: ReadonlyMap<string, unknown>,
    thereAreMore: boolean,
  ): StaffProblem[] {
    const here = this.#store.users.all().filter(({ source, disabled }) => source === "clinic" && !disabled);
    const without = here.filter(({ username }) => !present.has(username.toLowerCase()));
    // who is there and cannot be let in is locked at once; who is not there at all may be by mistake
    const gone = without.filter(({ username }) => !named.has(username.toLowerCase()));
    const many = gone.length >= SUSPICIOUS || gone.length === here.length;
    const isSuspicious = thereAreMore || many && gone.length > here.length / 2;
    this.#goneSince = isSuspicious ? this.#goneSince ?? this.#now() : undefined;
    const keeps = thereAreMore || this.#goneSince !== undefined && this.#now() - this.#goneSince < SUSPICIOUS_FOR;
    for (const user of keeps ? without.filter((one) => !gone.includes(one)) : without) {
      this.#store.users.followClinic({ ...user, disabled: true });
      this.#store.audit.add("clinic", "user locked", user.username);
    }
    if (thereAreMore) {
      return [problemOf("…", say("staff-more", { most: MOST_ROWS }))];
    }
    return keeps && gone.length > 0 ? [problemOf("…", say("staff-gone", { count: gone.length }))] : [];
  }

  #logNew(problems: readonly StaffProblem[]): void {
    const now = new Map(problems.map(({ username, reason }) => [username, reason]));
    for (const [username, reason] of now) {
      if (this.#taken.get(username) !== reason) log.warn("{username} cannot sign in: {reason}", { username, reason });
    }
    this.#taken = now;
  }
}

function problemOf(username: string, coded: Sentence): StaffProblem {
  return { username, reason: inEnglish(coded), coded };
}

/** Whether they may sign in; nothing said is a yes, as in rows from before there was such a column. */
function mayComeIn({ active }: Pick<StaffRow, "active">): boolean | undefined {
  return active === null ? true : isYes(active);
}

/** Of rows with one name the one that counts: the only one, or the only one that may sign in. */
function theOne(same: readonly StaffRow[]): StaffRow | undefined {
  if (same.length === 1) return same[0];
  const active = same.filter((row) => mayComeIn(row) !== false);
  return active.length === 1 ? active[0] : active.length === 0 ? same[0] : undefined;
}

/** The user of a row, or why there is none. */
function userOf({ username, passwordHash, role, active }: StaffRow): ClinicUser | Sentence {
  const name = (username ?? "").trim();
  if (name === "" || [...name].length > 100) return say("staff-name");
  const ours = roleOf(role);
  if (ours === undefined) return say("staff-role", { role: role ?? "" });
  const comesIn = mayComeIn({ active });
  if (comesIn === undefined) return say("staff-active", { active: active ?? "" });
  if (!isCheckable(passwordHash ?? "")) {
    return say("staff-password");
  }
  return { username: name, role: ours, passwordHash: passwordHash!, disabled: !comesIn };
}
