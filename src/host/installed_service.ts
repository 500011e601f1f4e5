import { isFile } from "../objects/files.ts";

/** The service as the Debian package installs it, and where an admin changes it. Later ones win. */
const UNIT = "/usr/lib/systemd/system/sonodesk.service";
const DROP_INS = ["/usr/lib/systemd/system/sonodesk.service.d", "/etc/systemd/system/sonodesk.service.d"];
/** Where the installed program runs from: compiled, or the Deno that the package brings. */
const PROGRAMS = /^\/usr\/(bin\/sonodesk|lib\/sonodesk\/.*)$/;

/** What an installed box runs as and with. */
export interface InstalledService {
  /** Name of its user. */
  user: string;
  /** That user's id. */
  uid: number;
  /** What its unit and the files that this names set. */
  environment: Record<string, string>;
  /** Files of settings that this user may not read. */
  unread: string[];
}

/** Whether this program is the one that the package has installed. @param path of the program that runs */
export function isInstalled(path: string): boolean {
  return PROGRAMS.test(path);
}

/**
 * The service of this computer; undefined where none is installed.
 *
 * @param root what its paths are below
 */
export function installedService(root = ""): InstalledService | undefined {
  if (!isFile(root + UNIT)) return undefined;
  const files = [UNIT, ...DROP_INS.flatMap((folder) => namesIn(root + folder).map((name) => `${folder}/${name}`))];
  const environment: Record<string, string> = {};
  const unread: string[] = [];
  let user = "root";
  for (const file of files) {
    for (const [name, value] of assignmentsIn(Deno.readTextFileSync(root + file))) {
      if (name === "User") user = value;
      else if (name === "Environment") Object.assign(environment, Object.fromEntries(pairsIn(value)));
    }
  }
  // over what the units set, as systemd does it
  for (const file of files) {
    for (const [name, value] of assignmentsIn(Deno.readTextFileSync(root + file))) {
      if (name !== "EnvironmentFile") continue;
      const path = value.replace(/^-/, "");
      try {
        const lines = assignmentsIn(Deno.readTextFileSync(root + path));
        Object.assign(environment, Object.fromEntries(lines.map(([one, text]) => [one, unquoted(text)])));
      } catch (error) {
        if (error instanceof Deno.errors.PermissionDenied) unread.push(path);
        else if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
  const row = Deno.readTextFileSync(`${root}/etc/passwd`).split("\n").find((line) => line.startsWith(`${user}:`));
  if (row === undefined) return undefined;
  return { user, uid: Number(row.split(":")[2]), environment, unread };
}

/** `NAME=value` lines, without comments. */
function assignmentsIn(text: string): [string, string][] {
  return text.split("\n").flatMap((line) => {
    const [, name, value] = /^\s*([A-Za-z_]\w*)=(.*?)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value!]];
  });
}

/** `A=1 "B=two words"`, as systemd.exec(5) has them in one line. */
function pairsIn(value: string): [string, string][] {
  return [...value.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].flatMap(([, double, single, bare]) => {
    const pair = double ?? single ?? bare!;
    const at = pair.indexOf("=");
    return at < 1 ? [] : [[pair.slice(0, at), unquoted(pair.slice(at + 1))]];
  });
}

function unquoted(text: string): string {
  return /^"(.*)"$|^'(.*)'$/.exec(text)?.slice(1).find((part) => part !== undefined) ?? text;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".conf")).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
