import { Buffer } from "node:buffer";
import { type Database, timestamp } from "./database.ts";

/** Owner of the table `outbox`: what the clinic's database must hear, in order per aggregate. */
export class Outbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Adds an event to the transaction under way, so that fact and event are one.
   *
   * @param aggregate whose order must be kept: `appointment:<id>` or `study:<uid>`
   */
  add(aggregate: string, type: string, payload: Record<string, unknown>): void {
    const id = uuidv7();
    this.#database.run(
      `INSERT INTO outbox (id, aggregate, type, payload, created_at) VALUES ($id, $aggregate, $type, $payload, $now)`,
      { $id: id, $aggregate: aggregate, $type: type, $payload: JSON.stringify(payload), $now: timestamp() },
    );
  }

  /** How many events the clinic's database has not been told yet. */
  depth(): number {
    return this.#database.get<{ count: number }>(
      `SELECT count(*) AS count FROM outbox WHERE delivered_at IS NULL`,
    )!.count;
  }
}

/** A UUID whose order is that of its making (RFC 9562, version 7). */
export function uuidv7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  const milliseconds = Date.now();
  view.setUint16(0, Math.floor(milliseconds / 2 ** 32));
  view.setUint32(2, milliseconds % 2 ** 32);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
