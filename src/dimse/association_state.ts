import { PduType } from "./pdu.ts";

/** What can happen to an association, on either side of it (PS3.8 Table 9-10, "Events"). */
export const EVENTS = [
  "A-ASSOCIATE request",
  "transport connected",
  "A-ASSOCIATE-AC",
  "A-ASSOCIATE-RJ",
  "transport connection came",
  "A-ASSOCIATE-RQ",
  "A-ASSOCIATE accepted",
  "A-ASSOCIATE rejected",
  "P-DATA request",
  "P-DATA-TF",
  "A-RELEASE request",
  "A-RELEASE-RQ",
  "A-RELEASE-RP",
  "A-RELEASE response",
  "A-ABORT request",
  "A-ABORT",
  "transport closed",
  "ARTIM expired",
  "unrecognized or invalid PDU",
] as const;
export type AssociationEvent = typeof EVENTS[number];

/**
 * The states (PS3.8 Tables 9-1 to 9-5): 1 idle; 2 a connection came, its request is awaited; 3 the request is weighed;
 * 4 a connection is being opened; 5 the answer to a request is awaited; 6 established; 7 a release was asked for;
 * 8 the peer asked for one; 9 to 12 both did at once; 13 the connection is to be closed.
 */
export type State = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13;

/** The actions (PS3.8 Tables 9-6 to 9-9) and the state each leads to; AR-8 leads to 9 on the side that requested. */
const NEXT = {
  "AE-1": 4,
  "AE-2": 5,
  "AE-3": 6,
  "AE-4": 1,
  "AE-5": 2,
  "AE-6": 3,
  "AE-7": 6,
  "AE-8": 13,
  "DT-1": 6,
  "DT-2": 6,
  "AR-1": 7,
  "AR-2": 8,
  "AR-3": 1,
  "AR-4": 13,
  "AR-5": 1,
  "AR-6": 7,
  "AR-7": 8,
  "AR-8": 10,
  "AR-9": 11,
  "AR-10": 12,
  "AA-1": 13,
  "AA-2": 1,
  "AA-3": 1,
  "AA-4": 1,
  "AA-5": 1,
  "AA-6": 13,
  "AA-7": 13,
  "AA-8": 13,
} as const satisfies Record<string, State>;
export type Action = keyof typeof NEXT;

/** Which action an event calls for, by the state; where there is none it cannot happen there (PS3.8 Table 9-10). */
const ACTIONS: Record<AssociationEvent, Partial<Record<State, Action>>> = {
  "A-ASSOCIATE request": { 1: "AE-1" },
  "transport connected": { 4: "AE-2" },
  "A-ASSOCIATE-AC": { ...unexpected("AA-6"), 5: "AE-3" },
  "A-ASSOCIATE-RJ": { ...unexpected("AA-6"), 5: "AE-4" },
  "transport connection came": { 1: "AE-5" },
  "A-ASSOCIATE-RQ": { ...unexpected("AA-7"), 2: "AE-6" },
  "A-ASSOCIATE accepted": { 3: "AE-7" },
  "A-ASSOCIATE rejected": { 3: "AE-8" },
  "P-DATA request": { 6: "DT-1", 8: "AR-7" },
  "P-DATA-TF": { ...unexpected("AA-6"), 6: "DT-2", 7: "AR-6" },
  "A-RELEASE request": { 6: "AR-1" },
  "A-RELEASE-RQ": { ...unexpected("AA-6"), 6: "AR-2", 7: "AR-8" },
  "A-RELEASE-RP": { ...unexpected("AA-6"), 7: "AR-3", 10: "AR-10", 11: "AR-3" },
  "A-RELEASE response": { 8: "AR-4", 9: "AR-9", 12: "AR-4" },
  "A-ABORT request": { 3: "AA-1", 4: "AA-2", ...established("AA-1") },
  "A-ABORT": { 2: "AA-2", 3: "AA-3", ...established("AA-3"), 13: "AA-2" },
  "transport closed": { 2: "AA-5", 3: "AA-4", 4: "AA-4", ...established("AA-4"), 13: "AR-5" },
  "ARTIM expired": { 2: "AA-2", 13: "AA-2" },
  "unrecognized or invalid PDU": unexpected("AA-7"),
};

function established(action: Action): Partial<Record<State, Action>> {
  return { 5: action, 6: action, 7: action, 8: action, 9: action, 10: action, 11: action, 12: action };
}

/** A PDU that does not belong where it comes: the association is aborted, or what comes after that is passed over. */
function unexpected(late: "AA-6" | "AA-7"): Partial<Record<State, Action>> {
  return { 2: "AA-1", 3: "AA-8", ...established("AA-8"), 13: late };
}

const RECEIVED: Record<number, AssociationEvent> = {
  [PduType.ASSOCIATE_RQ]: "A-ASSOCIATE-RQ",
  [PduType.ASSOCIATE_AC]: "A-ASSOCIATE-AC",
  [PduType.ASSOCIATE_RJ]: "A-ASSOCIATE-RJ",
  [PduType.P_DATA]: "P-DATA-TF",
  [PduType.RELEASE_RQ]: "A-RELEASE-RQ",
  [PduType.RELEASE_RP]: "A-RELEASE-RP",
  [PduType.ABORT]: "A-ABORT",
};

/** That a PDU of this type has come. */
export function received(pduType: number): AssociationEvent {
  return RECEIVED[pduType] ?? "unrecognized or invalid PDU";
}

/** The action that an event calls for; undefined where it cannot happen in this state. */
export function actionFor(state: State, event: AssociationEvent): Action | undefined {
  return ACTIONS[event][state];
}

/** Where an association stands. */
export class AssociationState {
  readonly #requestor: boolean;
  #state: State;

  /** @param side the requestor's begins when its transport connects, the acceptor's when one comes */
  constructor(side: "requestor" | "acceptor") {
    this.#requestor = side === "requestor";
    this.#state = this.#requestor ? 5 : 2;
  }

  get current(): State {
    return this.#state;
  }

  /** @returns what is to be done now; undefined where the event cannot happen, and the state stays as it is */
  on(event: AssociationEvent): Action | undefined {
    const action = actionFor(this.#state, event);
    if (action !== undefined) this.#state = action === "AR-8" && this.#requestor ? 9 : NEXT[action];
    return action;
  }
}
