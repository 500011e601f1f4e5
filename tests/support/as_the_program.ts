import { PERMISSIONS } from "../../appliance/tree.ts";

/**
 * What an expression comes to in a program with the box's own permissions, which are fewer than a test's.
 *
 * @param module whose exports the expression calls
 * @returns as it is printed, or what the program complained of
 */
export async function asTheProgram(module: URL, expression: string): Promise<string> {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const name = /^\w+/.exec(expression)![0];
    await Deno.writeTextFile(script, `import { ${name} } from "${module}"; console.log(await ${expression});`);
    const args = ["run", "--quiet", "--no-check", ...PERMISSIONS, script];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
    return new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(script);
  }
}
