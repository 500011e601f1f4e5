import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import { type BoxAccess, BoxTarget } from "../backup/box_target.ts";
import { pathInView } from "../backup/box_view.ts";
import { restore, type RestoreResult } from "../backup/restore.ts";
import { TargetRefusal } from "../backup/target.ts";
import { syncFolderAtOnce, writeWhole } from "../objects/durable_file.ts";
import { isFile } from "../objects/files.ts";
import { Refused, say } from "../sentences.ts";
import { moveArchiveAside, moveStoreAside } from "./moved_aside.ts";
import { isSameProof, proofOf } from "./replacement_code.ts";

const log = getLogger(["sonodesk", "replacement"]);

/** In the data folder of a box that replaces another one, until it has taken over: it must not serve before. */
const NOTE = ".replacing.json";
/** Times that the old box is read while it serves. What comes during one comes with the next, which is shorter. */
const MOST_ROUNDS = 4;
/** Files in the last one after which the rest is short enough for nobody to serve meanwhile. */
const FEW = 20;
/** Times that a file is asked for which does not come whole. */
const MOST_TRIES = 3;
/** How fast the old box is read while it serves, bytes a second: its disk has other work too. */
const BESIDE_MACHINES = 40_000_000;
/** How long the old box may take to end what is under way, milliseconds, and how often it is asked to. */
const ENDS_WITHIN = 15_000;
const MOST_ASKED = 4;
/** Ports of a box's pages, where none is given. */
const PORTS = ["5000", "80"];
const PATIENCE = 10_000;

/** Which box is replaced, as a person says it. */
export interface OldBox {
  /** Name or IP address, with a port or without. */
  address: string;
  /** That it shows. */
  code: string;
}

/** What is kept: `taking` once all of the old box is here and only its word is missing. */
interface Note {
  access: BoxAccess;
  phase: "copying" | "taking";
}

/** Whether this box is replacing another one, and all of that is here. */
export function replacing(data: string): Note["phase"] | undefined {
  return noteIn(data)?.phase;
}

/** It does not: what has come of the other box goes, or stays aside. */
export function leaveReplacing(data: string): void {
  const note = noteIn(data);
  if (note === undefined) return;
  // a store that is served by the other box must not be served here
  if (note.phase === "taking") moveStoreAside(data);
  // half of another box's images must not appear on this one
  moveArchiveAside(data);
  forget(data);
}

/** A person says that the old box is off for good. @throws Refused where not all of it is here */
export function takeOverAlone(data: string): void {
  if (noteIn(data)?.phase !== "taking") throw new Refused(say("replacing-not-all-here"));
  forget(data);
}

/**
 * Brings all that a running box has, and takes its place: first while it serves, then, when little is left, it hands
 * over, the rest comes, and once all is here and on the disk it is told so. Only when it has said that it never serves
 * again does this return. Broken off at any moment it goes on when it is called again, then without `box`.
 *
 * @param onFile told how many received files are here
 * @returns received files that were damaged or missing there, by their path and why
 * @throws Refused in words; the same can be done again
 */
export async function replaceBox(
  data: string,
  box: OldBox | undefined,
  onFile: (done: number) => void,
  aside: (folder: string | undefined) => void,
): Promise<string[]> {
  if (box !== undefined) await keep(data, { access: await pairWith(box), phase: "copying" });
  const note = noteIn(data);
  if (note === undefined) throw new Refused(say("replacing-no-box"));
  using target = new BoxTarget(note.access);
  const bring = (filesFirst: boolean) =>
    restore({
      ...{ data, folder: target.name },
      from: { target, pathOf: pathInView, tries: MOST_TRIES, ...(filesFirst && { bytesPerSecond: BESIDE_MACHINES }) },
      rescue: { onFile, filesFirst, replacesFiles: true, moveStoreAside: () => aside(moveStoreAside(data)) },
    });
  let damaged: string[] = [];
  for (;;) {
    if (noteIn(data)!.phase === "copying") {
      damaged = (await bringAll(target, bring)).damaged;
      await keep(data, { ...note, phase: "taking" });
    }
    try {
      await target.ask("taken");
      break;
    } catch (error) {
      // it has served meanwhile: what came there must come here too
      if (!(error instanceof TargetRefusal) || error.why.code !== "replacement-serves-again") throw error;
      log.warn("the old box serves again: what has come to it since is brought too");
      await keep(data, { ...note, phase: "copying" });
    }
  }
  forget(data);
  log.info("this box has taken the place of the one at {origin}", { origin: note.access.origin });
  return damaged;
}

async function bringAll(
  target: BoxTarget,
  bring: (filesFirst: boolean) => Promise<RestoreResult>,
): Promise<RestoreResult> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await target.ask("snapshot");
    if ((await bring(true)).brought <= FEW) break;
  }
  await handOver(target);
  await target.ask("snapshot");
  return await bring(false);
}

/** Asks the old box to serve nobody any more, and waits until it does not. @throws Refused */
async function handOver(target: BoxTarget): Promise<void> {
  for (let tries = 0; tries < MOST_ASKED; tries++) {
    await target.ask("handover");
    const asked = performance.now();
    while (performance.now() - asked < ENDS_WITHIN) {
      if (await stateOf(target) !== "copying") return;
      await delay(300);
    }
    // it has lost its power meanwhile, and serves as it must: it is asked again
  }
  throw new Refused(say("replacing-not-handed-over"));
}

/** It may not answer while it changes over, which it does right after it was asked. */
async function stateOf(target: BoxTarget): Promise<string> {
  try {
    return (await target.state()).state;
  } catch (error) {
    if (!(error instanceof TargetRefusal)) throw error;
    return "copying";
  }
}

/** Finds the box at an address and shows it the code. @throws Refused */
async function pairWith({ address, code }: OldBox): Promise<BoxAccess> {
  const [, host = "", port] =
    /^(?:https?:\/\/)?(\[[^\]]+\]|[^:/]+|[^/]*:[^/]*:[^/]*?)(?::(\d+))?\/*$/.exec(address.trim()) ?? [];
  if (host === "") throw new Refused(say("replacing-no-address", { address }));
  const named = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  let why = "";
  for (const at of port === undefined ? PORTS : [port]) {
    try {
      return await pairAt(`${named}:${at}`, code);
    } catch (error) {
      if (error instanceof Refused) throw error;
      why = error instanceof Error ? error.message : String(error);
    }
  }
  throw new Refused(say("replacing-nobody-there", { address, why }));
}

async function pairAt(host: string, code: string): Promise<BoxAccess> {
  const authority = await authorityOf(host);
  const pem = authority.length === 0 ? undefined : pemOf(authority);
  const origin = `${pem === undefined ? "http" : "https"}://${host}`;
  using client = Deno.createHttpClient(pem === undefined ? {} : { caCerts: [pem] });
  const answer = await fetch(`${origin}/api/replacement/session`, {
    ...{ method: "POST", client, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) },
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ proof: await proofOf(code, "new box", authority) }),
  });
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 403 || answer.status === 429) throw new Refused(say("replacing-wrong-code"));
  if (answer.status !== 200) throw new Refused(say("replacing-no-such-box", { address: host }));
  // who has no code cannot say this, whatever they let in
  if (!isSameProof(String(body.proof), await proofOf(code, "old box", authority))) {
    throw new Refused(say("replacing-another-box", { address: host }));
  }
  return { origin, token: String(body.token), ...(pem !== undefined && { authority: pem }) };
}

/** DER; empty where it speaks HTTP alone. */
async function authorityOf(host: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(`http://${host}/certificate.crt`, {
    signal: AbortSignal.timeout(PATIENCE),
    redirect: "manual",
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return answer.status === 200 ? bytes : new Uint8Array();
}

function pemOf(der: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

async function keep(data: string, note: Note): Promise<void> {
  await writeWhole(`${data}/${NOTE}`, JSON.stringify(note));
}

function noteIn(data: string): Note | undefined {
  return isFile(`${data}/${NOTE}`) ? JSON.parse(Deno.readTextFileSync(`${data}/${NOTE}`)) : undefined;
}

function forget(data: string): void {
  Deno.removeSync(`${data}/${NOTE}`);
  syncFolderAtOnce(data);
}
