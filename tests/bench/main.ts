/**
 * `deno task bench NAME`: figures side by side with peers in one run. Never run by the tests. `bench day SECONDS SPEED`
 * runs a part of a clinic's day in fast motion. With `--write` the figures go to `docs/performance.md`.
 */
import { parseArgs } from "node:util";
import { machineAndVersions, write } from "./report.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { sync: { type: "string" }, write: { type: "boolean", default: false } },
  allowPositionals: true,
});

const benches: Record<string, () => Promise<void>> = {
  outbox: async () => await (await import("./outbox.ts")).benchOutbox(),
  clinic: async () => await (await import("./clinic.ts")).benchClinic(),
  storage: async () => {
    const { benchSlowSync, benchStorage } = await import("./storage.ts");
    const { sync } = values;
    await (sync === undefined ? benchStorage() : benchSlowSync(Number(/^(\d+)ms$/.exec(sync)![1])));
  },
  worklist: async () => await (await import("./worklist.ts")).benchWorklist(),
  pictures: async () => await (await import("./pictures.ts")).benchPictures(),
  kiosk: async () => await (await import("./kiosk.ts")).benchKiosk(),
  "power-on": async () => await (await import("./power_on.ts")).benchPowerOn(),
  day: async () => await (await import("./day.ts")).benchDay(...positionals.slice(1, 3).map(Number)),
};

const name = positionals[0] ?? "";
if (!Object.hasOwn(benches, name)) {
  console.error(`Cannot run the benchmark "${name}": there is none, choose one of ${Object.keys(benches).join(", ")}`);
  Deno.exit(1);
}
const about = await machineAndVersions();
console.log(about);
await benches[name]!();
if (values.write) write(values.sync === undefined ? name : `${name} --sync ${values.sync}`, about);
