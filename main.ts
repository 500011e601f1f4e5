import { getLogger } from "@logtape/logtape";
import { Archive } from "./src/archive/archive.ts";
import { describeSettings, readConfig } from "./src/settings/config.ts";
import { nearest, refuseArguments, refuseUnknownSettings } from "./src/settings/known_names.ts";
import { runAsService } from "./src/as_service.ts";
import { startLogging } from "./src/logging.ts";
import { ensureTimeZone } from "./src/host/time_zone.ts";
import { VERSION } from "./src/version.ts";
import { IdleMemory } from "./src/operations/idle_memory.ts";
import { untilStopped } from "./src/host/stop_signal.ts";
import { refuseUnusable } from "./src/rescue/trouble.ts";
import { runBox } from "./src/run_box.ts";
import { SettingsInForce } from "./src/settings/effective_settings.ts";
import { Store } from "./src/store/store.ts";
import { ensureAdmin } from "./src/web/admin.ts";

const HELP = `Sonodesk ${VERSION}: the patient on the ultrasound machine, the images back under the right patient.

Usage: sonodesk [command]

  start       run the box (the default)
  demo        run it with a demo clinic and a virtual ultrasound machine
  simulate    run the virtual ultrasound machine against any worklist and storage server; see simulate --help
  replay FILE                          play a machine's recorded association against a box; see replay --help
  clinic-sql  print the SQL that the clinic's PostgreSQL needs
  clinic-models [--migration]          print SQLAlchemy models of the box's tables there, or an Alembic migration
  verify      read every stored file against its hash; exit code 1 when one is damaged
  backup DIR [--rate BYTES]            back up to a folder or s3://bucket/path, also while the box runs; --rate 20M slows it down
  backup-verify DIR [--snapshot NAME]  prove a backup without restoring it; exit code 1 when something is wrong
  mend DIR                             bring received files that are damaged or missing from a backup, after verify
  restore DIR [--snapshot NAME]        fill an empty data folder from a backup
  doctor                               say what is wrong with the box of this computer: settings, files, ports, clock, backup
  self-test                            call the running box as a machine does; exit code 1 when it cannot do its job
  known-chunks DIR                     put what an update has in common with the system on its input into DIR, by its map there
  audit-verify                         follow the audit's chain of hashes; exit code 1 when an event was removed or changed
  --version   print the version
  --help      print this

On a computer where the package has installed it, the commands about the box use its service's settings and run as its
user; run them as root. SONODESK_DATA names another box's data folder.

Settings, all from the environment:
${describeSettings()}
`;

const log = getLogger(["sonodesk", "web"]);

type Command = (args: string[]) => Promise<number>;

/** What the box itself does not need is loaded by the command that does: a box has no memory for it. */
const commands: Record<string, Command> = {
  start: plain("start", start),
  demo: plain("demo", async () => await (await import("./src/demo.ts")).demo()),
  simulate: async (args) => await (await import("./src/simulator/command.ts")).simulateCommand(args),
  replay: async (args) => await (await import("./src/replay_command.ts")).replayCommand(args),
  "clinic-sql": plain(
    "clinic-sql",
    async () => say((await import("./src/clinic/mapping/install_sql.ts")).installSql()),
  ),
  "clinic-models": printClinicModels,
  verify: plain("verify", verifyFiles),
  "audit-verify": plain("audit-verify", verifyAudit),
  doctor: async (args) => await (await import("./src/doctor_command.ts")).doctorCommand(args),
  "self-test": plain("self-test", testBox),
  backup: async (args) => await (await backups()).backupCommand(args),
  "backup-verify": async (args) => await (await backups()).backupVerifyCommand(args),
  mend: async (args) => await (await backups()).mendCommand(args),
  restore: async (args) => await (await backups()).restoreCommand(args),
  "known-chunks": lookForKnownChunks,
  "--version": () => say(VERSION),
  "--help": () => say(HELP),
  help: () => say(HELP),
};

const backups = () => import("./src/backup_command.ts");

async function printClinicModels(args: string[]): Promise<number> {
  const asMigration = args[0] === "--migration";
  if (args.includes("--help")) return say(HELP);
  refuseArguments("clinic-models", asMigration ? args.slice(1) : args);
  const { clinicModels } = await import("./src/clinic/contract.ts");
  return say(clinicModels(asMigration));
}

/** For the appliance's image, which gives it the root that runs as its input; the folder is that of updates. */
async function lookForKnownChunks([folder]: string[]): Promise<number> {
  if (folder === undefined) throw new Error("Cannot look for chunks: say in which folder the update's map is");
  const { putKnownChunks } = await import("./src/host/known_chunks.ts");
  await putKnownChunks(folder, Deno.stdin.readable);
  return 0;
}

/** A command that takes no arguments. */
function plain(name: string, command: () => Promise<number>): Command {
  return (args) => {
    if (args.includes("--help")) return say(HELP);
    refuseArguments(name, args);
    return command();
  };
}

async function start(): Promise<number> {
  const config = readConfig(Deno.env.toObject());
  await startLogging(config.logLevel, "json");
  using _ = new IdleMemory();
  await runBox(config, {
    environment: Deno.env.toObject(),
    stopped: untilStopped(),
    announceSetupCode: (code) => console.log(`\n  First start: open the page of the box. Its setup code is ${code}\n`),
    announceRescue: (code, { detail }) =>
      console.log(`\n  ${detail}\n  Open the page of the box and choose what to do. The code for it is ${code}\n`),
    prepare: async ({ store }) => {
      if (config.adminUsername !== undefined && config.adminPassword !== undefined) {
        const { adminUsername, adminPassword } = config;
        await ensureAdmin(store, adminUsername, adminPassword, (message) => log.warn(message));
      }
    },
  });
  return 0;
}

/** May run beside the box itself: it only reads files and notes what it finds. */
async function verifyFiles(): Promise<number> {
  const config = readConfig(Deno.env.toObject());
  await startLogging("warning", "text");
  const store = openStore(config.data);
  const archive = new Archive(`${config.data}/archive`, store, { floor: config.diskFloor });
  const { files, bytes, damaged } = await archive.checkIntegrity();
  store.close();
  for (const { path, damage } of damaged) console.log(`${path}: ${damage}`);
  console.log(
    `${files} files, ${(bytes / 1e6).toFixed(0)} MB: ${
      damaged.length === 0 ? "all whole" : `${damaged.length} damaged`
    }`,
  );
  return damaged.length === 0 ? 0 : 1;
}

/** May run beside the box itself. */
async function verifyAudit(): Promise<number> {
  const config = readConfig(Deno.env.toObject());
  const store = openStore(config.data);
  const { events, broken } = await store.audit.verify();
  store.close();
  for (const line of broken) console.log(line);
  console.log(`${events} events: ${broken.length === 0 ? "none was removed or changed" : "the audit is not whole"}`);
  return broken.length === 0 ? 0 : 1;
}

/** Beside the running box, on the box itself. Nothing of the test stays. */
async function testBox(): Promise<number> {
  const environment = Deno.env.toObject();
  const base = readConfig(environment);
  await startLogging("warning", "text");
  const store = openStore(base.data);
  const { current } = new SettingsInForce(base, environment, store.settings, () => {});
  store.close();
  const { worklistPort, storagePort, webPort, aeTitle } = current;
  const { selfTest } = await import("./src/operations/self_test.ts");
  const steps = await selfTest({ address: base.host ?? "127.0.0.1", worklistPort, storagePort, webPort, aeTitle });
  for (const { what, how, detail } of steps) {
    console.log(`${how === "ok" ? "ok    " : "FAILED"} ${what.detail}: ${detail}`);
  }
  return steps.every(({ how }) => how === "ok") ? 0 : 1;
}

/** The box's store, for a command beside it: none is made where a person is to be asked first. @throws NeedsRescue */
function openStore(data: string): Store {
  refuseUnusable(data);
  return new Store(`${data}/sonodesk.sqlite`);
}

function say(text: string): Promise<number> {
  console.log(text);
  return Promise.resolve(0);
}

/** Runs the command that was asked for, and ends the program with its exit code. */
export async function main(): Promise<never> {
  const [name = "start", ...args] = Deno.args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (command === undefined) {
      const meant = nearest(name, Object.keys(commands));
      throw new Error(`Cannot run "${name}": there is no such command, see --help; the nearest is ${meant}`);
    }
    const done = args.includes("--help") ? undefined : await runAsService(name, args);
    if (done !== undefined) Deno.exit(done);
    // the service's is for what Deno compiles, and lasts; what the box puts aside goes where systemd clears it away
    if (Deno.env.get("TMPDIR")?.endsWith("/cache/deno")) Deno.env.delete("TMPDIR");
    if (!/help|version/.test(name)) {
      if (name !== "doctor") refuseUnknownSettings(Deno.env.toObject());
      ensureTimeZone();
    }
    Deno.umask(0o077); // what this writes is for its own user
    Deno.exit(await command(args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}

if (import.meta.main) await main();
