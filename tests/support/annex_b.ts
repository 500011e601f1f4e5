/** Writes bits, most significant first, for NAL units that a test makes. */
class BitWriter {
  readonly #bits: number[] = [];

  bits(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) this.#bits.push(Math.floor(value / 2 ** bit) % 2);
    return this;
  }

  /** ue(v) */
  unsigned(...values: number[]): this {
    for (const value of values) {
      const length = Math.floor(Math.log2(value + 1));
      this.bits(0, length).bits(value + 1, length + 1);
    }
    return this;
  }

  /** With the stop bit, and emulation prevention (ISO 14496-10 7.4.1). */
  nal(...header: number[]): Uint8Array {
    const bits = [...this.#bits, 1];
    while (bits.length % 8 !== 0) bits.push(0);
    const plain = [...header];
    for (let at = 0; at < bits.length; at += 8) plain.push(parseInt(bits.slice(at, at + 8).join(""), 2));
    const escaped: number[] = [];
    for (const byte of plain) {
      if (byte <= 3 && escaped.length >= 2 && escaped.at(-1) === 0 && escaped.at(-2) === 0) escaped.push(3);
      escaped.push(byte);
    }
    return Uint8Array.from(escaped);
  }
}

/** NAL units with start codes before them, of three bytes and of four by turns. */
export function annexB(nals: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(nals.flatMap((nal, index) => [...(index % 2 === 0 ? [0, 0, 0, 1] : [0, 0, 1]), ...nal]));
}

const FRAME_NUMBER_BITS = 4;
const ORDER_BITS = 6;

/** A sequence and a picture parameter set of H.264 (ISO 14496-10 7.3.2), High profile, 320 × 240 in 256 lines. */
export function h264Parameters({ interlaced = false, frameNumberBits = FRAME_NUMBER_BITS } = {}): Uint8Array[] {
  const sps = new BitWriter().bits(100, 8).bits(0, 8).bits(30, 8).unsigned(0, 1, 0, 0).bits(0, 2)
    .unsigned(frameNumberBits - 4, 0, ORDER_BITS - 4, 4).bits(0, 1).unsigned(19, interlaced ? 7 : 15)
    .bits(interlaced ? 0 : 1, 1);
  if (interlaced) sps.bits(0, 1);
  // the sixteen lines below are cut off: in units of two, or of four
  sps.bits(1, 1).bits(1, 1).unsigned(0, 0, 0, interlaced ? 4 : 8).bits(0, 1);
  return [sps.nal(0x67), new BitWriter().unsigned(0, 0).bits(0, 2).unsigned(0, 0, 0).bits(0, 3).nal(0x68)];
}

/** A slice of H.264 with nothing in it. @param order its pic_order_cnt_lsb @param first its first macroblock */
export function h264Slice(
  { order, idr = false, reference = true, first = 0, field, frame = 0, body = 40 }: {
    order: number;
    idr?: boolean;
    reference?: boolean;
    first?: number;
    field?: "top" | "bottom";
    frame?: number;
    body?: number;
  },
): Uint8Array {
  const slice = new BitWriter().unsigned(first, idr ? 7 : 5, 0).bits(frame, FRAME_NUMBER_BITS);
  if (field) slice.bits(1, 1).bits(field === "bottom" ? 1 : 0, 1);
  if (idr) slice.unsigned(0);
  slice.bits(order, ORDER_BITS);
  for (let byte = 0; byte < body; byte++) slice.bits(byte * 7 % 251 + 1, 8);
  return slice.nal((reference ? 0x60 : 0) | (idr ? 5 : 1));
}

/** The parameter sets of H.265 (ISO 23008-2 7.3.2), Main profile, 320 × 240. */
export function h265Parameters({ orderBits = ORDER_BITS } = {}): Uint8Array[] {
  const profile = (writer: BitWriter) => writer.bits(1, 8).bits(0x60000000, 32).bits(0, 32).bits(0, 16).bits(93, 8);
  const vps = profile(new BitWriter().bits(0, 4).bits(3, 2).bits(0, 6).bits(0, 3).bits(1, 1).bits(0xffff, 16))
    .bits(1, 1).unsigned(1, 0, 0).bits(0, 6).unsigned(0).bits(0, 2);
  const sps = profile(new BitWriter().bits(0, 4).bits(0, 3).bits(1, 1)).unsigned(0, 1, 320, 240).bits(0, 1)
    .unsigned(0, 0, orderBits - 4).bits(1, 1).unsigned(1, 0, 0);
  const pps = new BitWriter().unsigned(0, 0).bits(0, 1).bits(0, 1).bits(0, 3).bits(0, 2).unsigned(0, 0);
  return [vps.nal(0x40, 1), sps.nal(0x42, 1), pps.nal(0x44, 1)];
}

/** A slice segment of H.265 with nothing in it. */
export function h265Slice({ order, idr = false }: { order: number; idr?: boolean }): Uint8Array {
  const slice = new BitWriter().bits(1, 1);
  if (idr) slice.bits(0, 1);
  slice.unsigned(0, idr ? 2 : 1);
  if (!idr) slice.bits(order, ORDER_BITS);
  return slice.bits(0xabcdef, 24).nal((idr ? 20 : 1) << 1, 1);
}

/** A transport stream (ISO 13818-1 2.4.3) with a video of these bytes, a PES packet every so many, and a table between. */
export function transportStream(video: Uint8Array, { step = 188, each = 1000 } = {}): Uint8Array<ArrayBuffer> {
  const packets: number[] = [];
  const packet = (pid: number, begins: boolean, payload: readonly number[]) => {
    const stuffing = 184 - payload.length;
    const adaptation = stuffing === 0
      ? []
      : [stuffing - 1, ...(stuffing > 1 ? [0, ...Array(stuffing - 2).fill(255)] : [])];
    const head = [0x47, (begins ? 0x40 : 0) | pid >> 8, pid & 255, stuffing === 0 ? 0x10 : 0x30];
    packets.push(...Array(step - 188).fill(9), ...head, ...adaptation, ...payload);
  };
  packet(0, true, [0, 0, 0xb0, 13]);
  for (let at = 0; at < video.length; at += each) {
    const pes = [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1, ...video.subarray(at, at + each)];
    for (let from = 0; from < pes.length; from += 184) packet(0x101, from === 0, pes.slice(from, from + 184));
    packet(0x102, true, [0, 0, 1, 0xc0, 0, 0, 0x80, 0, 0, 1, 2, 3]);
  }
  return Uint8Array.from(packets);
}
