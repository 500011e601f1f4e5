import { parseArgs } from "node:util";
import { readRecording, UnusableRecording } from "./dimse/recording.ts";
import { replay, type ReplayOptions } from "./dimse/replay.ts";
import { refuseUnknownOptions } from "./settings/known_names.ts";

const HELP = `Plays a machine's recorded association against a box, and says where the box answers otherwise.

  deno task replay FILE [options]

  FILE                       a recording, as the machine's page gives it
  --host NAME                where the box is (default 127.0.0.1)
  --port PORT                its port (default 11112)
  --ae-title TITLE           AE title that is called (default: the one that was)
  --calling-ae-title TITLE   AE title to call with (default: the machine's)
  --help                     shows this text

Exit code: 0 the same answers; 1 others; 2 it could not be played. In a recording names, ids and pixels are replaced, so
that a box that has other patients gives other numbers of answers. The messages are played in full: against a box that
works in a clinic they would leave studies of nobody.
`;

/** `deno task replay`. @returns the exit code */
export async function replayCommand(args: string[]): Promise<number> {
  try {
    const options = optionsOf(args);
    if (options === "help") {
      console.log(HELP);
      return 0;
    }
    const { requests, differences, leftOut } = await replay(readRecording(await Deno.readFile(options.file)), options);
    for (const line of leftOut) console.log(`left out: ${line}`);
    for (const line of differences) console.log(`differs: ${line}`);
    console.log(`${requests} requests, ${differences.length === 0 ? "answered as before" : "answered otherwise"}`);
    return differences.length === 0 ? 0 : 1;
  } catch (error) {
    const isSaid = error instanceof UnusableRecording || error instanceof WrongArgument;
    console.error(
      isSaid ? error.message : `Cannot play the recording: ${error instanceof Error ? error.message : error}`,
    );
    return 2;
  }
}

class WrongArgument extends Error {}

function optionsOf(args: string[]): ReplayOptions & { file: string } | "help" {
  const options = {
    "host": { type: "string", default: "127.0.0.1" },
    "port": { type: "string", default: "11112" },
    "ae-title": { type: "string" },
    "calling-ae-title": { type: "string" },
    "help": { type: "boolean", default: false },
  } as const;
  // a task may be run as `deno task replay -- FILE`
  const given = args[0] === "--" ? args.slice(1) : args;
  refuseUnknownOptions("replay", given, Object.keys(options).map((name) => `--${name}`));
  const { values, positionals } = parseArgs({ args: given, options, allowPositionals: true });
  if (values.help) return "help";
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    throw new WrongArgument("Cannot play the recording: name one file. See deno task replay --help.");
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port < 1 || port > 65535) {
    throw new WrongArgument(`Cannot use --port ${values.port}: a port is a number from 1 to 65535`);
  }
  return { file, host: values.host, port, ...titles(values) };
}

function titles(values: { "ae-title"?: string; "calling-ae-title"?: string }) {
  const [called, calling] = (["ae-title", "calling-ae-title"] as const).map((name) => {
    const title = values[name];
    // PS3.5 6.2, AE
    if (title !== undefined && (!/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(title) || title.trim() === "")) {
      throw new WrongArgument(`Cannot use --${name} "${title}": an AE title is 1 to 16 plain letters`);
    }
    return title;
  });
  return { calledAeTitle: called, callingAeTitle: calling };
}
