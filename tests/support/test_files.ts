import { endWithChildren } from "./processes.ts";

/** How a file of tests came out. */
export interface Outcome {
  file: string;
  passed: number;
  /** One at least when it broke before its end. */
  failed: number;
  ignored: number;
  /** How long it took, milliseconds. */
  took: number;
  /** How long processors worked for it, milliseconds: where this is far less, it waited. */
  worked: number;
  /** What it printed on both streams, in order. */
  text: string;
}

/** A file of tests, and how it wants to be run. */
export interface TestFile {
  path: string;
  /** Why it takes so long that it is to begin before the others: `// runs first: <why>` at its top. */
  first: string | undefined;
  /** Why nothing may run beside it: `// runs alone: <why>` at its top. */
  alone: string | undefined;
}

/** The files of tests there, in the order of their names: a file stands for itself, a folder for what is below it. */
export function findTests(paths: readonly string[]): TestFile[] {
  const found = new Set<string>();
  const look = (path: string) => {
    if (Deno.statSync(path).isFile) return void found.add(path);
    for (const { name, isDirectory } of [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (isDirectory && !name.startsWith(".") && name !== "node_modules") look(`${path}/${name}`);
      else if (name.endsWith("_test.ts")) found.add(`${path}/${name}`);
    }
  };
  for (const path of paths) look(path.replace(/(?<=.)\/+$/, ""));
  return [...found].map((path) => {
    const text = Deno.readTextFileSync(path);
    const marked = (how: string) => new RegExp(`^// runs ${how}: (.+)$`, "m").exec(text)?.[1];
    return { path, first: marked("first"), alone: marked("alone") };
  });
}

/** What `times` of a shell prints: its own time, and in the second line that of its children, user's and kernel's. */
const TIMES = /\S+ \S+\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s\n$/;

/**
 * Runs one file of tests in a process of its own.
 *
 * @param bound after so many milliseconds it is ended, with all that it started, and counts as failed
 */
export async function runFile(
  file: string,
  { options = [], env = {}, bound }: { options?: string[]; env?: Record<string, string>; bound: number },
): Promise<Outcome> {
  const started = performance.now();
  const process = new Deno.Command("sh", {
    // one stream for both, so that they stay in order; at its end what POSIX's shell says of its children's time
    args: [
      "-c",
      '"$0" "$@" 2>&1; code=$?; times; exit $code',
      Deno.execPath(),
      "test",
      "-A",
      "--no-check",
      ...options,
      file,
    ],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let isTooLate = false;
  const end = setTimeout(() => {
    isTooLate = true;
    endWithChildren(process.pid);
  }, bound);
  let text = "";
  for await (const piece of process.stdout.pipeThrough(new TextDecoderStream())) text += piece;
  const { success } = await process.status;
  clearTimeout(end);
  const [, minutes, seconds, ofKernel, andSeconds] = TIMES.exec(text) ?? [0, 0, 0, 0, 0];
  const worked = 60_000 * (Number(minutes) + Number(ofKernel)) + 1000 * (Number(seconds) + Number(andSeconds));
  text = text.replace(TIMES, "");
  if (isTooLate) text += `\n${file} was ended after ${bound / 1000} s: it hangs\n`;
  return { file, ...countsOf(text, success), took: performance.now() - started, worked, text };
}

/** How many tests passed, failed and were ignored, by what `deno test` printed. */
export function countsOf(text: string, success: boolean): Pick<Outcome, "passed" | "failed" | "ignored"> {
  const summary = [
    ...text.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?: \| (\d+) ignored)?/gm),
  ].at(-1);
  const [passed, failed, ignored] = [1, 2, 3].map((group) => Number(summary?.[group] ?? 0)) as [number, number, number];
  // a run that broke before its end has no summary, or one that does not say what broke
  return { passed, failed: failed === 0 && (!success || summary === undefined) ? 1 : failed, ignored };
}

/** What a person wants to read of a failure: what `deno test` says of each at its end, or else the last it printed. */
export function failuresIn(text: string): string {
  const ignored = text.split("\n").filter((line) => / \.\.\. ignored \(/.test(line));
  const errors = text.lastIndexOf("\n ERRORS \n");
  const last = errors >= 0 ? text.slice(errors) : ignored.length > 0 ? "" : text.split("\n").slice(-60).join("\n");
  return [...ignored, last.trim()].join("\n").trim();
}
