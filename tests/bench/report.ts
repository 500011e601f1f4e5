import { cpus, totalmem } from "node:os";
import { run } from "../support/peers.ts";
import { printed } from "./measure.ts";

const PAGE = new URL("../../docs/performance.md", import.meta.url);

/** What ran where: the machine and the versions of the programs that are compared. */
export async function machineAndVersions(): Promise<string> {
  const [processor] = cpus();
  const versions = await Promise.all([
    first("storescu", ["--version"], /v(\d+\.\d+\.\d+)/),
    first("Orthanc", ["--version"], /(\d+\.\d+\.\d+)/),
  ]);
  return [
    `${cpus().length} × ${processor?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, load ${
      Deno.loadavg()[0]!.toFixed(1)
    } before it began`,
    `Deno ${Deno.version.deno}, DCMTK ${versions[0]}, Orthanc ${versions[1]}`,
  ].join("; ");
}

async function first(program: string, args: string[], pattern: RegExp): Promise<string> {
  const { text } = await run(program, args);
  return pattern.exec(text)?.[1] ?? "of an unknown version";
}

/** Puts what was printed into its section of `docs/performance.md`, in place of what an earlier run put there. */
export function write(command: string, about: string): void {
  const [begin, end] = [`<!-- ${command} -->`, `<!-- end of ${command} -->`];
  const page = Deno.readTextFileSync(PAGE);
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to === -1) {
    throw new Error(`Cannot write the figures: docs/performance.md has no ${begin}, add it`);
  }
  const day = new Date().toISOString().slice(0, 10);
  const section = [begin, `\`deno task bench ${command}\`, ${day}: ${about}.`, ...printed].join("\n\n");
  Deno.writeTextFileSync(PAGE, `${page.slice(0, from)}${section}\n\n${page.slice(to)}`);
  const { success } = new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE.pathname] }).outputSync();
  if (!success) throw new Error("Cannot format docs/performance.md: run deno fmt on it");
}
