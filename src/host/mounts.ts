/**
 * Whether nothing can be written below a folder since its disk is mounted read-only, as the system does after an error
 * of the disk. Reads what the kernel says (proc_pid_mountinfo(5)) and writes nothing; false where it says nothing.
 */
export async function isReadOnly(folder: string): Promise<boolean> {
  let mounts: string;
  try {
    mounts = await Deno.readTextFile("/proc/self/mountinfo");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // not a Linux
    throw error;
  }
  const path = await Deno.realPath(folder);
  // a later one is mounted over an earlier one of the same place
  const mount = mounts.trimEnd().split("\n").map((line) => line.split(" "))
    .filter(([, , , , at]) => isBelow(path, unescape(at!)))
    .reduce((nearest, next) => next[4]!.length >= nearest[4]!.length ? next : nearest);
  const ofDisk = mount[mount.indexOf("-") + 3] ?? "";
  return [mount[5]!, ofDisk].some((options) => options.split(",").includes("ro"));
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** Blanks and backslashes are written as three octal digits. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}
