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

export const DEFAULT_BOUNDS: Bounds = {
  associations: 20,
  associationsPerAddress: 5,
  refusalsPerMinute: 30,
  firstPdu: 30_000,
  idle: 600_000,
  onePdu: 60_000,
};

/** Keeps count of who is connected, and says when it is too much. No socket here. */
export class Guard {
  readonly bounds: Bounds;
  readonly #connected = new Map<string, number>();
  readonly #refusals = new Map<string, number[]>();
  #total = 0;

  constructor(bounds: Bounds) {
    this.bounds = bounds;
  }

  /** A place for a connection, to be given back by `leave`; or why there is none. */
  enter(address: string): { rejection: AssociateReject; why: string } | undefined {
    const refusals = this.#recentRefusals(address).length;
    if (refusals >= this.bounds.refusalsPerMinute) {
      return {
        rejection: Rejection.TEMPORARY_CONGESTION,
        why: `${refusals} of its associations were refused within a minute, it is not listened to for a while`,
      };
    }
    const here = this.#connected.get(address) ?? 0;
    if (this.#total >= this.bounds.associations) {
      return {
        rejection: Rejection.LOCAL_LIMIT_EXCEEDED,
        why: `${this.#total} associations are open, the most there may be`,
      };
    }
    if (here >= this.bounds.associationsPerAddress) {
      return {
        rejection: Rejection.LOCAL_LIMIT_EXCEEDED,
        why: `${here} associations are open from this address, the most there may be`,
      };
    }
    this.#connected.set(address, here + 1);
    this.#total += 1;
    return undefined;
  }

  leave(address: string): void {
    const here = this.#connected.get(address) ?? 0;
    if (here <= 1) this.#connected.delete(address);
    else this.#connected.set(address, here - 1);
    this.#total -= 1;
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
