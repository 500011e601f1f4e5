import { randomInt } from "node:crypto";
import type { Store } from "../store/store.ts";

/** A code that is on the console and on the box's own screen: whoever has it stands before the box. */
export class ScreenCode {
  /** Two times four digits. */
  readonly code = `${fourDigits()}-${fourDigits()}`;

  /** Whether this is the code, with or without its dash and spaces. */
  fits(given: string): boolean {
    return given.replaceAll(/[\s-]/g, "") === this.code.replace("-", "");
  }
}

/** The code that proves who sets up a new box. Another one at each start, and none once there is a user. */
export class SetupCode extends ScreenCode {
  readonly #store: Store;
  #done = false;

  /** Is asked for only while nobody has an account. */
  constructor(store: Store) {
    super();
    this.#store = store;
  }

  /** Whether the box has nobody who could sign in. Once it has somebody it never needs setting up again. */
  get needed(): boolean {
    this.#done ||= this.#store.users.any();
    return !this.#done;
  }
}

function fourDigits(): string {
  return String(randomInt(10_000)).padStart(4, "0");
}
