import { PostgresServer } from "../clinic/postgres_server.ts";
import { SimulatedClinic } from "./mix_up/clinic.ts";
import { Life } from "./mix_up/life.ts";

/*
 * Made-up clinics with few surnames, twins, wrong ids, re-used UIDs, merges, bookings given to others, restarts and a
 * database brought back. An oracle that knows the truth looks through every exit of every box.
 */

/** Ten lives for each round of the nightly tests. */
const LIVES = Number(Deno.env.get("SONODESK_ROUNDS") ?? 3) * 10;
const EVENTS = 45;

Deno.test("no life of a clinic ever shows one patient's images as another's", async () => {
  const repeated = Deno.env.get("SONODESK_SEED");
  const first = Number(repeated ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`SONODESK_SEED=${first}`);
  await using server = await PostgresServer.start();
  const template = await SimulatedClinic.makeTemplate(server);
  for (let seed = first; seed < first + (repeated === undefined ? LIVES : 1); seed++) {
    await using life = await Life.begin(seed, server, template);
    let problems: string[];
    try {
      problems = await life.live(EVENTS);
    } catch (error) {
      problems = [error instanceof Error ? error.stack ?? error.message : String(error)];
    }
    if (problems.length > 0) {
      throw new Error(
        `In the life of SONODESK_SEED=${seed}:\n  ${problems.join("\n  ")}\nafter:\n  ${life.story.join("\n  ")}`,
      );
    }
  }
});
