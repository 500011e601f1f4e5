import { isFile } from "./objects/files.ts";
import { parseArgs } from "node:util";
import { type Config, readConfig } from "./settings/config.ts";
import { parseBytes } from "./settings/kinds.ts";
import { refuseUnknownOptions } from "./settings/known_names.ts";
import { Store } from "./store/store.ts";
import { startLogging } from "./logging.ts";
import { refuseUnusable } from "./rescue/trouble.ts";
import { SettingsInForce } from "./settings/effective_settings.ts";
import { backUp } from "./backup/backup.ts";
import { noteBackup } from "./backup/last_backup.ts";
import { mendArchive } from "./backup/mend.ts";
import { restore } from "./backup/restore.ts";
import { backupOptions } from "./backup/settings.ts";
import { verifyBackup } from "./backup/verify.ts";

/** `backup DIR [--rate BYTES]`: may run beside the box itself. Exit code 1 when a received file is not in the backup. */
export async function backupCommand(args: string[]): Promise<number> {
  const { folder, values, config } = await understand("backup", args, { rate: { type: "string" } });
  refuseUnusable(config.data); // else an empty store beside a full archive would be backed up as if that were all
  const bytesPerSecond = values.rate === undefined ? undefined : parseBytes(values.rate);
  const result = await backUp({ ...backupOptions(config), data: config.data, folder, bytesPerSecond });
  const store = new Store(`${config.data}/sonodesk.sqlite`);
  noteBackup(store.settings, folder, result);
  store.close();
  const { objects, fresh, pruned, missing } = result;
  console.log(
    `Backup ${result.name}: ${objects.count} objects, ${megabytes(objects.bytes)}; ` +
      `${fresh.count} of them new, ${megabytes(fresh.bytes)}` + (pruned > 0 ? `; ${pruned} removed` : ""),
  );
  for (const path of missing) console.log(`not in any backup, for its file is damaged or missing: ${path}`);
  return missing.length === 0 ? 0 : 1;
}

/** `backup-verify DIR [--snapshot NAME]`: exit code 1 when something is wrong with the backup. */
export async function backupVerifyCommand(args: string[]): Promise<number> {
  const { folder, values, config } = await understand("backup-verify", args, SNAPSHOT);
  const { name, manifest, files, bytes, damaged } = await verifyBackup({
    ...backupOptions(config),
    folder,
    name: values.snapshot,
  });
  for (const line of damaged) console.log(line);
  for (const path of manifest.missing) console.log(`was damaged or missing when this was made: ${path}`);
  const verdict = damaged.length === 0
    ? "all whole"
    : `${damaged.length} damaged; delete them, and the next backup brings them again`;
  console.log(`Backup ${name} of ${manifest.time}: ${files} files, ${megabytes(bytes)}: ${verdict}`);
  return damaged.length === 0 ? 0 : 1;
}

/** `mend DIR`: may run beside the box itself. Exit code 1 when a file is damaged still. */
export async function mendCommand(args: string[]): Promise<number> {
  const { folder, config } = await understand("mend", args, {});
  refuseUnusable(config.data);
  const store = new Store(`${config.data}/sonodesk.sqlite`);
  try {
    const { mended, left } = await mendArchive(store.instanceFiles, {
      ...backupOptions(config),
      ...{ data: config.data, folder },
    });
    console.log(`${mended} files mended from the backup` + (left > 0 ? `, ${left} are not whole in it either` : ""));
    return left === 0 ? 0 : 1;
  } finally {
    store.close();
  }
}

/** `restore DIR [--snapshot NAME]` into the data folder. Exit code 1 when a file could not be brought back. */
export async function restoreCommand(args: string[]): Promise<number> {
  const { folder, values, config } = await understand("restore", args, SNAPSHOT);
  const { name, time, objects, damaged } = await restore({
    ...backupOptions(config),
    folder,
    data: config.data,
    name: values.snapshot,
  });
  for (const line of damaged) console.log(line);
  const lost = damaged.length === 0 ? "" : `, ${damaged.length} could not be brought back`;
  console.log(`Restored ${name} of ${time}: ${objects.count} objects, ${megabytes(objects.bytes)}${lost}`);
  return damaged.length === 0 ? 0 : 1;
}

const SNAPSHOT = { snapshot: { type: "string" } } as const;

async function understand<Options extends Record<string, { type: "string" }>>(
  command: string,
  args: string[],
  options: Options,
): Promise<{ folder: string; values: { [K in keyof Options]?: string }; config: Config }> {
  refuseUnknownOptions(command, args, Object.keys(options).map((name) => `--${name}`));
  const config = configHere();
  await startLogging("warning", "text");
  let parsed: { positionals: string[]; values: object };
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Error(`Cannot run ${command}: ${(error as Error).message}, see --help`, { cause: error });
  }
  const [folder, ...more] = parsed.positionals;
  if (folder === undefined || more.length > 0) throw new Error(`Cannot run ${command}: name one place, see --help`);
  return { folder: folder.replace(/(.)\/+$/, "$1"), values: parsed.values, config };
}

/** What the environment sets, and over the defaults what the settings page of a box here has: how to get into a bucket. */
function configHere(): Config {
  const environment = Deno.env.toObject();
  const base = readConfig(environment);
  const path = `${base.data}/sonodesk.sqlite`;
  if (!isFile(path) || Deno.statSync(path).size === 0) return base;
  const store = new Store(path);
  try {
    return new SettingsInForce(base, environment, store.settings, () => {}).current;
  } finally {
    store.close();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
