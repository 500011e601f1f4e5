import { parseArgs } from "node:util";
import { refuseUnknownOptions } from "../settings/known_names.ts";
import { type MachineOptions, VirtualMachine } from "./machine.ts";

const HELP = `A virtual ultrasound machine: asks a worklist, "scans" each patient on it, sends images and a report.

  deno task simulate [options]

  --host NAME                where the servers are (default 127.0.0.1)
  --worklist-port PORT       port of the worklist (default 11112)
  --storage-port PORT        port of the storage (default 11113)
  --ae-title TITLE           AE title that is called, of both (default STORESCP)
  --calling-ae-title TITLE   the machine's own AE title (default VIRTUAL-US)
  --modality CODE            asks for steps of this modality (default US)
  --date YYYY-MM-DD          asks for this day (default today)
  --once                     asks once, scans all that is there, and ends: 0 if all went well, 1 if not
  --poll SECONDS             from one look at the worklist to the next (default 3)
  --help                     shows this text

It works until Ctrl-C. Its pictures are made up: they show no real patient.
`;

/** Seconds an examination takes with --once, where a technician waits for the result. */
const QUICK_SCAN_SECONDS = 1;

/**
 * `deno task simulate`: runs the virtual machine from the command line's arguments until Ctrl-C or, with --once, until
 * the worklist has been examined.
 *
 * @returns the exit code: 0 all well; 1 with --once when nothing was found or something failed; 2 a wrong argument
 */
export async function simulateCommand(args: string[]): Promise<number> {
  let options: MachineOptions | "help";
  try {
    options = machineOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}. See deno task simulate --help.`);
    return 2;
  }
  if (options === "help") {
    console.log(HELP);
    return 0;
  }

  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  try {
    const summary = await new VirtualMachine({ ...options, signal: stop.signal, log: (line) => console.log(line) })
      .run();
    if (!options.once) return 0;
    const { found, examined, accepted, failures } = summary;
    if (found === 0 && failures.length === 0) {
      console.log("Nobody is on the list: send a patient to the machine at reception, then run this again.");
    } else if (found > 0) {
      console.log(`Examined ${examined} of ${found} patients, ${accepted} objects accepted.`);
    }
    return found > 0 && examined === found && failures.length === 0 ? 0 : 1;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
  }
}

function machineOptions(args: string[]): MachineOptions | "help" {
  const options = {
    "host": { type: "string", default: "127.0.0.1" },
    "worklist-port": { type: "string", default: "11112" },
    "storage-port": { type: "string", default: "11113" },
    "ae-title": { type: "string", default: "STORESCP" },
    "calling-ae-title": { type: "string", default: "VIRTUAL-US" },
    "modality": { type: "string", default: "US" },
    "date": { type: "string" },
    "once": { type: "boolean", default: false },
    "poll": { type: "string", default: "3" },
    "help": { type: "boolean", default: false },
  } as const;
  refuseUnknownOptions("simulate", args, Object.keys(options).map((name) => `--${name}`));
  // A task may be run as `deno task simulate -- --once`.
  const { values } = parseArgs({ args: args[0] === "--" ? args.slice(1) : args, options });
  if (values.help) return "help";
  const aeTitle = applicationEntity("--ae-title", values["ae-title"]);
  return {
    host: values.host,
    worklistPort: port("--worklist-port", values["worklist-port"]),
    storagePort: port("--storage-port", values["storage-port"]),
    worklistAeTitle: aeTitle,
    storageAeTitle: aeTitle,
    callingAeTitle: applicationEntity("--calling-ae-title", values["calling-ae-title"]),
    modality: values.modality,
    ...(values.date === undefined ? {} : { date: day(values.date) }),
    once: values.once,
    pollSeconds: seconds("--poll", values.poll),
    ...(values.once ? { scanSeconds: QUICK_SCAN_SECONDS } : {}),
  };
}

function port(name: string, value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= 65535) return number;
  throw new Error(`Cannot use ${name} ${value}: a port is a number from 1 to 65535`);
}

function seconds(name: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && number > 0 && number <= 86_400) return number;
  throw new Error(`Cannot use ${name} ${value}: give seconds, more than 0`);
}

/** PS3.5 6.2, AE: at most 16 characters, no backslash, not only spaces. */
function applicationEntity(name: string, value: string): string {
  if (/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(value) && value.trim() !== "") return value;
  throw new Error(`Cannot use ${name} "${value}": an AE title is 1 to 16 plain letters, without a backslash`);
}

/** DA from ISO 8601 (or DA itself). */
function day(value: string): string {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(value);
  if (match !== null && !Number.isNaN(Date.parse(`${match[1]}-${match[2]}-${match[3]}`))) {
    return match[1]! + match[2]! + match[3]!;
  }
  throw new Error(`Cannot use --date ${value}: write it as YYYY-MM-DD`);
}
