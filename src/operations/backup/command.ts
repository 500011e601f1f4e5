import { parseArgs } from "node:util";
import { type Config, parseBytes, readConfig } from "../../config.ts";
import { Store } from "../../store/store.ts";
import { startLogging } from "../logging.ts";
import { backUp } from "./backup.ts";
import { noteBackup } from "./last_backup.ts";
import { restore } from "./restore.ts";
import { verifyBackup } from "./verify.ts";

/** `backup DIR [--rate BYTES]`: may run beside the box itself. Exit code 1 when a received file is not in the backup. */
export async function backupCommand(args: string[]): Promise<number> {
  const { folder, values, config } = await understand("backup", args, { rate: { type: "string" } });
  const bytesPerSecond = values.rate === undefined ? undefined : parseBytes(values.rate);
  const result = await backUp({ data: config.data, folder, passphrase: config.backupPassphrase, bytesPerSecond });
  const store = new Store(`${config.data}/sonodesk.sqlite`);
  noteBackup(store.settings, folder, result);
  store.close();
  const { objects, fresh, missing } = result;
  console.log(
    `Backup ${result.name}: ${objects.count} objects, ${megabytes(objects.bytes)}; ` +
      `${fresh.count} of them new, ${megabytes(fresh.bytes)}`,
  );
  for (const path of missing) console.log(`not in any backup, for its file is damaged or missing: ${path}`);
  return missing.length === 0 ? 0 : 1;
}

/** `backup-verify DIR [--snapshot NAME]`: exit code 1 when something is wrong with the backup. */
export async function backupVerifyCommand(args: string[]): Promise<number> {
  const { folder, values, config } = await understand("backup-verify", args, SNAPSHOT);
  const { name, manifest, files, bytes, damaged } = await verifyBackup({
    folder,
    passphrase: config.backupPassphrase,
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

/** `restore DIR [--snapshot NAME]` into the data folder. Exit code 1 when a file could not be brought back. */
export async function restoreCommand(args: string[]): Promise<number> {
  const { folder, values, config } = await understand("restore", args, SNAPSHOT);
  const { name, time, objects, damaged } = await restore({
    folder,
    data: config.data,
    passphrase: config.backupPassphrase,
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
  const config = readConfig(Deno.env.toObject());
  await startLogging("warning", "text");
  let parsed: { positionals: string[]; values: object };
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Error(`Cannot run ${command}: ${(error as Error).message}, see --help`, { cause: error });
  }
  const [folder, ...more] = parsed.positionals;
  if (folder === undefined || more.length > 0) throw new Error(`Cannot run ${command}: name one folder, see --help`);
  return { folder: folder.replace(/(.)\/+$/, "$1"), values: parsed.values, config };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
