import { type Database, timestamp } from "./database.ts";

/** Who a machine may say that it is (user identity negotiation, PS3.7 D.3.3.7). */
export interface DicomAccount {
  /** Made by the box. */
  id: string;
  /** As the machine sends it (PS3.7 D.3.3.7). */
  username: string;
  /** Null: the name alone is enough. */
  passcodeHash: string | null;
}

const SELECT = `SELECT id, username, passcode_hash AS passcodeHash FROM dicom_accounts`;

/** Owner of the table `dicom_accounts`. */
export class DicomAccounts {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** All of them, by user name. */
  all(): DicomAccount[] {
    return this.#database.all<DicomAccount & Record<string, never>>(`${SELECT} ORDER BY username`);
  }

  /** One by its id. */
  find(id: string): DicomAccount | undefined {
    return this.#database.get<DicomAccount & Record<string, never>>(`${SELECT} WHERE id = $id`, { $id: id });
  }

  /** One by its name. */
  findByUsername(username: string): DicomAccount | undefined {
    return this.#database.get<DicomAccount & Record<string, never>>(`${SELECT} WHERE username = $username`, {
      $username: username,
    });
  }

  /** A new one. @param passcodeHash null for a name without passcode */
  add(username: string, passcodeHash: string | null): DicomAccount {
    return this.#database.transaction(() => {
      const id = crypto.randomUUID();
      this.#database.run(
        `INSERT INTO dicom_accounts (id, username, passcode_hash, created_at) VALUES ($id, $username, $hash, $now)`,
        { $id: id, $username: username, $hash: passcodeHash, $now: timestamp() },
      );
      return this.find(id)!;
    });
  }

  /** Nothing happens where there is none. */
  remove(id: string): void {
    this.#database.transaction(() => this.#database.run(`DELETE FROM dicom_accounts WHERE id = $id`, { $id: id }));
  }
}
