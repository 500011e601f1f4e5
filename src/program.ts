/**
 * Where the compiled program begins: the box, or with the hidden command `renderer` the part of it that draws. That one
 * loads nothing of the rest, so that it starts in half the time and takes less memory.
 */
if (Deno.args[0] === "renderer") {
  const { renderCommand } = await import("./imaging/render_command.ts");
  Deno.exit(await renderCommand(Deno.args.slice(1)));
} else {
  const { main } = await import("../main.ts");
  await main();
}
