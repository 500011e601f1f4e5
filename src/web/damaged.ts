import type { Store } from "../store/store.ts";
import { conflict } from "./problem.ts";

/**
 * Refuses an object whose file is known not to be as it came.
 *
 * @param verb what is asked for, such as "save the file"
 * @param remedy what a person can do
 * @throws Problem 409
 */
export function refuseDamaged(
  store: Store,
  sopInstanceUid: string,
  verb: string,
  remedy = "restore it from the backup",
): void {
  const damage = store.instanceFiles.damageOf(sopInstanceUid);
  if (damage !== "") throw conflict(`Cannot ${verb}: ${damage}, ${remedy}`);
}
