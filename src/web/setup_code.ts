import { randomInt } from "node:crypto";
import type { Store } from "../store/store.ts";

/**
 * The code that proves who sets up a new box: it is on the console and on the box's own screen, so whoever has it
 * stands before the box. Another one at each start, and none once there is a user.
 */
export class SetupCode {
  readonly code = `${fourDigits()}-${fourDigits()}`;
  readonly #store: Store;
  #done = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether the box has nobody who could sign in. Once it has somebody it never needs setting up again. */
  get needed(): boolean {
    this.#done ||= this.#store.users.any();
    return !this.#done;
  }

  /** Whether this is the code, with or without its dash and spaces. */
  fits(given: string): boolean {
    return given.replaceAll(/[\s-]/g, "") === this.code.replace("-", "");
  }
}

function fourDigits(): string {
  return String(randomInt(10_000)).padStart(4, "0");
}
