import { join } from "node:path";
import { lastBackup } from "./backup/last_backup.ts";
import { lastProof } from "./backup/proof.ts";
import { backupFolders } from "./backup/settings.ts";
import { isBucket } from "./backup/target.ts";
import { isTimeConfirmed } from "./host/time_source.ts";
import { isFile, isFolder } from "./objects/files.ts";
import type { HealthReport } from "./operations/health_report.ts";
import { refuseUnusable } from "./rescue/trouble.ts";
import { type Config, readConfig } from "./settings/config.ts";
import { SettingsInForce } from "./settings/effective_settings.ts";
import { refuseArguments, unknownSettings } from "./settings/known_names.ts";
import { Store } from "./store/store.ts";

/** How one thing stands; `warning` is for a person to know, `failed` to put right. */
interface Finding {
  what: string;
  how: "ok" | "warning" | "failed";
  detail: string;
}

type Environment = Readonly<Record<string, string>>;

/** Files that are looked at for their owner: a large archive need not be read whole to see that root was here. */
const MOST_FILES = 200_000;
/** How long the box, or a port, is waited for, milliseconds. */
const PATIENCE = 5000;

/** `doctor`: what is wrong with the box of this computer, in words; exit code 1 when something is to be put right. */
export async function doctorCommand(args: string[]): Promise<number> {
  refuseArguments("doctor", args);
  const findings: Finding[] = [];
  for await (const finding of examine(Deno.env.toObject())) {
    findings.push(finding);
    const mark = { ok: "ok     ", warning: "LOOK AT", failed: "FAILED " }[finding.how];
    console.log(`${mark} ${finding.what}: ${finding.detail}`);
  }
  return findings.some(({ how }) => how === "failed") ? 1 : 0;
}

async function* examine(environment: Environment): AsyncGenerator<Finding> {
  const unknown = unknownSettings(environment);
  for (const { name, nearest } of unknown) {
    yield failed("settings", `there is no setting ${name}, the nearest is ${nearest}: the box does not start with it`);
  }
  let base: Config;
  try {
    base = readConfig(environment);
  } catch (error) {
    yield failed("settings", wordsOf(error));
    return;
  }
  if (unknown.length === 0) yield ok("settings", "all are known");
  const { data } = base;
  if (!isFolder(data)) {
    yield failed("data", `there is no folder ${data}: start the box once, or set SONODESK_DATA to its data folder`);
    return;
  }
  yield ownership(data);
  let store: Store | undefined;
  try {
    if (!isFile(`${data}/sonodesk.sqlite`)) {
      throw new Error(`there is no store in ${data}: the box has not started yet`);
    }
    refuseUnusable(data);
    store = new Store(`${data}/sonodesk.sqlite`);
    yield ok("store", `can be read, schema ${store.state().schema}`);
  } catch (error) {
    yield failed("store", wordsOf(error));
  }
  const current = store === undefined ? base : new SettingsInForce(base, environment, store.settings, () => {}).current;
  try {
    yield* running(current);
    yield isTimeConfirmed()
      ? ok("clock", `${new Date().toISOString()}, set by the network`)
      : warning("clock", `${new Date().toISOString()}: no time server has set it, see that it is right`);
    if (store !== undefined) yield* backup(store, current);
  } finally {
    store?.close();
  }
}

/** What the running box says of itself, or who has its ports. */
async function* running(config: Config): AsyncGenerator<Finding> {
  const host = config.host ?? "127.0.0.1";
  const report = await healthOf(host, config.webPort);
  for (const { name, status, detail } of report?.checks ?? []) {
    // said below, from what is written down
    if (name === "backup" || name === "clock") continue;
    yield { what: name, how: status === "failing" ? "failed" : status, detail };
  }
  if (report === undefined) {
    yield failed(
      "box",
      `it does not answer on port ${config.webPort}: systemctl status sonodesk, journalctl -u sonodesk`,
    );
  }
  const ports: [string, number][] = [
    ["web", config.webPort],
    ["worklist", config.worklistPort],
    ["storage", config.storagePort],
  ];
  for (const [purpose, port] of ports) {
    const open = await answers(host, port);
    if (report !== undefined) {
      yield open ? ok(`port ${port}`, `${purpose}, open`) : failed(`port ${port}`, `nobody answers for ${purpose}`);
    } else if (open) {
      yield failed(`port ${port}`, `another program has the port of ${purpose}: ss -ltnp 'sport = :${port}' names it`);
    }
  }
}

async function* backup(store: Store, config: Config): AsyncGenerator<Finding> {
  const folders = backupFolders(config);
  const last = lastBackup(store.settings);
  const proof = lastProof(store.settings);
  if (folders.length === 0) yield warning("backup", "no place for it is set: Settings, Storage and backup");
  if (last?.failedAt != null) yield failed("backup", `the last one failed on ${last.failedAt}: ${last.why}`);
  else if (last?.at != null) yield ok("backup", `last good one ${last.at}, ${last.objects} files, to ${last.folder}`);
  else if (folders.length > 0) yield warning("backup", "there is none yet");
  if (proof !== undefined) {
    yield proof.why === "" ? ok("proof", `read back on ${proof.at}, whole`) : failed("proof", proof.why);
  }
  const disks = folders.filter((folder) => !isBucket(folder));
  for (const folder of disks) {
    if (!isFolder(folder)) {
      // of disks that take turns one is away
      const how = disks.some(isFolder) ? warning : failed;
      yield how("backup disk", `${folder} is not there, check that the disk is plugged in`);
      continue;
    }
    const probe = join(folder, `.sonodesk-${crypto.randomUUID()}`);
    try {
      Deno.writeTextFileSync(probe, "");
      Deno.removeSync(probe);
      yield ok("backup disk", `${folder} can be written`);
    } catch (error) {
      yield failed("backup disk", `${folder} cannot be written by the box's user: ${wordsOf(error)}`);
    }
  }
}

/** Files that belong to somebody else, such as root, cannot be written by the box. */
function ownership(data: string): Finding {
  const owner = Deno.statSync(data).uid;
  const others: string[] = [];
  let looked = 0;
  const look = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (++looked > MOST_FILES) return;
      const path = `${folder}/${name}`;
      if (name === "lost+found" && folder === data) continue;
      if (Deno.lstatSync(path).uid !== owner) others.push(path);
      else if (isDirectory) look(path);
    }
  };
  try {
    look(data);
  } catch (error) {
    return failed("data", `${data} cannot be read: ${wordsOf(error)}`);
  }
  if (owner !== Deno.uid()) return failed("data", `${data} belongs to the user ${owner}, not to who runs the box`);
  if (others.length === 0) return ok("data", `${data}, all of it the box's own user's`);
  return failed(
    "data",
    `${others.length} files in ${data} are not the box's user's, such as ${
      others[0]
    }: chown -R --reference=${data} ${data}`,
  );
}

async function healthOf(host: string, port: number): Promise<HealthReport | undefined> {
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

const ok = (what: string, detail: string): Finding => ({ what, how: "ok", detail });
const warning = (what: string, detail: string): Finding => ({ what, how: "warning", detail });
const failed = (what: string, detail: string): Finding => ({ what, how: "failed", detail });

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
