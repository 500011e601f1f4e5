import { type AssociateReject, Rejection } from "./pdu.ts";
import type { Waiting } from "./pdu_stream.ts";

/** What one box can hold, and how patient it is. Times in milliseconds. */
export interface Bounds {
  /** Associations at once, over all ports. */
  associations: number;
  /** Associations at once from one address. */
  associationsPerAddress: number;
  /** Refused associations a minute from one address, after which it is refused whatever it asks. */
  refusalsPerMinute: number;
  /** From the connection to its first PDU: ARTIM (PS3.8 9.1.5). */
  firstPdu: number;
  /** Between two PDUs: machines hold their associations open. */
  idle: number;
  /** From a PDU's first byte to its last, either way. */
  onePdu: number;
}

/** As a clinic needs them. */
export const DEFAULT_BOUNDS: Bounds = {
  associations: 20,
  associationsPerAddress: 5,
  refusalsPerMinute: 30,
  firstPdu: 30_000,
  idle: 600_000,
  onePdu: 60_000,
};

/** Who has sent no request for so long makes room for somebody else, milliseconds: a machine sends it at once. */
const SILENT = 1000;
/** And so does who is idle for so long: for another association of its own address, and for one of any address. */
const IDLE_AT_ADDRESS = 5000;
const IDLE = 30_000;

/** A connection as the guard sees it. */
export interface Connected {
  /** IP. */
  readonly address: string;
  /** Whether something is under way on it. */
  readonly busy: boolean;
  /** What it waits for, and how long already. */
  readonly waiting: { for: Waiting; milliseconds: number };
  /** Ends it. Never rejects. */
  end(why: string): Promise<void>;
}

/**
 * Keeps count of who is connected, says when it is too much, and who makes room then. No socket here.
 *
 * Half of the places are kept for addresses that belong here.
 */
export class Guard {
  /** What it holds connections to. */
  readonly bounds: Bounds;
  readonly #belongsHere: (address: string) => boolean;
  readonly #connected = new Set<Connected>();
  readonly #refusals = new Map<string, number[]>();

  /**
   * Holds nobody yet.
   *
   * @param belongsHere whether an address is one of a machine that was admitted, or of any where all may come
   */
  constructor(bounds: Bounds, belongsHere: (address: string) => boolean = () => true) {
    this.bounds = bounds;
    this.#belongsHere = belongsHere;
  }

  /** A place for a connection, to be given back by `leave`; or why there is none. Somebody else may have to go. */
  enter(connection: Connected): { rejection: AssociateReject; why: string } | undefined {
    const { address } = connection;
    const refusals = this.#recentRefusals(address).length;
    if (refusals >= this.bounds.refusalsPerMinute) {
      return {
        rejection: Rejection.TEMPORARY_CONGESTION,
        why: `${refusals} of its associations were refused within a minute, it is not listened to for a while`,
      };
    }
    const isHere = (one: Connected) => one.address === address;
    const isStranger = (one: Connected) => !this.#belongsHere(one.address);
    const here = this.#count(isHere);
    if (
      here >= this.bounds.associationsPerAddress &&
      !this.#makeRoom([isHere, "first PDU", SILENT], [isHere, "next PDU", IDLE_AT_ADDRESS])
    ) {
      return full(`${here} associations are open from this address, the most there may be`);
    }
    const strangers = this.#count(isStranger);
    if (
      isStranger(connection) && strangers >= this.bounds.associations / 2 && !this.#makeRoom(
        [isStranger, "first PDU", SILENT],
        [isHere, "next PDU", IDLE_AT_ADDRESS],
        [isStranger, "next PDU", IDLE],
      )
    ) {
      return full(`${strangers} associations are open from addresses that are not known, the most there may be`);
    }
    if (
      this.#connected.size >= this.bounds.associations && !this.#makeRoom(
        [isStranger, "first PDU", SILENT],
        [anybody, "first PDU", SILENT],
        [isHere, "next PDU", IDLE_AT_ADDRESS],
        [isStranger, "next PDU", IDLE_AT_ADDRESS],
        [anybody, "next PDU", IDLE],
      )
    ) {
      return full(`${this.#connected.size} associations are open, the most there may be`);
    }
    this.#connected.add(connection);
    return undefined;
  }

  /** A connection has ended. */
  leave(connection: Connected): void {
    this.#connected.delete(connection);
  }

  #count(which: (one: Connected) => boolean): number {
    return [...this.#connected].filter(which).length;
  }

  /** Ends who has waited longest of the first that there is. @returns whether there was any */
  #makeRoom(...choices: [which: (one: Connected) => boolean, awaited: Waiting, least: number][]): boolean {
    for (const [which, awaited, least] of choices) {
      const gone = [...this.#connected]
        .filter((one) => which(one) && !one.busy)
        .map((one) => ({ one, waiting: one.waiting }))
        .filter(({ waiting }) => waiting.for === awaited && waiting.milliseconds >= least)
        .sort((one, other) => other.waiting.milliseconds - one.waiting.milliseconds)[0];
      if (gone === undefined) continue;
      this.#connected.delete(gone.one);
      const seconds = Math.round(gone.waiting.milliseconds / 1000);
      const why = awaited === "first PDU"
        ? `no request came within ${seconds} s`
        : `the peer was silent for ${seconds} s`;
      void gone.one.end(`${why}, and its place was wanted`);
      return true;
    }
    return false;
  }

  /** Takes note that an address was refused because it does not belong. */
  refused(address: string): void {
    const recent = this.#recentRefusals(address);
    recent.push(performance.now());
    this.#refusals.set(address, recent);
    if (this.#refusals.size > 1000) this.#refusals.delete(this.#refusals.keys().next().value!);
  }

  /** Why an association has waited too long for its peer, in words; undefined while it has not. */
  overdue(waiting: { for: Waiting; milliseconds: number }): string | undefined {
    const seconds = Math.round(waiting.milliseconds / 1000);
    switch (waiting.for) {
      case "first PDU":
        return waiting.milliseconds > this.bounds.firstPdu ? `no request came within ${seconds} s` : undefined;
      case "next PDU":
        return waiting.milliseconds > this.bounds.idle ? `the peer was silent for ${seconds} s` : undefined;
      case "rest of a PDU":
        return waiting.milliseconds > this.bounds.onePdu ? `a PDU was not complete after ${seconds} s` : undefined;
      case "the peer to read":
        return waiting.milliseconds > this.bounds.onePdu ? `the peer took nothing for ${seconds} s` : undefined;
      case "nothing":
        return undefined;
    }
  }

  /** One from this address does belong: what others there were refused for is not held against it. */
  belongs(address: string): void {
    this.#refusals.delete(address);
  }

  #recentRefusals(address: string): number[] {
    const since = performance.now() - 60_000;
    return (this.#refusals.get(address) ?? []).filter((time) => time > since);
  }
}

function full(why: string): { rejection: AssociateReject; why: string } {
  return { rejection: Rejection.LOCAL_LIMIT_EXCEEDED, why };
}

function anybody(): boolean {
  return true;
}
