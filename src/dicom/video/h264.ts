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

/** Kinds of NAL units (ISO 14496-10 Table 7-1). */
const Nal = { slice: 1, partition: 2, partitionB: 3, partitionC: 4, idr: 5, sei: 6, sps: 7, pps: 8 } as const;
/** profile_idc values whose parameter sets say how colours are sampled (7.3.2.1.1). */
const WITH_CHROMA: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** How many sets of each kind fit into the configuration (ISO 14496-15 5.3.3.1.2). */
const MOST_SEQUENCE_SETS = 31;
const MOST_PICTURE_SETS = 255;

/** What a sequence parameter set says that is needed here (7.3.2.1.1). */
interface SequenceParameters {
  chromaFormat: number;
  separateColourPlanes: boolean;
  lumaBits: number;
  chromaBits: number;
  frameNumberBits: number;
  orderType: number;
  orderBits: number;
  framesOnly: boolean;
  width: number;
  height: number;
}

/** Reads H.264 (ISO 14496-10). */
export class H264Reader implements NalReader {
  readonly #sequenceSets = new ParameterSets(MOST_SEQUENCE_SETS);
  readonly #pictureSets = new ParameterSets(MOST_PICTURE_SETS);
  #parameters: SequenceParameters | undefined;
  #sequence = 0;
  #decoded = 0;
  #previous: OrderCount = { high: 0, low: 0 };
  /** Of a picture whose first field has come, its frame number. */
  #openField: number | undefined;

  /** As `NalReader` has it. */
  isParameterSet(nal: Uint8Array): boolean {
    const type = typeOf(nal);
    return type === Nal.sps || type === Nal.pps;
  }

  /** As `NalReader` has it. */
  take(nal: Uint8Array): NalUse {
    const type = typeOf(nal);
    switch (type) {
      case Nal.sps: {
        const parameters = readSequenceParameters(nal);
        if (parameters === undefined) return { use: "drop" };
        this.#sequenceSets.add(nal);
        this.#parameters = parameters;
        return { use: "drop" };
      }
      case Nal.pps:
        this.#pictureSets.add(nal);
        return { use: "drop" };
      case Nal.slice:
      case Nal.partition:
      case Nal.idr:
        return this.#parameters === undefined ? { use: "drop" } : this.#slice(nal, type, this.#parameters);
      case Nal.partitionB:
      case Nal.partitionC:
        return { use: "before" };
      case Nal.sei:
        return { use: "after" };
      default:
        return { use: "drop" };
    }
  }

  /** As `NalReader` has it. */
  configuration(): DecoderConfiguration | undefined {
    const [first] = this.#sequenceSets.all;
    if (first === undefined || this.#pictureSets.all.length === 0) return undefined;
    const { chromaFormat, lumaBits, chromaBits, width, height } = readSequenceParameters(first)!;
    // AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3.1.2), with lengths of four bytes
    const bytes = [1, first[1]!, first[2]!, first[3]!, 0xfc | 3];
    bytes.push(0xe0 | this.#sequenceSets.all.length);
    for (const set of this.#sequenceSets.all) bytes.push(set.length >> 8, set.length & 0xff, ...set);
    bytes.push(this.#pictureSets.all.length);
    for (const set of this.#pictureSets.all) bytes.push(set.length >> 8, set.length & 0xff, ...set);
    if (WITH_CHROMA.has(first[1]!)) bytes.push(0xfc | chromaFormat, 0xf8 | lumaBits - 8, 0xf8 | chromaBits - 8, 0);
    return { entry: "avc1", box: "avcC", bytes: Uint8Array.from(bytes), width, height };
  }

  /** The beginning of a slice header (7.3.3), and the picture's place in the order of showing (8.2.1). */
  #slice(nal: Uint8Array, type: number, parameters: SequenceParameters): NalUse {
    const isKey = type === Nal.idr;
    const reader = new BitReader(nal, 1);
    const beginsField = reader.unsigned() === 0;
    reader.unsigned(); // slice_type
    reader.unsigned(); // pic_parameter_set_id
    if (parameters.separateColourPlanes) reader.bits(2);
    const frameNumber = reader.bits(parameters.frameNumberBits);
    const isField = !parameters.framesOnly && reader.flag();
    if (isField) reader.flag(); // bottom_field_flag
    if (isKey) reader.unsigned(); // idr_pic_id
    const isSecondField = isField && this.#openField === frameNumber;
    if (!beginsField || isSecondField) {
      if (beginsField) this.#openField = undefined;
      return { use: "picture", begins: false, isKey, order: 0 };
    }
    this.#openField = isField ? frameNumber : undefined;
    if (isKey) {
      this.#sequence += 1;
      this.#decoded = 0;
      this.#previous = { high: 0, low: 0 };
    }
    const count = parameters.orderType === 0
      ? this.#orderCount(reader.bits(parameters.orderBits), parameters.orderBits, (nal[0]! & 0x60) !== 0)
      : this.#decoded;
    this.#decoded += 1;
    return { use: "picture", begins: true, isKey, order: this.#sequence * SEQUENCE + count };
  }

  #orderCount(low: number, bits: number, isReference: boolean): number {
    const count = orderCount(low, bits, this.#previous);
    if (isReference) this.#previous = count;
    return count.high + count.low;
  }
}

function typeOf(nal: Uint8Array): number {
  return nal[0]! & 0x1f;
}

/** Undefined for what no decoder could read. */
function readSequenceParameters(nal: Uint8Array): SequenceParameters | undefined {
  const reader = new BitReader(nal, 1);
  const profile = reader.bits(8);
  reader.bits(16); // constraints and level
  reader.unsigned(); // seq_parameter_set_id
  let [chromaFormat, lumaBits, chromaBits, separateColourPlanes] = [1, 8, 8, false];
  if (WITH_CHROMA.has(profile)) {
    chromaFormat = reader.unsigned();
    separateColourPlanes = chromaFormat === 3 && reader.flag();
    lumaBits = reader.unsigned() + 8;
    chromaBits = reader.unsigned() + 8;
    reader.flag(); // qpprime_y_zero_transform_bypass_flag
    if (reader.flag()) passScalingLists(reader, chromaFormat === 3 ? 12 : 8);
  }
  const frameNumberBits = reader.unsigned() + 4;
  const orderType = reader.unsigned();
  let orderBits = 0;
  if (orderType === 0) orderBits = reader.unsigned() + 4;
  else if (orderType === 1) {
    reader.flag();
    reader.signed();
    reader.signed();
    const cycle = Math.min(255, reader.unsigned());
    for (let index = 0; index < cycle; index++) reader.signed();
  }
  reader.unsigned(); // max_num_ref_frames
  reader.flag(); // gaps_in_frame_num_value_allowed_flag
  const columns = (reader.unsigned() + 1) * 16;
  const mapUnits = (reader.unsigned() + 1) * 16;
  const framesOnly = reader.flag();
  if (!framesOnly) reader.flag(); // mb_adaptive_frame_field_flag
  reader.flag(); // direct_8x8_inference_flag
  const rows = mapUnits * (framesOnly ? 1 : 2);
  const [left, right, top, bottom] = reader.flag()
    ? [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()]
    : [0, 0, 0, 0];
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = (chromaFormat === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  const parameters = {
    ...{ chromaFormat, separateColourPlanes, lumaBits, chromaBits, frameNumberBits, orderType, orderBits, framesOnly },
    width: columns - unitX * (left + right),
    height: rows - unitY * (top + bottom),
  };
  return reader.isPastEnd || !isPossible(parameters, frameNumberBits, orderBits) ? undefined : parameters;
}

/** 7.3.2.1.1.1 */
function passScalingLists(reader: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (!reader.flag()) continue;
    const size = list < 6 ? 16 : 64;
    for (let index = 0, last = 8, next = 8; index < size; index++) {
      if (next !== 0) next = (last + reader.signed() + 256) % 256;
      last = next === 0 ? last : next;
    }
  }
}
