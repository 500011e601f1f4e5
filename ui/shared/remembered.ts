/** Where a browser lets nothing be stored, what is remembered lasts as long as the page. */
class InThisPage implements Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  readonly #values = new Map<string, string>();

  getItem(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  setItem(name: string, value: string): void {
    this.#values.set(name, value);
  }

  removeItem(name: string): void {
    this.#values.delete(name);
  }
}

/** What this browser remembers for the pages of the box: its `localStorage`, where it may be used. */
export const remembered: Pick<Storage, "getItem" | "setItem" | "removeItem"> = storage();

/** That this browser was locked and the box has not been told. */
export const TO_BE_LOCKED = "to be locked";

function storage() {
  try {
    // a browser that blocks site data throws at the mere name
    const { localStorage } = globalThis;
    localStorage.setItem("may be stored", "yes");
    localStorage.removeItem("may be stored");
    return localStorage;
  } catch {
    return new InThisPage();
  }
}
