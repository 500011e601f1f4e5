/**
 * Puts text on the clipboard.
 *
 * @param near an element of the window that is open: only in there may anything be selected
 * @returns whether it worked
 */
export async function copyText(text: string, near: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // no clipboard without HTTPS: then the way that browsers have had before
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "copied-from";
    field.readOnly = true;
    near.append(field);
    field.select();
    const worked = document.execCommand("copy");
    field.remove();
    return worked;
  }
}
