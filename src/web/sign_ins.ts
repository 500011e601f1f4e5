import { createHash, randomBytes } from "node:crypto";
import type { ApiToken } from "../store/api_tokens.ts";
import type { Store } from "../store/store.ts";
import type { User } from "../store/users.ts";

/** Who a request comes from. The token itself is known to the browser only. */
export interface SignedIn {
  /** Who it is. */
  user: User;
  /** SHA-256 of the cookie or token, hex. */
  tokenHash: string;
  /** A program with a token of the API, not a person: it has the token's role, and may be limited to reading. */
  program?: Pick<ApiToken, "id" | "readOnly" | "purpose">;
}

/** Hours a sign-in lasts: a long day at the desk. */
const HOURS = 16;

export const COOKIE = "sonodesk_session";

/** Sign-ins: a random token in the browser's cookie, its hash in the store. */
export class SignIns {
  readonly #store: Store;
  readonly #onNotNoted: (error: unknown) => void;

  /**
   * Reads nothing before it is asked.
   *
   * @param onNotNoted told why it could not be noted that a token was used, which is no reason to refuse it
   */
  constructor(store: Store, onNotNoted: (error: unknown) => void = () => {}) {
    this.#store = store;
    this.#onNotNoted = onNotNoted;
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

  /** Who holds this token of a session that is locked: the person it waits for. */
  findLocked(token: string | undefined): SignedIn | undefined {
    if (token === undefined || !/^[\w-]{43}$/.test(token)) return undefined;
    return this.#find(hashOf(token), true);
  }

  /** Who is signed in with a token. */
  findByHash(tokenHash: string): SignedIn | undefined {
    return this.#find(tokenHash, false);
  }

  /** The program that sent this value of an Authorization header from an IP address, if its token is good there. */
  findProgram(authorization: string, address: string): SignedIn | undefined {
    const [, token] = /^Bearer (sd_[\w-]{43})$/i.exec(authorization) ?? [];
    const found = token === undefined ? undefined : this.#use(hashOf(token));
    if (!found || (found.address !== "" && found.address !== address.replace(/^::ffff:/i, ""))) return undefined;
    const { id, name, role, readOnly, purpose } = found;
    const user = { id, username: `program ${name}`, displayName: name, role, disabled: false };
    return {
      user: { ...user, passwordHash: "", pinHash: null, source: "box" },
      tokenHash: hashOf(token!),
      program: { id, readOnly, purpose },
    };
  }

  /** Whether who was signed in still is: asked for live events that stay open. */
  isStill({ tokenHash, program }: SignedIn): boolean {
    if (program) return this.#use(tokenHash) !== undefined;
    return this.findByHash(tokenHash) !== undefined;
  }

  /** A token of the API that is good. The store may be one that cannot be written now. */
  #use(tokenHash: string): ApiToken | undefined {
    const token = this.#store.apiTokens.findByHash(tokenHash);
    try {
      if (token !== undefined) this.#store.apiTokens.used(token);
    } catch (error) {
      this.#onNotNoted(error);
    }
    return token;
  }

  /** Locks a session: its token is good for unlocking only. */
  lock(tokenHash: string): void {
    this.#store.sessions.lock(tokenHash);
  }

  /** Opens a locked session under a new token, which is returned. */
  unlock(tokenHash: string): { token: string; maxAge: number } {
    const token = randomBytes(32).toString("base64url");
    this.#store.sessions.unlock(tokenHash, hashOf(token));
    return { token, maxAge: HOURS * 3600 };
  }

  #find(tokenHash: string, locked: boolean): SignedIn | undefined {
    const session = this.#store.sessions.find(tokenHash);
    if (!session || (session.lockedAt !== null) !== locked) return undefined;
    const user = this.#store.users.find(session.userId);
    return user === undefined || user.disabled ? undefined : { user, tokenHash };
  }

  /** Somebody has signed out. */
  end(tokenHash: string): void {
    this.#store.sessions.remove(tokenHash);
  }
}

/** A new token of the API, and the hash to keep of it. */
export function newApiToken(): { token: string; tokenHash: string } {
  const token = `sd_${randomBytes(32).toString("base64url")}`;
  return { token, tokenHash: hashOf(token) };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
