/**
 * The time that everything built is said to be from, so that two builds of the same sources are the same bytes:
 * SOURCE_DATE_EPOCH from the environment, else the time of the last commit.
 *
 * @returns seconds since 1970
 * @throws Error when neither is known
 */
export function sourceDate(): number {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  if (given !== undefined) {
    if (/^\d+$/.test(given)) return Number(given);
    throw new Error(`Cannot use SOURCE_DATE_EPOCH=${given}: it must be seconds since 1970`);
  }
  const { success, stdout } = new Deno.Command("git", {
    args: ["log", "-1", "--format=%ct"],
    cwd: new URL("./", import.meta.url),
    stderr: "null",
  }).outputSync();
  const time = new TextDecoder().decode(stdout).trim();
  if (success && time !== "") return Number(time);
  throw new Error("Cannot tell from when the sources are: this is no git checkout, set SOURCE_DATE_EPOCH");
}
