import type { Store } from "../store/store.ts";

/** The character set on the record of the machine that a stored object came from; none where there is none. */
export function machineCharsetOf(store: Store, sopInstanceUid: string): readonly string[] {
  return store.machines.charsetOf(store.instances.find(sopInstanceUid)?.receivedFrom ?? "");
}
