/**
 * `deno task bench NAME`: figures side by side with peers in one run. Never run by the tests. `bench day SECONDS SPEED`
 * runs a part of a clinic's day in fast motion.
 */
import { parseArgs } from "node:util";

const benches: Record<string, () => Promise<void>> = {
  outbox: async () => await (await import("./outbox.ts")).benchOutbox(),
  storage: async () => {
    const { benchSlowSync, benchStorage } = await import("./storage.ts");
    const { sync } = parseArgs({ args: Deno.args.slice(1), options: { sync: { type: "string" } } }).values;
    await (sync === undefined ? benchStorage() : benchSlowSync(Number(/^(\d+)ms$/.exec(sync)![1])));
  },
  worklist: async () => await (await import("./worklist.ts")).benchWorklist(),
  pictures: async () => await (await import("./pictures.ts")).benchPictures(),
  kiosk: async () => await (await import("./kiosk.ts")).benchKiosk(),
  day: async () => await (await import("./day.ts")).benchDay(...Deno.args.slice(1, 3).map(Number)),
};

const name = Deno.args[0] ?? "";
if (!Object.hasOwn(benches, name)) {
  console.error(`Cannot run the benchmark "${name}": there is none, choose one of ${Object.keys(benches).join(", ")}`);
  Deno.exit(1);
}
await benches[name]!();
