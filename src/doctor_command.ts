import { isFile, isFolder } from "./objects/files.ts";
import { checkBackups, checkOwnership, checkRunning, checkTime, healthOf } from "./operations/box_checks.ts";
import { failed, type Finding, ok, wordsOf } from "./operations/finding.ts";
import { refuseUnusable } from "./rescue/trouble.ts";
import { say } from "./sentences.ts";
import { type Config, readConfig } from "./settings/config.ts";
import { SettingsInForce } from "./settings/effective_settings.ts";
import { refuseArguments, unknownSettings } from "./settings/known_names.ts";
import { Store } from "./store/store.ts";

type Environment = Readonly<Record<string, string>>;

/** `doctor`: what is wrong with the box of this computer, in words; exit code 1 when something is to be put right. */
export async function doctorCommand(args: string[]): Promise<number> {
  refuseArguments("doctor", args);
  const findings: Finding[] = [];
  for await (const finding of examine(Deno.env.toObject())) {
    findings.push(finding);
    const mark = { ok: "ok     ", warning: "LOOK AT", failed: "FAILED " }[finding.how];
    console.log(`${mark} ${finding.what.detail}: ${finding.detail}`);
  }
  return findings.some(({ how }) => how === "failed") ? 1 : 0;
}

/** Beside the box, whether it runs or not. What only a terminal is told has no code. */
async function* examine(environment: Environment): AsyncGenerator<Finding> {
  const settings = say("check-settings");
  const unknown = unknownSettings(environment);
  for (const { name, nearest } of unknown) {
    yield failed(settings, `there is no setting ${name}, the nearest is ${nearest}: the box does not start with it`);
  }
  let base: Config;
  try {
    base = readConfig(environment);
  } catch (error) {
    yield failed(settings, wordsOf(error));
    return;
  }
  if (unknown.length === 0) yield ok(settings, "all are known");
  const { data } = base;
  if (!isFolder(data)) {
    const how = `there is no folder ${data}: start the box once, or set SONODESK_DATA to its data folder`;
    yield failed(say("check-data"), how);
    return;
  }
  yield await checkOwnership(data);
  let store: Store | undefined;
  try {
    if (!isFile(`${data}/sonodesk.sqlite`)) {
      throw new Error(`there is no store in ${data}: the box has not started yet`);
    }
    refuseUnusable(data);
    store = new Store(`${data}/sonodesk.sqlite`);
    yield ok(say("check-store"), `can be read, schema ${store.state().schema}`);
  } catch (error) {
    yield failed(say("check-store"), wordsOf(error));
  }
  const current = store === undefined ? base : new SettingsInForce(base, environment, store.settings, () => {}).current;
  try {
    const host = current.host ?? "127.0.0.1";
    yield* checkRunning(host, current, await healthOf(host, current.webPort));
    yield checkTime();
    if (store !== undefined) yield* checkBackups(store, current);
  } finally {
    store?.close();
  }
}
