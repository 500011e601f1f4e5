import { getLogger } from "@logtape/logtape";
import { Appliance } from "./appliance.ts";
import type { Config } from "./settings/config.ts";
import { ServiceManager } from "./host/service_manager.ts";
import type { Rescued } from "./rescue/desk.ts";
import { RescueSessions } from "./web/rescue_pages.ts";
import { Replacement } from "./rescue/replacement.ts";
import { Rescue } from "./rescue_box.ts";
import { say, told } from "./sentences.ts";
import { noteDamage, type Trouble, troubleOf } from "./rescue/trouble.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** How long who asks for a restore has to hear that it begins, milliseconds. */
const ANSWER_FIRST = 300;

/** How the box is run. */
export interface RunOptions {
  /** What the environment sets, which the settings page cannot change. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Resolves when the box is asked to stop. */
  stopped: Promise<void>;
  /** Told the code of the first start, while there is no user. */
  announceSetupCode?: (code: string) => void;
  /** Told the code that opens the rescue pages, and what is wrong. */
  announceRescue?: (code: string, trouble: Trouble) => void;
  /** What is done with a box before it starts. */
  prepare?: (appliance: Appliance) => Promise<void>;
  /** How long the box that is to take this one's place may say nothing, milliseconds; then this one serves again. */
  handoverPatience?: number;
  /** Told what runs now. */
  onRunning?: (now: { appliance: Appliance } | { rescue: Rescue; code: string }) => void;
}

/**
 * Runs the box until it is asked to stop. Where it cannot work with its data folder, at its start or when damage shows
 * later, its rescue runs in its place until a person has chosen what is to be done; then the box starts again.
 *
 * @throws Error when another box has the data folder, a port is taken, or the folder cannot be written
 */
export async function runBox(base: Config, options: RunOptions): Promise<void> {
  const serviceManager = new ServiceManager(options.environment);
  const sessions = new RescueSessions();
  let rescued: Rescued | undefined;
  for (;;) {
    const trouble = await runUntilTrouble(base, options, serviceManager, sessions, rescued);
    if (trouble === undefined) return;
    rescued = await runRescue(base, options, serviceManager, sessions, trouble);
    if (rescued === undefined) return;
  }
}

/** @returns undefined when it was asked to stop, and has */
async function runUntilTrouble(
  base: Config,
  { environment, stopped, announceSetupCode, prepare, onRunning }: RunOptions,
  serviceManager: ServiceManager,
  sessions: RescueSessions,
  rescued: Rescued | undefined,
): Promise<Trouble | undefined> {
  /** Resolves when somebody at the first start wants the box made from a backup, or another box takes its place. */
  const wanted = Promise.withResolvers<Trouble>();
  const beginRestore = () => {
    // whoever asked is answered first
    setTimeout(() => wanted.resolve({ cause: "new box", ...told(say("new-box-from-backup")) }), ANSWER_FIRST);
    return sessions.begin();
  };
  const beginHandover = async () => {
    await new Replacement(base.data).become("handing over");
    setTimeout(() => wanted.resolve({ cause: "handing over", ...told(say("box-hands-over")) }), ANSWER_FIRST);
  };
  let appliance: Appliance;
  try {
    appliance = new Appliance(base, {
      ...{ environment, serviceManager },
      ...(announceSetupCode && { announceSetupCode }),
      web: () => ({ beginRestore, beginHandover }),
      ...(rescued && { rescued }),
    });
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === undefined) throw error;
    return trouble;
  }
  let damage: string | undefined;
  let restore: Trouble | undefined;
  try {
    await prepare?.(appliance);
    await appliance.start();
    onRunning?.({ appliance });
    const ended = await Promise.race([stopped, appliance.damaged, wanted.promise]) ?? undefined;
    if (typeof ended === "object") restore = ended;
    else damage = ended;
  } catch (error) {
    damage = appliance.store.damage; // found while it started, by whatever then failed
    if (damage === undefined) throw error;
  }
  if (damage === undefined && restore === undefined) serviceManager.stopping();
  const trouble = damage === undefined ? restore : noteDamage(base.data, damage);
  if (trouble === restore && restore !== undefined) {
    log.info("the box changes over: {detail}", { detail: restore.detail });
  } else if (trouble !== undefined) log.error("{detail}: the box goes on as its rescue", { detail: trouble.detail });
  try {
    await appliance.stop();
  } catch (error) {
    // its parts write down how they end, which a damaged store does not take; the next start sees the note of it
    if (trouble === undefined) throw error;
    log.warn("the box did not stop in good order: {error}", { error });
  }
  return trouble;
}

/** @returns what was chosen and done; undefined when the box was asked to stop, and has */
async function runRescue(
  base: Config,
  { environment, stopped, announceRescue, onRunning, handoverPatience }: RunOptions,
  serviceManager: ServiceManager,
  sessions: RescueSessions,
  trouble: Trouble,
): Promise<Rescued | undefined> {
  const rescue = new Rescue(base, environment, trouble, sessions, handoverPatience);
  await rescue.start();
  announceRescue?.(sessions.code.code, trouble);
  serviceManager.ready(() => true);
  onRunning?.({ rescue, code: sessions.code.code });
  const rescued = await Promise.race([stopped, rescue.settled]) ?? undefined;
  if (rescued === undefined) serviceManager.stopping();
  await rescue.stop();
  return rescued;
}
