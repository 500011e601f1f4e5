import { Refused, say } from "../sentences.ts";
import { nameWhole } from "../objects/durable_file.ts";
import { BEFORE_MIGRATION } from "../store/before_migration.ts";
import { damageOf, takeSnapshot } from "../store/snapshot.ts";

/** Below the data folder: copies of the store, each of one night. */
const SNAPSHOTS = "snapshots";
const OF_A_NIGHT = /^\d{6}-\d{8}T\d{6}Z\.sqlite$/;
/** How many are kept: damage may be a night old before anybody sees it. */
const KEPT = 3;

/** A copy of the store beside it: when it was taken, ISO 8601, and its size in bytes. */
export interface KeptSnapshot {
  /** Of its file. */
  name: string;
  /** When it was made, ISO 8601. */
  time: string;
  /** Bytes. */
  size: number;
}

/**
 * The copies that are kept, those of the nights first, the latest first; by their numbers, for the clock may have been
 * wrong. Behind them those from before a new version brought the store to its schema.
 */
export function keptSnapshots(data: string): KeptSnapshot[] {
  return [...namesIn(data), ...namesIn(data, BEFORE_MIGRATION)].map((name) => {
    const [year, month, day, hour, minute, second] = /-(\d{4})(..)(..)T(..)(..)(..)Z/.exec(name)!.slice(1);
    const { size } = Deno.statSync(pathOfSnapshot(data, name));
    return { name, time: `${year}-${month}-${day}T${hour}:${minute}:${second}Z`, size };
  });
}

/** The path of a copy. @throws Error when there is none of this name */
export function pathOfSnapshot(data: string, name: string): string {
  if (![...namesIn(data), ...namesIn(data, BEFORE_MIGRATION)].includes(name)) {
    throw new Refused(say("copy-gone", { name }));
  }
  return `${data}/${SNAPSHOTS}/${name}`;
}

/**
 * Copies the store beside itself, and lets the oldest copies go. A copy that is not whole is none, and no older one
 * goes for it.
 *
 * @returns what is wrong with the store, in SQLite's words; undefined when nothing is
 * @throws Error when it cannot be copied
 */
export async function keepSnapshot(data: string, now = new Date()): Promise<string | undefined> {
  const folder = `${data}/${SNAPSHOTS}`;
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const part = `${folder}/.part`;
  await Deno.remove(part).catch(() => undefined); // of one that was broken off
  await takeSnapshot(`${data}/sonodesk.sqlite`, part);
  const damage = await damageOf(part);
  if (damage !== undefined) {
    await Deno.remove(part);
    return damage;
  }
  const number = parseInt(namesIn(data)[0] ?? "0", 10) + 1;
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  await nameWhole(part, `${folder}/${String(number).padStart(6, "0")}-${time}.sqlite`);
  for (const name of namesIn(data).slice(KEPT)) Deno.removeSync(`${folder}/${name}`);
  return undefined;
}

/** Latest first. */
function namesIn(data: string, form = OF_A_NIGHT): string[] {
  try {
    const names = [...Deno.readDirSync(`${data}/${SNAPSHOTS}`)].map(({ name }) => name);
    return names.filter((name) => form.test(name)).sort().reverse();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
