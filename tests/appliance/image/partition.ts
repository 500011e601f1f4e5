const SECTOR = 512;

/** A partition of a disk image with a GPT, by its name: its first byte and its length. @throws Error when there is none */
export function partitionOf(disk: string, name: string): { start: number; length: number } {
  const found = findPartition(disk, name);
  if (found === undefined) throw new Error(`${disk} has no partition ${name}`);
  return found;
}

/** The same, or undefined. */
export function findPartition(disk: string, name: string): { start: number; length: number } | undefined {
  using file = Deno.openSync(disk);
  const table = new Uint8Array(34 * SECTOR);
  for (let done = 0; done < table.length;) done += file.readSync(table.subarray(done)) ?? table.length;
  const view = new DataView(table.buffer);
  if (new TextDecoder().decode(table.subarray(SECTOR, SECTOR + 8)) !== "EFI PART") {
    throw new Error(`${disk} has no GPT`);
  }
  const first = Number(view.getBigUint64(SECTOR + 72, true)) * SECTOR;
  for (let at = first; at + 128 <= table.length; at += 128) {
    const label = new TextDecoder("utf-16le").decode(table.subarray(at + 56, at + 128)).replaceAll("\0", "");
    if (label !== name) continue;
    const start = Number(view.getBigUint64(at + 32, true));
    const end = Number(view.getBigUint64(at + 40, true));
    return { start: start * SECTOR, length: (end - start + 1) * SECTOR };
  }
  return undefined;
}
