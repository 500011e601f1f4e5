import { Buffer } from "node:buffer";
import type { ByteSource } from "./byte_source.ts";
import type { Extent } from "./pixel_data.ts";

/** The bytes of several pieces of a source, one after the other. */
export function joined(source: ByteSource, pieces: readonly Extent[]): Uint8Array {
  const whole = new Pieces(source, pieces);
  return whole.readAt(0, whole.size);
}

/** Several pieces of a source as one. */
export class Pieces implements ByteSource {
  /** Bytes. */
  readonly size: number;
  readonly #source: ByteSource;
  readonly #pieces: readonly Extent[];
  readonly #starts: number[] = [];

  /** Reads nothing yet. @param pieces in their order */
  constructor(source: ByteSource, pieces: readonly Extent[]) {
    let size = 0;
    for (const { length } of pieces) {
      this.#starts.push(size);
      size += length;
    }
    this.size = size;
    this.#source = source;
    this.#pieces = pieces;
  }

  /** As `ByteSource` has it. */
  readAt(offset: number, length: number): Uint8Array {
    const parts = this.piecesOf(offset, Math.min(length, this.size - offset));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return this.#source.readAt(only.offset, only.length);
    return Buffer.concat(parts.map((part) => this.#source.readAt(part.offset, part.length).slice()));
  }

  /** Where bytes of the whole lie in the source. */
  piecesOf(offset: number, length: number): Extent[] {
    const found: Extent[] = [];
    const end = offset + length;
    for (let at = this.#indexOf(offset); at < this.#pieces.length && this.#starts[at]! < end; at++) {
      const piece = this.#pieces[at]!;
      const start = this.#starts[at]!;
      const from = Math.max(0, offset - start);
      const to = Math.min(piece.length, end - start);
      if (to > from) found.push({ offset: piece.offset + from, length: to - from });
    }
    return found;
  }

  #indexOf(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}
