/**
 * Runs a program of the build to its end; what it prints is shown.
 *
 * @throws Error when it is not there or fails
 */
export async function runProgram(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string>; quiet?: boolean } = {},
): Promise<void> {
  const output = options.quiet ? "null" : "inherit";
  const process = (() => {
    try {
      return new Deno.Command(command, { args, cwd: options.cwd, env: options.env, stdout: output }).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Error(`Cannot run ${command}: it is not installed, see appliance/README.md for what a build needs`);
    }
  })();
  const { success, code } = await process.status;
  if (!success) throw new Error(`Cannot go on: ${command} failed with ${code}, see its message above`);
}
