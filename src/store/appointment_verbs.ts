import { type Code, say, type Sentence } from "../sentences.ts";
import { APPOINTMENT_STATUSES, type AppointmentStatus } from "./appointment_status.ts";

/** What reception and doctors do with an appointment, each beside what takes it back. */
export const APPOINTMENT_VERBS = [
  "edit",
  "cancel",
  "reinstate",
  "mark no show",
  "unmark no show",
  "move to day",
  "move to machine",
  "mark arrived",
  "unmark arrived",
  "mark urgent",
  "unmark urgent",
  "note",
  "send",
  "complete",
  "reopen",
] as const;

/** What may be done with an appointment. */
export type AppointmentVerb = typeof APPOINTMENT_VERBS[number];

/** Why a verb cannot follow a status. */
export type VerbRefusal = "cancelled" | "no-show" | "being-scanned" | "has-images" | "completed";

/** What a verb does in a status: it is done, it is so already and nothing is to be done, or why it cannot be. */
export type VerbOutcome = "done" | "so already" | VerbRefusal;

type Outcomes = readonly [
  scheduled: VerbOutcome,
  sent: VerbOutcome,
  seenByMachine: VerbOutcome,
  inProgress: VerbOutcome,
  imagesReceived: VerbOutcome,
  completed: VerbOutcome,
  cancelled: VerbOutcome,
  noShow: VerbOutcome,
];

const [DONE, SO] = ["done", "so already"] as const;

/**
 * The one place that says what may follow which status. A cell that says "done" is done at most once: a verb whose effect
 * is there already (arrived and marked so, the same note) changes nothing.
 */
const TABLE: Readonly<Record<AppointmentVerb, Outcomes>> = {
  // in the order of APPOINTMENT_STATUSES: scheduled, sent, seen by machine, in progress, images received, completed,
  // cancelled, no show
  "edit": [DONE, DONE, DONE, DONE, DONE, DONE, "cancelled", DONE],
  "cancel": [DONE, DONE, DONE, "being-scanned", "has-images", "completed", SO, DONE],
  "reinstate": [SO, SO, SO, SO, SO, SO, DONE, SO],
  "mark no show": [DONE, DONE, DONE, "being-scanned", "has-images", "completed", "cancelled", SO],
  "unmark no show": [SO, SO, SO, SO, SO, SO, SO, DONE],
  "move to day": [DONE, DONE, DONE, "being-scanned", "has-images", "completed", "cancelled", DONE],
  "move to machine": [DONE, DONE, DONE, "being-scanned", "has-images", "completed", "cancelled", "no-show"],
  "mark arrived": [DONE, DONE, DONE, "being-scanned", "has-images", "completed", "cancelled", DONE],
  "unmark arrived": [DONE, DONE, DONE, "being-scanned", "has-images", "completed", DONE, DONE],
  "mark urgent": [DONE, DONE, DONE, DONE, "has-images", "completed", "cancelled", "no-show"],
  "unmark urgent": [DONE, DONE, DONE, DONE, DONE, DONE, DONE, DONE],
  "note": [DONE, DONE, DONE, DONE, DONE, DONE, "cancelled", DONE],
  // again, to another machine or for another scan
  "send": [DONE, DONE, DONE, "being-scanned", DONE, DONE, "cancelled", "no-show"],
  "complete": [DONE, DONE, DONE, DONE, DONE, SO, "cancelled", "no-show"],
  "reopen": [SO, SO, SO, SO, SO, DONE, SO, SO],
};

/** What a verb does in a status. */
export function outcomeOf(verb: AppointmentVerb, status: AppointmentStatus): VerbOutcome {
  return TABLE[verb][APPOINTMENT_STATUSES.indexOf(status)]!;
}

/** What is the booking's own: the clinic's program does it for the clinic's bookings. Of an edit it depends on what is edited. */
export const OF_BOOKING: ReadonlySet<AppointmentVerb> = new Set<AppointmentVerb>([
  "cancel",
  "reinstate",
  "move to day",
]);

/** Why a verb cannot follow a status; undefined where it can, or nothing is to be done. */
export function reasonAgainst(verb: AppointmentVerb, status: AppointmentStatus): Sentence | undefined {
  const outcome = outcomeOf(verb, status);
  return outcome === "done" || outcome === "so already" ? undefined : refusalOf(verb, outcome);
}

/** That a verb cannot be done, and why: its code says why. */
export function refusalOf(verb: AppointmentVerb, why: VerbRefusal | "clinic-owns"): Sentence {
  return say(why, { cannot: say(CANNOT[verb]) });
}

const CANNOT = {
  "edit": "cannot-edit",
  "cancel": "cannot-cancel",
  "reinstate": "cannot-reinstate",
  "mark no show": "cannot-mark-no-show",
  "unmark no show": "cannot-unmark",
  "move to day": "cannot-move",
  "move to machine": "cannot-move",
  "mark arrived": "cannot-mark-arrived",
  "unmark arrived": "cannot-unmark",
  "mark urgent": "cannot-mark-urgent",
  "unmark urgent": "cannot-unmark",
  "note": "cannot-note",
  "send": "cannot-send",
  "complete": "cannot-complete",
  "reopen": "cannot-reopen",
} as const satisfies Record<AppointmentVerb, Code>;
