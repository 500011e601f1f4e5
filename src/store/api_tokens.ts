import { type Database, timestamp } from "./database.ts";
import type { Role } from "./users.ts";

/** What a token may be made for. */
export const PURPOSES = ["reading", "bookings", "images", "fleet"] as const;
/** What a token was made for: to read what its role may, or to work with bookings, with images, or to look after boxes. */
export type Purpose = typeof PURPOSES[number];

/** A program that may use the API: what its purpose needs of what a role may, or only the reading part of it. Times are ISO 8601. */
export interface ApiToken {
  /** Made by the box. */
  id: string;
  /** As its maker called it. */
  name: string;
  /** It may do what that role may, within its purpose. */
  role: Role;
  /** It changes nothing. */
  readOnly: boolean;
  /** Empty for one that was made before tokens had a purpose: what its role may, but for what needs a person. */
  purpose: Purpose | "";
  /** The only IP address it may be used from; empty for any. */
  address: string;
  /** User name. */
  createdBy: string;
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601; null for never. */
  lastUsedAt: string | null;
  /** ISO 8601; null for never. */
  expiresAt: string | null;
}

const SELECT = `
  SELECT id, name, role, read_only AS readOnly, purpose, address, created_by AS createdBy, created_at AS createdAt,
    last_used_at AS lastUsedAt, expires_at AS expiresAt
  FROM api_tokens`;

/** A token's last use is written down at most this often, milliseconds: a program may ask every second. */
const USE_NOTED_EVERY = 60_000;

/** Owner of the table `api_tokens`. Only hashes of tokens are kept; a token that is revoked is removed. */
export class ApiTokens {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** A new one; the token itself is not kept. */
  add(
    token:
      & Pick<ApiToken, "name" | "role" | "readOnly" | "createdBy" | "expiresAt">
      & Partial<Pick<ApiToken, "purpose" | "address">>,
    tokenHash: string,
  ): ApiToken {
    return this.#database.transaction(() => {
      const id = crypto.randomUUID();
      this.#database.run(
        `INSERT INTO api_tokens (id, name, token_hash, role, read_only, purpose, address, created_by, created_at, expires_at)
         VALUES ($id, $name, $tokenHash, $role, $readOnly, $purpose, $address, $createdBy, $now, $expiresAt)`,
        {
          $id: id,
          $name: token.name,
          $tokenHash: tokenHash,
          $role: token.role,
          $readOnly: token.readOnly ? 1 : 0,
          $purpose: token.purpose ?? "",
          $address: token.address ?? "",
          $createdBy: token.createdBy,
          $now: timestamp(),
          $expiresAt: token.expiresAt,
        },
      );
      this.#database.announce({ noun: "setting", id: "api tokens" });
      return this.find(id)!;
    });
  }

  /** All of them, by name. */
  all(): ApiToken[] {
    return this.#database.all(`${SELECT} ORDER BY name, created_at`).map(tokenOf);
  }

  /** One by its id. */
  find(id: string): ApiToken | undefined {
    const row = this.#database.get(`${SELECT} WHERE id = $id`, { $id: id });
    return row && tokenOf(row);
  }

  /** The token with this hash that has not expired. */
  findByHash(tokenHash: string): ApiToken | undefined {
    const row = this.#database.get(
      `${SELECT} WHERE token_hash = $tokenHash AND (expires_at IS NULL OR expires_at > $now)`,
      { $tokenHash: tokenHash, $now: timestamp() },
    );
    return row && tokenOf(row);
  }

  /** Takes note that a token was used. */
  used({ id, lastUsedAt }: ApiToken): void {
    if (lastUsedAt !== null && Math.abs(Date.now() - Date.parse(lastUsedAt)) <= USE_NOTED_EVERY) return;
    this.#database.transaction(() =>
      this.#database.run(`UPDATE api_tokens SET last_used_at = $now WHERE id = $id`, { $id: id, $now: timestamp() })
    );
  }

  /** The clock was set by so many milliseconds: tokens that were made between two times are as much later, or earlier. */
  shift(milliseconds: number, since: Date, until: Date): void {
    const shifted = (time: string) => new Date(Date.parse(time) + milliseconds).toISOString();
    this.#database.transaction(() => {
      const tokens = this.#database.all<{ id: string; createdAt: string; expiresAt: string | null }>(
        `SELECT id, created_at AS createdAt, expires_at AS expiresAt FROM api_tokens WHERE created_at BETWEEN $since AND $until`,
        { $since: since.toISOString(), $until: until.toISOString() },
      );
      for (const { id, createdAt, expiresAt } of tokens) {
        this.#database.run(`UPDATE api_tokens SET created_at = $createdAt, expires_at = $expiresAt WHERE id = $id`, {
          $id: id,
          $createdAt: shifted(createdAt),
          $expiresAt: expiresAt && shifted(expiresAt),
        });
      }
    });
  }

  /** It is good for nothing any more. @returns false where there is none */
  remove(id: string): boolean {
    return this.#database.transaction(() => {
      const removed = this.#database.run(`DELETE FROM api_tokens WHERE id = $id`, { $id: id }) > 0;
      if (removed) this.#database.announce({ noun: "setting", id: "api tokens" });
      return removed;
    });
  }
}

function tokenOf(row: Record<string, unknown>): ApiToken {
  return { ...row as unknown as ApiToken, readOnly: row.readOnly === 1 };
}
