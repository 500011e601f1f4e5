import { say, type Sentence, together } from "../sentences.ts";
import type { OutboxCounts, ParkedAggregate } from "../store/outbox.ts";
import type { ClinicFailure, FailureKind } from "./failure.ts";
import type { StaffProblem } from "./staff.ts";
import type { Compared } from "./upkeep.ts";

/** How it stands with the clinic's database. */
export type LinkState = "off" | "connecting" | "in sync" | "behind" | "away" | "needs mending";

/** What is on the way to the clinic's database. */
export interface ClinicQueue extends OutboxCounts {
  /** What waits for a person, the longest first. */
  parkedAggregates: ParkedAggregate[];
}

/** How things stand between the box and the clinic's database. Times are ISO 8601. */
export interface ClinicStatus extends OutboxCounts {
  /** In one word. */
  state: LinkState;
  /** One sentence for a person, without any patient. */
  sentence: string;
  /** The same by its code, where it has one. */
  coded?: Sentence | undefined;
  /** Without the password; "" when there is none. */
  address: string;
  /** When the schedule was last read. */
  readAt: string | null;
  /** Bookings that cannot be on the board. */
  scheduleProblems: number;
  /** Who of the clinic's staff cannot sign in. */
  staffProblems: readonly StaffProblem[];
  /** What the last comparison of results found; null before the first. */
  compared: Compared | null;
  /** What is wrong now, the worst of it; "" for nothing. */
  failure: string;
  /** The failure by its code, where it has one. */
  failureCoded?: Sentence | undefined;
}

/** What is wrong with the whole database, and since when, ISO 8601. */
export interface Trouble {
  failure: ClinicFailure;
  since: string;
}

/** What the state of the link follows from. */
export interface LinkFacts {
  /** What is wrong with the address; "" for nothing. */
  addressProblem: string;
  isRunning: boolean;
  /** In their order, see `inOrder`. */
  troubles: readonly Trouble[];
  readAt: string | null;
  /** Bookings that are gone from the schedule at once, and kept for now. */
  kept: number;
  /** The last day that was read where there are too many bookings, YYYY-MM-DD. */
  readTo: string | undefined;
}

/** What is worse comes first: what a database lacks matters only where one is let in. */
const BY_WEIGHT: readonly FailureKind[] = ["certificate", "login", "away", "mending", "data", "busy", "patient"];

/** The worst first; of two alike the one that began first. */
export function inOrder(troubles: readonly Trouble[]): Trouble[] {
  const weight = ({ failure }: Trouble) => BY_WEIGHT.indexOf(failure.kind);
  return troubles.toSorted((one, other) => weight(one) - weight(other) || (one.since < other.since ? -1 : 1));
}

export function linkState(facts: LinkFacts, { waiting }: OutboxCounts): LinkState {
  if (facts.addressProblem) return "needs mending";
  if (!facts.isRunning) return "off";
  const worst = facts.troubles[0]?.failure.kind;
  if (worst === "mending" || worst === "data") return "needs mending";
  if (worst !== undefined) return "away";
  if (facts.readAt === null) return "connecting";
  return waiting > 0 ? "behind" : "in sync";
}

/** One sentence for a person, without any patient. */
export function linkSentence(facts: LinkFacts, { waiting, oldestAt, parked, ...counts }: OutboxCounts): Sentence {
  const state = linkState(facts, { waiting, oldestAt, parked, ...counts });
  const parts: Sentence[] = [];
  if (state === "off") return say("clinic-off");
  if (state === "connecting") parts.push(say("clinic-connecting"));
  if (state === "in sync") parts.push(say("clinic-in-sync"));
  if (state === "away" || state === "needs mending") {
    parts.push(
      facts.addressProblem ? say("clinic-trouble", { why: facts.addressProblem }) : sentenceOf(facts.troubles[0]!),
    );
  }
  if (waiting > 0) parts.push(say("clinic-waiting", { count: waiting, since: clockOf(oldestAt!) }));
  if (parked > 0) parts.push(say(parked === 1 ? "clinic-needs-a-look" : "clinic-need-a-look", { count: parked }));
  if (facts.kept > 0) parts.push(say("clinic-bookings-kept", { count: facts.kept }));
  if (facts.readTo !== undefined) parts.push(say("clinic-bookings-cut", { day: facts.readTo }));
  return together(parts);
}

function sentenceOf({ failure: { plain }, since }: Trouble): Sentence {
  const trouble = typeof plain === "string" ? say("clinic-trouble", { why: plain }) : plain;
  return say("clinic-trouble-since", { trouble, since: clockOf(since) });
}

/** `10:41` today, `3 Nov 10:41` before. */
function clockOf(iso: string): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === new Date().toDateString()) return time;
  return `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time}`;
}
