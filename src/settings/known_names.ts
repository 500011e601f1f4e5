import { SETTINGS } from "./config.ts";

const PREFIX = "SONODESK_";

/**
 * A setting that is misspelt would leave the box as it is without it: open, for one.
 *
 * @throws Error that names the setting that is not known, and the nearest one that is
 */
export function refuseUnknownSettings(environment: Readonly<Record<string, string | undefined>>): void {
  for (const { name, nearest } of unknownSettings(environment)) {
    throw new Error(`Cannot use ${name}: there is no such setting, the nearest is ${nearest}, see --help for them all`);
  }
}

/** The settings that are none, each with the nearest that is one. */
export function unknownSettings(
  environment: Readonly<Record<string, string | undefined>>,
): { name: string; nearest: string }[] {
  const known = Object.values(SETTINGS).map(({ name }) => name);
  return Object.entries(environment)
    .filter(([name, value]) => name.startsWith(PREFIX) && value && !known.includes(name))
    .map(([name]) => ({ name, nearest: nearestSetting(name) }));
}

/**
 * Refuses options that a command does not know.
 *
 * @param options those that the command has, with their dashes
 * @throws Error that names the option that is not known, and the nearest one that is, or the nearest setting
 */
export function refuseUnknownOptions(command: string, args: readonly string[], options: readonly string[] = []): void {
  for (const arg of args) {
    const [name = ""] = arg.split("=");
    if (!/^-./.test(name) || name === "--" || options.includes(name)) continue;
    const instead = options.length === 0
      ? `set ${nearestSetting(name)} in the environment`
      : `the nearest is ${nearest(name, options)}`;
    throw new Error(`Cannot run ${command} with ${name}: there is no such option, ${instead}, see --help`);
  }
}

/** For a command that takes nothing. @throws Error that names what it was given */
export function refuseArguments(command: string, args: readonly string[]): void {
  refuseUnknownOptions(command, args);
  const [first] = args;
  if (first !== undefined) throw new Error(`Cannot run ${command} with "${first}": it takes no arguments, see --help`);
}

function nearestSetting(name: string): string {
  const bare = name.replace(PREFIX, "").replace(/^-+/, "").replaceAll("-", "_").toUpperCase();
  return PREFIX + nearest(bare, Object.values(SETTINGS).map((setting) => setting.name.slice(PREFIX.length)));
}

/** The name with the fewest letters to change; first of all one that has the whole of it as a word. */
export function nearest(name: string, known: readonly string[]): string {
  const ranked = known.map((one) => ({
    one,
    hasWord: `_${one}_`.includes(`_${name}_`) ? 0 : 1,
    edits: edits(name, one),
  }));
  ranked.sort((a, b) => a.hasWord - b.hasWord || a.edits - b.edits);
  return ranked[0]!.one;
}

/** How many letters must be added, removed or changed to make one of the other (Levenshtein). */
function edits(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = before[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      row.push(Math.min(changed, before[j]! + 1, row[j - 1]! + 1));
    }
    before = row;
  }
  return before[other.length]!;
}
