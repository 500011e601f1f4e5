/** What QEMU's blklogwrites keeps, in the format of the kernel's dm-log-writes: every write in its order, and flushes. */

const MAGIC = 0x6a736677736872n;
const FLUSH = 1;
const FUA = 2;
const DISCARD = 4;
/** What a disk loses is lost in pieces of this size, bytes. */
const PIECE = 4096;

interface Entry {
  /** Byte on the disk, and how many. */
  at: number;
  length: number;
  flags: number;
  /** Where its data is in the log; 0 where it has none. */
  data: number;
  /** Where the entry ends in the log. */
  end: number;
}

export class WriteLog implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #entries: Entry[] = [];

  /** @param length how much of the log there was at the moment that matters, bytes */
  constructor(path: string, length: number) {
    this.#file = Deno.openSync(path);
    const head = this.#read(0, 28);
    const view = new DataView(head.buffer);
    if (view.getBigUint64(0, true) !== MAGIC) throw new Error(`${path} is no log of writes`);
    const count = Number(view.getBigUint64(16, true)); // what was begun beyond it may have holes
    const sector = view.getUint32(24, true);
    // an entry is a sector that describes, then its data; the first sector describes the log
    for (let at = sector; at + sector <= length && this.#entries.length < count;) {
      const entry = new DataView(this.#read(at, 32).buffer);
      const flags = Number(entry.getBigUint64(16, true));
      const bytes = Number(entry.getBigUint64(8, true)) * sector;
      const hasData = (flags & DISCARD) === 0 && bytes > 0;
      const end = at + sector + (hasData ? bytes : 0);
      if (end > length) break;
      this.#entries.push({
        at: Number(entry.getBigUint64(0, true)) * sector,
        length: bytes,
        flags,
        data: hasData ? at + sector : 0,
        end,
      });
      at = end;
    }
  }

  /** Where each entry ends in the log: the moments at which the power could fail. */
  get moments(): number[] {
    return this.#entries.map(({ end }) => end);
  }

  /** What was written after a moment: how often, and how often the disk was told to keep all of it. */
  countAfter(moment: number): { writes: number; flushes: number } {
    const entries = this.#entries.filter(({ end }) => end > moment);
    return {
      writes: entries.filter(({ data }) => data !== 0).length,
      flushes: entries.filter(({ flags }) => (flags & FLUSH) !== 0).length,
    };
  }

  /**
   * Brings a disk to where a power cut may leave it: all that was flushed, and of what was not each piece or not.
   *
   * @param disk as it was when the log began
   * @param moment of the cut: how much of the log there was
   * @param survives whether a piece that was not flushed is on the disk
   * @returns how many pieces were lost
   */
  replay(disk: Deno.FsFile, moment: number, survives: () => boolean): number {
    const entries = this.#entries.filter(({ end }) => end <= moment);
    const flushed = entries.findLastIndex(({ flags }) => (flags & FLUSH) !== 0);
    let lost = 0;
    entries.forEach(({ at, length, flags, data }, index) => {
      const isSafe = index <= flushed || (flags & FUA) !== 0;
      if (data === 0) return; // what is discarded may as well stay as it was
      for (let offset = 0; offset < length; offset += PIECE) {
        if (!isSafe && !survives()) {
          lost++;
          continue;
        }
        const piece = this.#read(data + offset, Math.min(PIECE, length - offset));
        disk.seekSync(at + offset, Deno.SeekMode.Start);
        for (let rest = piece; rest.length > 0;) rest = rest.subarray(disk.writeSync(rest));
      }
    });
    return lost;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #read(at: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.#file.seekSync(at, Deno.SeekMode.Start);
    for (let done = 0; done < length;) {
      const read = this.#file.readSync(bytes.subarray(done));
      if (read === null) throw new Error("The log of writes ends early");
      done += read;
    }
    return bytes;
  }
}
