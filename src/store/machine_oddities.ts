import type { OddityKind } from "../dicom/oddity.ts";
import type { Database } from "./database.ts";

/** Something odd that a machine does. */
export interface MachineOddity {
  /** What; another version of the box may know others. */
  kind: OddityKind;
  /** An attribute's keyword, a VR, a character set or a reason's code; "" for none. */
  detail: string;
  /** How often. */
  count: number;
  /** ISO 8601. */
  firstAt: string;
  /** ISO 8601. */
  lastAt: string;
}

/** The same before it is known which machine has the title. */
export interface NotedOddity extends MachineOddity {
  /** AE title. */
  aeTitle: string;
}

/** Kept of one machine and kind, each of another attribute: those that are met most often. */
const MOST_OF_KIND = 10;

/** Owner of the table `machine_oddities`: the diary of each machine, bounded. */
export class MachineOddities {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds some at once; those of no known machine are left out. @returns once they are committed, not yet durable */
  add(noted: readonly NotedOddity[]): Promise<void> {
    return this.#database.committedTogether(() => {
      const changed = new Map<string, Set<string>>();
      for (const oddity of noted) {
        const id = this.#idOf(oddity.aeTitle);
        if (id === undefined) continue;
        this.#add(id, oddity);
        changed.set(id, (changed.get(id) ?? new Set()).add(oddity.kind));
      }
      for (const [id, kinds] of changed) {
        for (const kind of kinds) this.#keepMost(id, kind);
        this.#database.announce({ noun: "machine", id });
      }
    });
  }

  #keepMost(id: string, kind: string): void {
    this.#database.run(
      `DELETE FROM machine_oddities WHERE machine_id = $id AND kind = $kind AND detail IN (
         SELECT detail FROM machine_oddities WHERE machine_id = $id AND kind = $kind
         ORDER BY count DESC, last_at DESC, detail LIMIT -1 OFFSET $most)`,
      { $id: id, $kind: kind, $most: MOST_OF_KIND },
    );
  }

  #idOf(aeTitle: string): string | undefined {
    return this.#database.get<{ id: string }>(`SELECT id FROM machines WHERE ae_title = $aeTitle`, {
      $aeTitle: aeTitle,
    })?.id;
  }

  #add(id: string, { kind, detail, count, firstAt, lastAt }: MachineOddity): void {
    this.#database.run(
      `INSERT INTO machine_oddities (machine_id, kind, detail, count, first_at, last_at)
       VALUES ($id, $kind, $detail, $count, $firstAt, $lastAt)
       ON CONFLICT DO UPDATE SET count = count + $count, last_at = $lastAt`,
      { $id: id, $kind: kind, $detail: detail, $count: count, $firstAt: firstAt, $lastAt: lastAt },
    );
  }

  /** Those of one machine, the latest first. */
  of(machineId: string): MachineOddity[] {
    return this.#database.all<MachineOddity & Record<string, never>>(
      `SELECT kind, detail, count, first_at AS firstAt, last_at AS lastAt FROM machine_oddities
       WHERE machine_id = $id ORDER BY last_at DESC, kind, detail`,
      { $id: machineId },
    );
  }

  /** Forgets those of one machine: whether they come again is seen. */
  forget(machineId: string): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM machine_oddities WHERE machine_id = $id`, { $id: machineId });
      this.#database.announce({ noun: "machine", id: machineId });
    });
  }
}
