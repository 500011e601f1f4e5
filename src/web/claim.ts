import type { Claim } from "../store/filing.ts";
import type { Store } from "../store/store.ts";

/** Whose an object names itself, and the calling AE title of the machine that sent it. */
export interface SentClaim extends Claim {
  /** Calling AE title of the machine that sent it; "" where the object is gone. */
  machine: string;
}

/** What an object came with, whatever has been decided about it since; undefined where there is none with this UID. */
export function claimOf(store: Store, sopInstanceUid: string): SentClaim | undefined {
  const claim = store.instances.claimOf(sopInstanceUid);
  if (claim === undefined) return undefined;
  const { patientId, patientName, patientBirthDate, patientSex } = claim;
  const machine = store.instances.find(sopInstanceUid)?.receivedFrom ?? "";
  return { patientId, patientName, patientBirthDate, patientSex, machine };
}
