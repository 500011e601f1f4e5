/**
 * Runs a program of the build to its end. What it prints is shown, or with `quiet` only when it fails.
 *
 * @throws Error when it is not there or fails
 */
export async function runProgram(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string>; quiet?: boolean } = {},
): Promise<void> {
  const output = options.quiet ? "piped" : "inherit";
  const process = (() => {
    try {
      return new Deno.Command(command, { args, cwd: options.cwd, env: options.env, stdout: output, stderr: output })
        .spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Error(`Cannot run ${command}: it is not installed, see appliance/README.md for what a build needs`);
    }
  })();
  const printed = options.quiet ? (await process.output()) : undefined;
  const { success, code } = await process.status;
  if (success) return;
  for (const bytes of printed ? [printed.stdout, printed.stderr] : []) Deno.stderr.writeSync(bytes);
  throw new Error(`Cannot go on: ${command} failed with ${code}, see its message above`);
}
