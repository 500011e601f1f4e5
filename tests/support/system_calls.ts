import assert from "node:assert/strict";
import { run } from "./peers.ts";

/** What a program does to files below a folder, one system call a line: what, on which file. */
export async function systemCalls(folder: string, program: string): Promise<string[]> {
  const calls = "openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,close";
  const { code, text } = await run("strace", [
    ...["-f", "-qq", "-y", "-e", `trace=${calls}`, "-e", "signal=none", "-s", "0", "-o", `${folder}.strace`],
    ...[Deno.execPath(), "eval", "--no-lock", program],
  ]);
  assert.equal(code, 0, text);
  const trace = await Deno.readTextFile(`${folder}.strace`);
  await Deno.remove(`${folder}.strace`);
  return trace.split("\n").flatMap((line) => {
    const call = /^\d+ +(\w+)\(/.exec(line)?.[1];
    if (call === undefined || !line.includes(folder) || call === "close" || call === "openat") return [];
    if (call.startsWith("rename")) {
      const [from, to] = [...line.matchAll(/"([^"]*)"/g)].map(([, path]) => path!.slice(folder.length + 1));
      return [`rename ${from} to ${to}`];
    }
    const file = /<([^>]*)>/.exec(line)![1]!;
    return [
      `${call.replace("pwrite64", "write").replace("fdatasync", "fsync")} ${file.slice(folder.length + 1) || "."}`,
    ];
  });
}
