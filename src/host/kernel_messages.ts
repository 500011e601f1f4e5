import { dirname } from "node:path";

/** `SYSLOG_ACTION_READ_ALL` of syslog(2). */
const READ_ALL = 3;
const BUFFER = 256 * 1024;

const SYMBOLS = { klogctl: { parameters: ["i32", "buffer", "i32"], result: "i32" } } as const;

/**
 * The kernel's latest messages, oldest first; or why they cannot be read.
 *
 * @param kept the file in which somebody with more rights keeps them
 */
export function kernelMessages(lines: number, kept?: string): string {
  try {
    if (kept !== undefined) return Deno.readTextFileSync(kept).split("\n").slice(-lines).join("\n");
    const library = Deno.dlopen("libc.so.6", SYMBOLS);
    const buffer = new Uint8Array(BUFFER);
    const read = library.symbols.klogctl(READ_ALL, buffer, buffer.length);
    library.close();
    if (read < 0) return "The kernel does not let this user read its messages.\n";
    return new TextDecoder().decode(buffer.subarray(0, read)).split("\n").slice(-lines).join("\n");
  } catch (error) {
    return `The kernel's messages cannot be read here: ${error instanceof Error ? error.message : error}\n`;
  }
}

/**
 * What the system has written down of the box, before its restarts too, as far as it lies beside the kernel's messages.
 *
 * @param kept the file of those; undefined where nobody keeps them
 */
export function keptJournal(kept: string | undefined): string | undefined {
  if (kept === undefined) return undefined;
  try {
    return Deno.readTextFileSync(`${dirname(kept)}/journal`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    return `What the system has written down cannot be read here: ${error instanceof Error ? error.message : error}\n`;
  }
}
