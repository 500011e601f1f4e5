import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { getLogger } from "@logtape/logtape";
import type { Admission, Elsewhere, MachineOrigin, Origin } from "../store/machine_origins.ts";
import type { Machine } from "../store/machines.ts";
import type { Store } from "../store/store.ts";
import type { AssociationOptions, Caller, Refused } from "../dimse/association.ts";
import type { Guard } from "../dimse/guard.ts";
import { judgeCall } from "./machine_call.ts";
import { Rejection } from "../dimse/pdu.ts";
import type { IsSelfTest } from "./self_test.ts";
import { checkIdentity, type VerifyPasscode } from "./user_identity.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** A machine that associates again and again is noted this often at most, milliseconds. */
const NOTE_EVERY = 5000;
/** AE titles whose last note is remembered. */
const MOST_REMEMBERED = 1000;

/** What decides who may associate. */
export interface AdmissionRules {
  /** Asked at each call, so that a changed setting holds from then on. */
  admission(): Admission;
  /** What becomes of a machine's title that is used elsewhere; asked at each call. */
  elsewhere(): Elsewhere;
  /** Whether the passcode of a user identity is the one that was hashed. */
  verify: VerifyPasscode;
  /** The box's own calls, which are always let in and are no machine. */
  isSelfTest: IsSelfTest;
}

/**
 * Decides which machines may associate, by the AE title they call with and where they call from, and takes note of each
 * that calls. Where any may come, only the title is noted.
 */
export function admissionOf(
  store: Store,
  guard: Guard,
  { admission, elsewhere, verify, isSelfTest }: AdmissionRules,
): AssociationOptions["admit"] {
  const noted = new Map<string, number>();

  /** Whether something was noted within the last seconds; from now on it was. */
  function isNoted(key: string): boolean {
    const now = performance.now();
    if (now - (noted.get(key) ?? -Infinity) < NOTE_EVERY) return true;
    if (noted.size >= MOST_REMEMBERED) noted.clear();
    noted.set(key, now);
    return false;
  }

  /** A store that cannot be written now is no reason to refuse a machine. */
  function note<T>(write: () => T): T | undefined {
    try {
      return write();
    } catch (error) {
      log.warn("cannot note that a machine called: {error}", { error });
      return undefined;
    }
  }

  /** The machine of this title, which has been heard. */
  function heard(aeTitle: string, address: string, implementation: string): Machine | undefined {
    const known = store.machines.findByAeTitle(aeTitle);
    if (isNoted(`${aeTitle}@${address} ${implementation}`) && known) return known;
    return note(() => store.machines.heard(aeTitle, address, implementation)) ?? known;
  }

  /** What is to be known of a machine's origin once it is let in; or why it may not call from where it does. */
  function lookAt(machine: Machine, caller: Caller): Refused | (() => void) {
    const origins = store.machineOrigins.of(machine.id);
    const judgement = judgeCall(origins, caller);
    if (judgement.known) {
      return () => {
        for (const origin of judgement.learn) {
          note(() => store.machineOrigins.set(machine.id, origin, "allowed", true));
          log.info("machine {aeTitle} is known by its {kind} {value}", { aeTitle: machine.aeTitle, ...origin });
        }
      };
    }
    const { stranger } = judgement;
    const before = origins.find(({ kind, value }) => kind === stranger.kind && value === stranger.value);
    if (!isNoted(`${machine.id} ${stranger.kind} ${stranger.value}`)) {
      note(() => noteStranger(machine, stranger, before));
    }
    const how = stranger.kind === "address" ? `at ${stranger.value}` : `with the certificate of ${stranger.value}`;
    return {
      rejection: Rejection.CALLING_AE_TITLE_NOT_RECOGNIZED,
      why: `"${machine.aeTitle}" was not admitted ${how}, it can be allowed on the settings page`,
    };
  }

  function noteStranger(machine: Machine, stranger: Origin, before: MachineOrigin | undefined): void {
    store.transaction(() => {
      const state = before?.state ?? (elsewhere() === "ask" ? "asked" : "refused");
      store.machineOrigins.set(machine.id, stranger, state, true);
      if (before !== undefined) return;
      store.audit.add("box", "machine called from elsewhere", `machine ${machine.id}`, {
        after: { aeTitle: machine.aeTitle, ...stranger, state },
      });
    });
  }

  return async (request, caller) => {
    const { address } = caller;
    const title = request.callingAeTitle;
    if (isSelfTest({ callingAeTitle: title, address })) return undefined;
    const identified = async (needed: boolean) => {
      const outcome = await checkIdentity(store, request.user.userIdentity, needed, verify);
      if (typeof outcome === "object") guard.refused(address);
      return outcome;
    };
    const policy = admission();
    // a destination may report what it has, and is no machine
    if (store.machines.findByAeTitle(title) === undefined && await isDestination(store, title, address, policy)) {
      return await identified(false);
    }
    const known = store.machines.findByAeTitle(title);
    const looked = policy !== "open" && known?.admitted ? lookAt(known, caller) : () => {};
    if (typeof looked === "object") {
      guard.refused(address);
      return looked;
    }
    const stranger = policy === "closed" && known === undefined;
    const machine = stranger ? undefined : heard(title, address, request.user.implementationVersionName);
    if (policy === "open" || machine?.admitted) {
      const outcome = await identified(machine?.needsIdentity ?? false);
      if (typeof outcome === "object") return outcome;
      guard.belongs(address);
      looked();
      return outcome;
    }
    guard.refused(address);
    return {
      rejection: Rejection.CALLING_AE_TITLE_NOT_RECOGNIZED,
      why: policy === "closed"
        ? `"${title}" is not among the machines of this box`
        : `"${title}" waits to be admitted on the settings page`,
    };
  };
}

/** Whether an address is one of those from which somebody is expected to call: places are kept for it. */
export function belongsHere(
  store: Store,
  admission: () => Admission,
  host: string | undefined,
): (address: string) => boolean {
  return (address: string): boolean =>
    admission() === "open" || ["127.0.0.1", "::1", host].includes(address) ||
    store.machineOrigins.isAllowedAddress(address) ||
    store.destinations.all().some((destination) => destination.enabled && destination.address === address);
}

/** Whether a caller is a destination, and where that is; where any may call it is enough to have its title. */
async function isDestination(store: Store, title: string, address: string, policy: Admission): Promise<boolean> {
  for (const destination of store.destinations.all()) {
    if (!destination.enabled || destination.aeTitle !== title) continue;
    if (policy === "open" || (await addressesOf(destination.address)).includes(address)) return true;
  }
  return false;
}

/** The addresses of a host, as this computer knows it; none where it does not. */
async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host.toLowerCase()];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    log.warn("cannot tell where {host} is: {error}", { host, error });
    return [];
  }
}
