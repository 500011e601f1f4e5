import type { MachineOrigin, Origin } from "../store/machine_origins.ts";
import type { Caller } from "../dimse/association.ts";

/** Whether a call under a machine's AE title comes from where that machine is known to be. */
type Judgement =
  /** It does; `learn` is what is to be known of it from now on. */
  | { known: true; learn: Origin[] }
  /** It does not: who it is that calls. */
  | { known: false; stranger: Origin };

/**
 * Judges a call by the origins that a machine has. An AE title is no proof: anybody can enter it. A certificate that
 * the machine is known by counts wherever it calls from; without one it is its address. The first call of a machine
 * that has neither says where it is.
 */
export function judgeCall(origins: readonly MachineOrigin[], { address, certificate }: Caller): Judgement {
  const allowed = (kind: Origin["kind"]) =>
    origins.filter((origin) => origin.kind === kind && origin.state === "allowed").map(({ value }) => value);
  const addresses = allowed("address");
  const certificates = allowed("certificate");
  const shown: Origin[] = certificate === undefined ? [] : [{ kind: "certificate", value: certificate }];
  if (certificate !== undefined && certificates.length > 0) {
    return certificates.includes(certificate) ? { known: true, learn: [] } : { known: false, stranger: shown[0]! };
  }
  if (addresses.includes(address)) return { known: true, learn: shown };
  const here: Origin = { kind: "address", value: address };
  if (addresses.length === 0 && certificates.length === 0) return { known: true, learn: [here, ...shown] };
  return { known: false, stranger: here };
}
