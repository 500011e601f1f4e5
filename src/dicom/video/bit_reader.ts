/** Reads bits of a NAL unit, most significant first, without its emulation prevention bytes (ISO 14496-10 7.4.1, 9.1). */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param nal with its header; what is read begins after `headerBytes` of it */
  constructor(nal: Uint8Array, headerBytes: number) {
    this.#bytes = unescaped(nal).subarray(headerBytes);
  }

  /** Whether as many bits were asked for as there are, or more: those beyond were 0. */
  get isPastEnd(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  /** So many bits as a number, at most 32. */
  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++, this.#at++) {
      value = value * 2 + ((this.#bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7)) & 1);
    }
    return value;
  }

  /** One bit. */
  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** ue(v): an Exp-Golomb number (9.1). */
  unsigned(): number {
    let zeros = 0;
    while (zeros < 32 && !this.flag()) zeros += 1;
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v): one with a sign (9.1.1). */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}

function unescaped(nal: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(nal.length);
  let length = 0;
  let zeros = 0;
  for (const byte of nal) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}
