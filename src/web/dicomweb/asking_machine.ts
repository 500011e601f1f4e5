import type { Machine } from "../../store/machines.ts";
import { Problem } from "../problem.ts";
import type { Asked } from "../route.ts";

/** Who uses a service of machines over the web. */
export interface AskingMachine {
  /** The machine that the program is; undefined for a person, or a program that is none. */
  machine: Machine | undefined;
  /** Its AE title; what no machine is called for anybody else. */
  title: string;
}

/**
 * The machine that asks: a token that is called as a machine's AE title is that machine's, and has its record. It must
 * be admitted as it must for DIMSE.
 *
 * @throws Problem 403 where it is not
 */
export function askingMachine({ context, store, settings, user, by }: Asked): AskingMachine {
  const isProgram = context.get("signedIn")?.program !== undefined;
  const machine = isProgram ? store.machines.findByAeTitle(user.displayName) : undefined;
  if (machine === undefined) return { machine, title: `${by} (web)` };
  if (!machine.admitted && settings.admission !== "open") {
    throw new Problem(403, "Not allowed", `"${machine.aeTitle}" waits to be admitted on the settings page`);
  }
  store.machines.heard(machine.aeTitle, context.env.address);
  return { machine, title: machine.aeTitle };
}
