import type { Admission } from "../config.ts";
import type { Store } from "../store/store.ts";
import type { Guard } from "./guard.ts";
import type { AssociationOptions } from "./association.ts";
import { Rejection } from "./pdu.ts";

/**
 * Decides which machines may associate, by the AE title they call with, and takes note of each that knocks.
 *
 * @param admission asked at each knock, so that a changed setting holds from then on
 */
export function admissionOf(store: Store, guard: Guard, admission: () => Admission): AssociationOptions["admit"] {
  return (request, address) => {
    const title = request.callingAeTitle;
    const implementation = request.user.implementationVersionName;
    const policy = admission();
    const known = policy === "closed"
      ? store.machines.findByAeTitle(title)
      : store.machines.heard(title, address, implementation);
    if (policy === "open" || known?.admitted) {
      if (policy === "closed") store.machines.heard(title, address, implementation);
      return undefined;
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
