import { join } from "node:path";
import { lastBackup } from "../backup/last_backup.ts";
import { lastProof } from "../backup/proof.ts";
import { backupFolders } from "../backup/settings.ts";
import { isBucket } from "../backup/target.ts";
import { isTimeConfirmed } from "../host/time_source.ts";
import { isFolder } from "../objects/files.ts";
import { say, type Sentence } from "../sentences.ts";
import type { Config } from "../settings/config.ts";
import type { Store } from "../store/store.ts";
import { othersTurn } from "../timing/turns.ts";
import { failed, type Finding, ok, PART_NAMES, warning, wordsOf } from "./finding.ts";
import type { HealthReport } from "./health_report.ts";

/** Files that are looked at for their owner: a large archive need not be read whole to see that root was here. */
const MOST_FILES = 200_000;
/** Entries of folders that are looked at before others have their turn. */
const AT_ONCE = 500;
/** How long the box, or a port, is waited for, milliseconds. */
const PATIENCE = 5000;

/** Where the box is called. */
export type Ports = Pick<Config, "webPort" | "worklistPort" | "storagePort">;

/** Files that belong to somebody else, such as root, cannot be written by the box. */
export async function checkOwnership(data: string): Promise<Finding> {
  const what = say("check-data");
  const owner = Deno.statSync(data).uid;
  const others: string[] = [];
  let looked = 0;
  const folders = [data];
  try {
    for (let folder = folders.pop(); folder !== undefined && looked <= MOST_FILES; folder = folders.pop()) {
      for (const { name, isDirectory } of Deno.readDirSync(folder)) {
        if (++looked > MOST_FILES) break;
        if (looked % AT_ONCE === 0) await othersTurn();
        const path = `${folder}/${name}`;
        if (name === "lost+found" && folder === data) continue;
        if (ownerOf(path) !== owner) others.push(path);
        else if (isDirectory) folders.push(path);
      }
    }
  } catch (error) {
    return failed(what, say("data-unreadable", { data, why: wordsOf(error) }));
  }
  if (owner !== Deno.uid()) return failed(what, say("data-of-another", { data, owner: owner ?? "" }));
  if (others.length === 0) return ok(what, say("data-own", { data }));
  const command = `chown -R --reference=${data} ${data}`;
  return failed(what, say("data-not-all-own", { count: others.length, data, path: others[0]!, command }));
}

/** A file that has gone meanwhile, as those of the running box do, is nobody's. */
function ownerOf(path: string): number | null {
  try {
    return Deno.lstatSync(path).uid;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return Deno.uid();
    throw error;
  }
}

/** What the running box says of itself, or who has its ports. @param report undefined where it does not answer */
export async function* checkRunning(
  host: string,
  ports: Ports,
  report: HealthReport | undefined,
): AsyncGenerator<Finding> {
  for (const { name, status, detail, coded } of report?.checks ?? []) {
    // said below, from what is written down
    if (name === "backup" || name === "clock") continue;
    const what = PART_NAMES[name] ?? say("check-box");
    yield { ...ok(what, coded ?? detail), how: status === "failing" ? "failed" : status };
  }
  const box = say("check-box");
  if (report === undefined) {
    const commands = "systemctl status sonodesk, journalctl -u sonodesk";
    yield failed(box, say("box-silent", { port: ports.webPort, commands }));
  }
  const purposes: [Sentence, number][] = [
    [say("port-for-web"), ports.webPort],
    [say("port-for-worklist"), ports.worklistPort],
    [say("port-for-storage"), ports.storagePort],
  ];
  for (const [purpose, port] of purposes) {
    const what = say("check-port", { port });
    const isOpen = await answers(host, port);
    if (report !== undefined) {
      yield isOpen ? ok(what, say("port-open", { purpose })) : failed(what, say("port-deaf", { purpose }));
    } else if (isOpen) {
      yield failed(what, say("port-taken-by-other", { purpose, command: `ss -ltnp 'sport = :${port}'` }));
    }
  }
}

/** Whether the computer's clock is known to be right. */
export function checkTime(): Finding {
  const time = new Date().toISOString();
  return isTimeConfirmed()
    ? ok(say("check-clock"), say("clock-by-network", { time }))
    : warning(say("check-clock"), say("clock-by-nobody", { time }));
}

/** The last backup, the last proof, and each disk. */
export function* checkBackups(store: Store, config: Config): Generator<Finding> {
  const folders = backupFolders(config);
  const last = lastBackup(store.settings);
  const proof = lastProof(store.settings);
  const what = say("check-backup");
  if (folders.length === 0) yield warning(what, say("backup-no-place"));
  if (last?.failedAt != null) {
    yield failed(what, say("backup-last-failed", { at: last.failedAt, why: last.coded ?? last.why }));
  } else if (last?.at != null) {
    yield ok(what, say("backup-last-good", { at: last.at, objects: last.objects, folder: last.folder }));
  } else if (folders.length > 0) yield warning(what, say("backup-none-yet"));
  if (proof !== undefined) {
    yield proof.why === ""
      ? ok(say("check-proof"), say("proof-whole", { at: proof.at }))
      : failed(say("check-proof"), proof.coded ?? proof.why);
  }
  const disks = folders.filter((folder) => !isBucket(folder));
  for (const folder of disks) {
    const finding = checkBackupDisk(folder);
    // of disks that take turns one is away
    yield isFolder(folder) || !disks.some(isFolder) ? finding : { ...finding, how: "warning" };
  }
}

/** Whether a folder for backups is there and can be written. */
export function checkBackupDisk(folder: string): Finding {
  const disk = say("check-backup-disk");
  if (!isFolder(folder)) return failed(disk, say("backup-disk-not-there", { folder }));
  const probe = join(folder, `.sonodesk-${crypto.randomUUID()}`);
  try {
    Deno.writeTextFileSync(probe, "");
    Deno.removeSync(probe);
    return ok(disk, say("backup-disk-writable", { folder }));
  } catch (error) {
    return failed(disk, say("backup-disk-not-writable", { folder, why: wordsOf(error) }));
  }
}

/** What the box's own health page says; undefined where it does not answer. */
export async function healthOf(host: string, port: number): Promise<HealthReport | undefined> {
  try {
    const answer = await fetch(`http://${host.includes(":") ? `[${host}]` : host}:${port}/healthz`, {
      signal: AbortSignal.timeout(PATIENCE),
    });
    return await answer.json();
  } catch {
    return undefined; // which is told as that
  }
}

async function answers(hostname: string, port: number): Promise<boolean> {
  try {
    const connection = await Deno.connect({ hostname, port, signal: AbortSignal.timeout(PATIENCE) });
    connection.close();
    return true;
  } catch {
    return false; // which is told as that
  }
}
