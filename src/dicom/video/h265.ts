import { BitReader } from "./bit_reader.ts";
import {
  type DecoderConfiguration,
  isPossible,
  type NalReader,
  type NalUse,
  type OrderCount,
  orderCount,
  ParameterSets,
  SEQUENCE,
} from "./nal_reader.ts";

/** Kinds of NAL units (ISO 23008-2 Table 7-1). */
const Nal = {
  ...{ lastSlice: 31, firstLeading: 6, lastLeading: 9, firstIntra: 16, lastIntra: 23 },
  ...{ idrWithLeading: 19, idr: 20, lastSubLayerNonReference: 14 },
  ...{ vps: 32, sps: 33, pps: 34, seiBefore: 39, seiAfter: 40 },
} as const;
const HEADER = 2;
/** general_profile_space to general_level_idc within a sequence parameter set: after the header and one byte (7.3.3). */
const PROFILE_LENGTH = 12;
/** Sets of each kind that are kept: of the most numerous there are 64 (7.4.3.3.1), each of which may change. */
const MOST_SETS = 255;

/** What a sequence parameter set says that is needed here (7.3.2.2). */
interface SequenceParameters {
  /** As it stands, without emulation prevention. */
  profile: Uint8Array;
  subLayers: number;
  isNested: boolean;
  chromaFormat: number;
  separateColourPlanes: boolean;
  lumaBits: number;
  chromaBits: number;
  orderBits: number;
  width: number;
  height: number;
}

/** What a picture parameter set says of slice headers (7.3.2.3). */
interface PictureParameters {
  hasOutputFlag: boolean;
  extraBits: number;
}

/** Reads H.265 (ISO 23008-2). */
export class H265Reader implements NalReader {
  readonly #videoSets = new ParameterSets(MOST_SETS);
  readonly #sequenceSets = new ParameterSets(MOST_SETS);
  readonly #pictureSets = new ParameterSets(MOST_SETS);
  #sequence: SequenceParameters | undefined;
  readonly #pictures = new Map<number, PictureParameters>();
  #count = 0;
  #previous: OrderCount = { high: 0, low: 0 };

  /** As `NalReader` has it. */
  isParameterSet(nal: Uint8Array): boolean {
    const type = typeOf(nal);
    return type >= Nal.vps && type <= Nal.pps;
  }

  /** As `NalReader` has it. */
  take(nal: Uint8Array): NalUse {
    const type = typeOf(nal);
    switch (type) {
      case Nal.vps:
        this.#videoSets.add(nal);
        return { use: "drop" };
      case Nal.sps: {
        const parameters = readSequenceParameters(nal);
        if (parameters === undefined) return { use: "drop" };
        this.#sequenceSets.add(nal);
        this.#sequence = parameters;
        return { use: "drop" };
      }
      case Nal.pps: {
        this.#pictureSets.add(nal);
        const reader = new BitReader(nal, HEADER);
        const id = reader.unsigned();
        reader.unsigned(); // pps_seq_parameter_set_id
        reader.flag(); // dependent_slice_segments_enabled_flag
        this.#pictures.set(id, { hasOutputFlag: reader.flag(), extraBits: reader.bits(3) });
        return { use: "drop" };
      }
      case Nal.seiBefore:
        return { use: "after" };
      case Nal.seiAfter:
        return { use: "before" };
      default:
        return type <= Nal.lastSlice && this.#sequence !== undefined
          ? this.#slice(nal, type, this.#sequence)
          : { use: "drop" };
    }
  }

  /** As `NalReader` has it. */
  configuration(): DecoderConfiguration | undefined {
    const [first] = this.#sequenceSets.all;
    if (first === undefined || this.#pictureSets.all.length === 0 || this.#videoSets.all.length === 0) return undefined;
    const { profile, subLayers, isNested, chromaFormat, lumaBits, chromaBits, width, height } = readSequenceParameters(
      first,
    )!;
    // HEVCDecoderConfigurationRecord (ISO 14496-15 8.3.3.1.2), with lengths of four bytes
    const bytes = [1, ...profile, 0xf0, 0, 0xfc, 0xfc | chromaFormat, 0xf8 | lumaBits - 8, 0xf8 | chromaBits - 8, 0, 0];
    bytes.push(subLayers << 3 | (isNested ? 4 : 0) | 3, 3);
    const lists = [[Nal.vps, this.#videoSets], [Nal.sps, this.#sequenceSets], [Nal.pps, this.#pictureSets]] as const;
    for (const [type, { all }] of lists) {
      bytes.push(0x80 | type, all.length >> 8, all.length & 0xff);
      for (const set of all) bytes.push(set.length >> 8, set.length & 0xff, ...set);
    }
    return { entry: "hvc1", box: "hvcC", bytes: Uint8Array.from(bytes), width, height };
  }

  /** The beginning of a slice segment header (7.3.6.1), and the picture's order count (8.3.1). */
  #slice(nal: Uint8Array, type: number, parameters: SequenceParameters): NalUse {
    const reader = new BitReader(nal, HEADER);
    const begins = reader.flag();
    const isIntra = type >= Nal.firstIntra && type <= Nal.lastIntra;
    const isIdr = type === Nal.idr || type === Nal.idrWithLeading;
    if (!begins) return { use: "picture", begins, isKey: isIntra, order: 0 };
    if (isIntra) reader.flag(); // no_output_of_prior_pics_flag
    const { hasOutputFlag, extraBits } = this.#pictures.get(reader.unsigned()) ??
      { hasOutputFlag: false, extraBits: 0 };
    reader.bits(extraBits);
    reader.unsigned(); // slice_type
    if (hasOutputFlag) reader.flag();
    if (parameters.separateColourPlanes) reader.bits(2);
    // IDR and BLA pictures, and the first of all, begin to count anew
    if (isIdr || (isIntra && type < Nal.idrWithLeading) || this.#count === 0) {
      this.#count += 1;
      const low = isIdr ? 0 : reader.bits(parameters.orderBits);
      this.#previous = { high: 0, low };
      return { use: "picture", begins, isKey: isIntra, order: this.#count * SEQUENCE + low };
    }
    const count = this.#orderCount(reader.bits(parameters.orderBits), parameters.orderBits, nal, type);
    return { use: "picture", begins, isKey: isIntra, order: this.#count * SEQUENCE + count };
  }

  #orderCount(low: number, bits: number, nal: Uint8Array, type: number): number {
    const count = orderCount(low, bits, this.#previous);
    const isLowestLayer = (nal[1]! & 7) === 1;
    const isLeading = type >= Nal.firstLeading && type <= Nal.lastLeading;
    const isNonReference = type <= Nal.lastSubLayerNonReference && type % 2 === 0;
    if (isLowestLayer && !isLeading && !isNonReference) this.#previous = count;
    return count.high + count.low;
  }
}

function typeOf(nal: Uint8Array): number {
  return nal[0]! >> 1 & 0x3f;
}

/** Undefined for what no decoder could read. */
function readSequenceParameters(nal: Uint8Array): SequenceParameters | undefined {
  const reader = new BitReader(nal, HEADER);
  reader.bits(4); // sps_video_parameter_set_id
  const subLayers = reader.bits(3) + 1;
  const isNested = reader.flag();
  const profile = Uint8Array.from({ length: PROFILE_LENGTH }, () => reader.bits(8));
  passSubLayers(reader, subLayers - 1);
  reader.unsigned(); // sps_seq_parameter_set_id
  const chromaFormat = reader.unsigned();
  const separateColourPlanes = chromaFormat === 3 && reader.flag();
  const [columns, rows] = [reader.unsigned(), reader.unsigned()];
  const [left, right, top, bottom] = reader.flag()
    ? [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()]
    : [0, 0, 0, 0];
  const lumaBits = reader.unsigned() + 8;
  const chromaBits = reader.unsigned() + 8;
  const orderBits = reader.unsigned() + 4;
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = chromaFormat === 1 ? 2 : 1;
  const parameters = {
    ...{ profile, subLayers, isNested, chromaFormat, separateColourPlanes, lumaBits, chromaBits, orderBits },
    width: columns - unitX * (left + right),
    height: rows - unitY * (top + bottom),
  };
  return reader.isPastEnd || !isPossible(parameters, orderBits) ? undefined : parameters;
}

/** What profile_tier_level has of each sub-layer but the last (7.3.3). */
function passSubLayers(reader: BitReader, count: number): void {
  const present = Array.from({ length: count }, () => [reader.flag(), reader.flag()] as const);
  if (count > 0) reader.bits((8 - count) * 2);
  for (const [hasProfile, hasLevel] of present) {
    if (hasProfile) { for (let byte = 0; byte < PROFILE_LENGTH - 1; byte++) reader.bits(8); }
    if (hasLevel) reader.bits(8);
  }
}
