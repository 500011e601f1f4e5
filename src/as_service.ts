import { installedService, isInstalled } from "./host/installed_service.ts";

/** Commands about the box of this computer. What only prints, a demo and the simulator are anybody's. */
const OF_THE_BOX = new Set([
  ...["verify", "audit-verify", "self-test", "backup", "backup-verify", "mend", "restore", "doctor"],
]);

/**
 * Has a command of the installed program run with the settings of its service and as its user: what root writes, the
 * service could not open. Where SONODESK_DATA names a folder, or the program is not the installed one, nothing happens.
 *
 * @returns the exit code of the command that ran in place of this one; undefined where this one goes on
 * @throws Error where somebody else runs it, who must not read the box's data
 */
export async function runAsService(command: string, args: readonly string[]): Promise<number | undefined> {
  if (!OF_THE_BOX.has(command) || Deno.env.has("SONODESK_DATA") || !isInstalled(Deno.execPath())) return undefined;
  const service = installedService();
  if (service === undefined) return undefined;
  const { user, uid, unread } = service;
  const environment = { ...service.environment, ...Deno.env.toObject() };
  if (Deno.uid() === 0 && uid !== 0) {
    const as = [`--reuid=${user}`, `--regid=${user}`, "--init-groups", "--", "/usr/bin/sonodesk", command, ...args];
    const { code } = await new Deno.Command("setpriv", { args: as, env: environment, clearEnv: true }).spawn().status;
    return code;
  }
  if (Deno.uid() !== uid) {
    throw new Error(
      `Cannot run ${command} as this user: the box's data is ${user}'s alone, run it as root, sudo sonodesk ${command}`,
    );
  }
  for (const path of unread) {
    console.error(`The settings in ${path} are not used: this user may not read them, run it as root to use them`);
  }
  for (const [name, value] of Object.entries(service.environment)) {
    if (!Deno.env.has(name)) Deno.env.set(name, value);
  }
  return undefined;
}
