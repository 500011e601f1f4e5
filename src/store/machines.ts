import { isIP } from "node:net";
import { Refused, say } from "../sentences.ts";
import type { Unshowable } from "../dicom/character_repertoire.ts";
import { charsetTerms } from "../dicom/read_text.ts";
import { flag, numberOrNull, type RowOf, Table, text, textOrNull } from "./columns.ts";
import { type Database, timestamp } from "./database.ts";
import type { MachineOrigins } from "./machine_origins.ts";

/** What a person may set of a machine. */
const FIELDS = {
  /** The title it calls with. */
  aeTitle: text("ae_title"),
  name: text("name"),
  room: text("room", ""),
  address: text("address", ""),
  /** Where it listens itself, if it does. */
  port: numberOrNull("port", null),
  modality: text("modality", "US"),
  /** Specific Character Set of its answers, `\\` between terms; "" for the smallest that has every letter. */
  characterSet: text("character_set", ""),
  /** What it gets for a letter its character set lacks. */
  unshowable: text<Unshowable>("unshowable", "transliterate"),
  /** Asking for no station, it is answered only with what was sent to it or to any machine. */
  ownListOnly: flag("own_list_only", true),
  /** Days before and after today that it is answered with; null: any day. */
  dateWindow: numberOrNull("date_window", null),
  /** Most answers to one query; null: no limit. */
  answerLimit: numberOrNull("answer_limit", null),
  /** An item sent to any machine shows this machine's own AE title as its station, else the box's. */
  fillsStation: flag("fills_station", true),
  admitted: flag("admitted", false),
  /** It is called over TLS: for C-ECHO, commitment reports and what it has moved to itself. */
  tls: flag("tls", false),
  /** It is refused unless it shows a user identity that is known. */
  needsIdentity: flag("needs_identity", false),
};

/** What the box takes note of. */
const NOTED = {
  /** Implementation Version Name of its latest association: often the maker and model. */
  implementation: text("implementation"),
  lastHeardAt: textOrNull("last_heard_at"),
  lastEchoAt: textOrNull("last_echo_at"),
  lastQueryAt: textOrNull("last_query_at"),
  lastImageAt: textOrNull("last_image_at"),
};

/** What a person may set of a machine. */
export type MachineFields = RowOf<typeof FIELDS>;

/** An ultrasound machine. */
export interface Machine extends MachineFields, RowOf<typeof NOTED> {
  /** Made by the box. */
  id: string;
}

/** The table `machines`. */
export const MACHINES = new Table("machines", FIELDS, NOTED);

const machineOf = (row: Record<string, unknown>): Machine => MACHINES.of(row);

/** Machines that called and wait, which no person has touched: in all, and from one address. */
const MOST_WAITING = 50;
const MOST_WAITING_AT_ADDRESS = 10;
/** For how long such a one waits since it called last, milliseconds. */
const LONGEST_WAIT = 30 * 86_400_000;

/** Owner of the table `machines`. */
export class Machines {
  readonly #database: Database;
  readonly #origins: MachineOrigins;
  /** By AE title; asked for each object that comes. */
  readonly #charsets = new Map<string, readonly string[]>();

  /** @internal `Store` makes it. */
  constructor(database: Database, origins: MachineOrigins) {
    this.#database = database;
    this.#origins = origins;
  }

  /** All of them, by name. */
  all(): Machine[] {
    return this.#database.all(`${MACHINES.select} ORDER BY name, ae_title`).map(machineOf);
  }

  /** One by its id. */
  find(id: string): Machine | undefined {
    const row = this.#database.get(`${MACHINES.select} WHERE id = $id`, { $id: id });
    return row && machineOf(row);
  }

  /** One by its title. */
  findByAeTitle(aeTitle: string): Machine | undefined {
    const row = this.#database.get(`${MACHINES.select} WHERE ae_title = $aeTitle`, { $aeTitle: aeTitle });
    return row && machineOf(row);
  }

  /** The terms of the character set on the record of the machine with an AE title; none where there are none. */
  charsetOf(aeTitle: string): readonly string[] {
    const known = this.#charsets.get(aeTitle);
    if (known !== undefined) return known;
    const machine = this.findByAeTitle(aeTitle);
    const terms = charsetTerms(machine?.characterSet ?? "");
    // who calls may invent titles, and what a transaction changes may be undone with it
    if (machine !== undefined && !this.#database.isInTransaction) this.#charsets.set(aeTitle, terms);
    return terms;
  }

  /**
   * A new one.
   *
   * @throws MachineTaken when another machine has the AE title
   */
  add(
    given: Partial<MachineFields> & Pick<MachineFields, "aeTitle" | "name">,
    id: string = crypto.randomUUID(),
  ): Machine {
    return this.#database.transaction(() => {
      const fields = { ...MACHINES.initial, ...given };
      this.#charsets.clear();
      this.#refuseTaken(given.aeTitle);
      MACHINES.insert(this.#database, id, fields);
      if (fields.admitted) this.#allowAddress(id, fields.address ?? "");
      this.#database.announce({ noun: "machine", id });
      return this.find(id)!;
    });
  }

  /**
   * Fields are set anew.
   *
   * @throws MachineTaken when another machine has the new AE title
   */
  change(id: string, changed: Partial<MachineFields>): Machine | undefined {
    return this.#database.transaction(() => {
      const machine = this.find(id);
      if (!machine) return undefined;
      this.#charsets.clear();
      const fields = { ...machine, ...changed };
      if (fields.aeTitle !== machine.aeTitle) this.#refuseTaken(fields.aeTitle);
      MACHINES.update(this.#database, id, MACHINES.fieldsOf(fields), "only_heard = 0");
      if (!fields.admitted) this.#origins.remove(id);
      else if (!machine.admitted || fields.address !== machine.address) this.#allowAddress(id, fields.address);
      this.#database.announce({ noun: "machine", id });
      return this.find(id);
    });
  }

  /** What was received from it stays. @returns false where there is none */
  remove(id: string): boolean {
    return this.#database.transaction(() => {
      this.#charsets.clear();
      const removed = this.#database.run(`DELETE FROM machines WHERE id = $id`, { $id: id }) > 0;
      if (removed) this.#database.announce({ noun: "machine", id });
      return removed;
    });
  }

  /**
   * Takes note that a machine called. One never heard of is kept as waiting for admission. Those that wait have a
   * bound, in all and for each address, so that whoever invents titles cannot fill the table; the one that calls now
   * always finds room.
   */
  heard(aeTitle: string, address: string, implementation = ""): Machine | undefined {
    return this.#database.transaction(() => {
      const known = this.findByAeTitle(aeTitle);
      const now = timestamp();
      const machine = known ?? this.#addHeard(aeTitle, address);
      this.#database.run(
        `UPDATE machines SET last_heard_at = $now,
           address = CASE WHEN address = '' OR only_heard = 1 THEN $address ELSE address END,
           implementation = CASE $implementation WHEN '' THEN implementation ELSE $implementation END
         WHERE id = $id`,
        { $id: machine.id, $now: now, $address: address, $implementation: implementation },
      );
      this.#database.announce({ noun: "machine", id: machine.id });
      return known ?? this.find(machine.id);
    });
  }

  #addHeard(aeTitle: string, address: string): Machine {
    const remove = (condition: string, values: Record<string, string | number>) => {
      const waiting = `FROM machines WHERE only_heard = 1 AND admitted = 0`;
      for (const { id } of this.#database.all<{ id: string }>(`SELECT id ${waiting} ${condition}`, values)) {
        this.remove(id);
      }
    };
    remove(`AND last_heard_at < $since`, { $since: new Date(Date.now() - LONGEST_WAIT).toISOString() });
    remove(`AND address = $address ORDER BY last_heard_at DESC LIMIT -1 OFFSET $most`, {
      $address: address,
      $most: MOST_WAITING_AT_ADDRESS - 1,
    });
    // of the addresses that have invented most, and of them who called longest ago
    remove(
      `ORDER BY (SELECT count(*) FROM machines AS other WHERE other.only_heard = 1 AND other.admitted = 0
           AND other.address = machines.address), last_heard_at DESC LIMIT -1 OFFSET $most`,
      { $most: MOST_WAITING - 1 },
    );
    const machine = this.add({ aeTitle, name: aeTitle, address });
    this.#database.run(`UPDATE machines SET only_heard = 1 WHERE id = $id`, { $id: machine.id });
    return machine;
  }

  /** A machine may call from the address that it is known by, where that is an address and not a name. */
  #allowAddress(id: string, address: string): void {
    if (isIP(address) === 0) return;
    this.#origins.set(id, { kind: "address", value: address.toLowerCase() }, "allowed", false);
  }

  /** Takes note that a machine asked for its worklist. */
  queried(id: string): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE machines SET last_query_at = $now, last_heard_at = $now WHERE id = $id`, {
        $id: id,
        $now: timestamp(),
      });
      this.#database.announce({ noun: "machine", id });
    });
  }

  /** Takes note that a machine pressed Verify and was answered (C-ECHO). */
  echoed(aeTitle: string): void {
    this.#noteTime(aeTitle, `UPDATE machines SET last_echo_at = $now WHERE id = $id`);
  }

  /** Takes note that a machine sent an image. */
  sentImage(aeTitle: string): void {
    this.#noteTime(aeTitle, `UPDATE machines SET last_image_at = $now WHERE id = $id`);
  }

  #noteTime(aeTitle: string, update: string): void {
    this.#database.transaction(() => {
      const machine = this.findByAeTitle(aeTitle);
      if (!machine) return;
      this.#database.run(update, { $id: machine.id, $now: timestamp() });
      this.#database.announce({ noun: "machine", id: machine.id });
    });
  }

  #refuseTaken(aeTitle: string): void {
    if (this.findByAeTitle(aeTitle)) {
      throw new MachineTaken(
        say("ae-title-taken", { aeTitle }),
      );
    }
  }
}

/** Two machines cannot share an AE title. */
export class MachineTaken extends Refused {}
