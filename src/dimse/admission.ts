import { getLogger } from "@logtape/logtape";
import type { Admission } from "../config.ts";
import type { Machine } from "../store/machines.ts";
import type { Store } from "../store/store.ts";
import type { AssociationOptions } from "./association.ts";
import type { Guard } from "./guard.ts";
import { Rejection } from "./pdu.ts";
import type { IsSelfTest } from "./self_test.ts";
import { checkIdentity, type VerifyPasscode } from "./user_identity.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** A machine that associates again and again is noted this often at most, milliseconds. */
const NOTE_EVERY = 5000;
/** AE titles whose last note is remembered. */
const MOST_REMEMBERED = 1000;

/**
 * Decides which machines may associate, by the AE title they call with, and takes note of each that knocks.
 *
 * @param admission asked at each knock, so that a changed setting holds from then on
 * @param verify whether the passcode of a user identity is the one that was hashed
 * @param isSelfTest the box's own calls, which are always let in and are no machine
 */
export function admissionOf(
  store: Store,
  guard: Guard,
  admission: () => Admission,
  verify: VerifyPasscode,
  isSelfTest: IsSelfTest = () => false,
): AssociationOptions["admit"] {
  const noted = new Map<string, number>();

  /** The machine of this title, which has been heard. A store that cannot be written now is no reason to refuse it. */
  function heard(aeTitle: string, address: string, implementation: string): Machine | undefined {
    const key = `${aeTitle}@${address} ${implementation}`;
    const now = performance.now();
    const known = store.machines.findByAeTitle(aeTitle);
    if (known && now - (noted.get(key) ?? -Infinity) < NOTE_EVERY) return known;
    if (noted.size >= MOST_REMEMBERED) noted.clear();
    noted.set(key, now);
    try {
      return store.machines.heard(aeTitle, address, implementation);
    } catch (error) {
      log.warn("cannot note that a machine called: {error}", { error });
      return known;
    }
  }

  return async (request, address) => {
    const title = request.callingAeTitle;
    if (isSelfTest({ callingAeTitle: title, address })) return undefined;
    const identified = async (needed: boolean) => {
      const outcome = await checkIdentity(store, request.user.userIdentity, needed, verify);
      if (typeof outcome === "object") guard.refused(address);
      return outcome;
    };
    // a destination may report what it has, and is no machine
    const isDestination = store.destinations.all().some(({ aeTitle, enabled }) => enabled && aeTitle === title);
    if (isDestination && store.machines.findByAeTitle(title) === undefined) return await identified(false);
    const implementation = request.user.implementationVersionName;
    const policy = admission();
    const stranger = policy === "closed" && store.machines.findByAeTitle(title) === undefined;
    const machine = stranger ? undefined : heard(title, address, implementation);
    if (policy === "open" || machine?.admitted) {
      const outcome = await identified(machine?.needsIdentity ?? false);
      if (typeof outcome !== "object") guard.belongs(address);
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
