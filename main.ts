import { Appliance } from "./src/appliance.ts";
import { installSql } from "./src/clinic/contract.ts";
import { describeSettings, readConfig } from "./src/config.ts";
import { demo } from "./src/demo.ts";
import { startLogging } from "./src/operations/logging.ts";
import { VERSION } from "./src/operations/version.ts";
import { untilStopped } from "./src/operations/stop_signal.ts";
import { simulateCommand } from "./src/simulator/command.ts";
import { ensureAdmin } from "./src/web/admin.ts";

const HELP = `Sonodesk ${VERSION}: the patient on the ultrasound machine, the images back under the right patient.

Usage: sonodesk [command]

  start       run the box (the default)
  demo        run it with a demo clinic and a virtual ultrasound machine
  simulate    run the virtual ultrasound machine against any worklist and storage server; see simulate --help
  clinic-sql  print the SQL that the clinic's PostgreSQL needs
  --version   print the version
  --help      print this

Settings, all from the environment:
${describeSettings()}
`;

const commands: Record<string, (args: string[]) => Promise<number>> = {
  start,
  demo,
  simulate: simulateCommand,
  "clinic-sql": () => say(installSql()),
  "--version": () => say(VERSION),
  "--help": () => say(HELP),
  help: () => say(HELP),
};

async function start(): Promise<number> {
  const config = readConfig(Deno.env.toObject());
  await startLogging(config.logLevel, "json");
  const appliance = new Appliance(config);
  if (config.adminUsername !== undefined && config.adminPassword !== undefined) {
    await ensureAdmin(appliance.store, config.adminUsername, config.adminPassword);
  }
  await appliance.start();
  await untilStopped();
  await appliance.stop();
  return 0;
}

function say(text: string): Promise<number> {
  console.log(text);
  return Promise.resolve(0);
}

if (import.meta.main) {
  const [name = "start", ...args] = Deno.args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (command === undefined) throw new Error(`Cannot run "${name}": there is no such command, see --help`);
    Deno.exit(await command(args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
