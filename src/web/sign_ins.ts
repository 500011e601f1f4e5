import { createHash, randomBytes } from "node:crypto";
import type { Store } from "../store/store.ts";
import type { User } from "../store/users.ts";

/** Who a request comes from. The token itself is known to the browser only. */
export interface SignedIn {
  user: User;
  tokenHash: string;
}

/** Hours a sign-in lasts: a long day at the desk. */
const HOURS = 16;

export const COOKIE = "sonodesk_session";

/** Sign-ins: a random token in the browser's cookie, its hash in the store. */
export class SignIns {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Signs a user in; returns the token for the cookie, and how long it is good for in seconds. */
  begin(user: User): { token: string; maxAge: number } {
    const token = randomBytes(32).toString("base64url");
    const maxAge = HOURS * 3600;
    this.#store.sessions.add(hashOf(token), user.id, new Date(Date.now() + maxAge * 1000).toISOString());
    return { token, maxAge };
  }

  /** Who holds this token, if it is still good. */
  find(token: string | undefined): SignedIn | undefined {
    if (token === undefined || !/^[\w-]{43}$/.test(token)) return undefined;
    return this.findByHash(hashOf(token));
  }

  findByHash(tokenHash: string): SignedIn | undefined {
    const userId = this.#store.sessions.findUserId(tokenHash);
    const user = userId === undefined ? undefined : this.#store.users.find(userId);
    return user === undefined || user.disabled ? undefined : { user, tokenHash };
  }

  end(tokenHash: string): void {
    this.#store.sessions.remove(tokenHash);
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
