import { say, type Sentence } from "../sentences.ts";
import type { Store } from "../store/store.ts";
import type { User } from "../store/users.ts";
import type { LoginLimits } from "./login_limits.ts";
import { userOf, type WebContext } from "./context.ts";
import { verifyNobody, verifyPassword } from "./password.ts";
import { Problem, wrongField } from "./problem.ts";
import type { RequestCounts } from "./request_counts.ts";

/** Passwords and PINs being checked at once: each that the box hashed takes 32 MiB and a quarter of a second of a core. */
const MOST_CHECKS = 4;

/** Checks of passwords, few at once and slower for who guesses. */
export class PasswordChecks {
  readonly #store: Store;
  readonly #limits: LoginLimits;
  readonly #counts: RequestCounts;
  #running = 0;

  /** Has checked none yet. */
  constructor(store: Store, limits: LoginLimits, counts: RequestCounts) {
    this.#store = store;
    this.#limits = limits;
    this.#counts = counts;
  }

  /** Whether a check could be made now: who is refused for lack of a place has not tried. @throws Problem 503 */
  ensurePlace(): void {
    if (this.#running >= MOST_CHECKS) {
      throw new Problem(503, "Busy", say("logins-busy"), {
        headers: { "retry-after": "2" },
      });
    }
  }

  /** Runs a check of a password in one of the few places there are for it. @throws Problem 503 when all are taken */
  async inTurn<T>(check: () => Promise<T>): Promise<T> {
    this.ensurePlace();
    this.#running += 1;
    try {
      return await check();
    } finally {
      this.#running -= 1;
    }
  }

  /**
   * The user with this name and password; a name that does not exist takes as long to refuse.
   *
   * @throws Problem 429 when this name was tried too often from there
   */
  async find(username: string, password: string, { env: { address } }: WebContext): Promise<User | undefined> {
    this.ensurePlace(); // before it counts, and nothing else comes in between
    const wait = this.#limits.begin(username, address);
    if (wait > 0) {
      this.#counts.loginRefused();
      throw new Problem(
        429,
        "Too many tries",
        say("too-many-passwords", { wait, unit: say(wait === 1 ? "second" : "seconds") }),
        { headers: { "retry-after": String(wait) }, more: { retryAfter: wait } },
      );
    }
    const found = await this.inTurn(async () => {
      const user = this.#store.users.findByUsername(username);
      const fits = user && !user.disabled
        ? await verifyPassword(password, user.passwordHash)
        : await verifyNobody(password);
      return fits ? user : undefined;
    });
    if (found) this.#limits.succeeded(username, address);
    return found;
  }

  /**
   * Lets on who is signed in and types their password once more: who walks past an open page does not know it.
   *
   * @param refusal what they are told otherwise, such as "Cannot set the PIN: the password is wrong"
   * @throws Problem 403 when it is wrong
   */
  async again(context: WebContext, password: string, refusal: Sentence): Promise<void> {
    const { username } = userOf(context);
    if (await this.find(username, password, context)) return;
    this.#store.audit.add("box", "login refused", username, { address: context.env.address });
    throw new Problem(403, "Wrong password", refusal, {
      more: { fields: [wrongField("password", "is wrong")] },
    });
  }
}
