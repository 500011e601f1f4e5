import { BitReader } from "./bit_reader.ts";
import { type DecoderConfiguration, type NalReader, type NalUse, ParameterSets, SEQUENCE } from "./nal_reader.ts";

/** Kinds of NAL units (ISO 14496-10 Table 7-1). */
const Nal = { slice: 1, partition: 2, idr: 5, sei: 6, sps: 7, pps: 8, delimiter: 9, endOfSequence: 10, filler: 12 };
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
  readonly #sequenceSets = new ParameterSets();
  readonly #pictureSets = new ParameterSets();
  #parameters: SequenceParameters | undefined;
  #sequence = 0;
  #decoded = 0;
  #previous = { high: 0, low: 0 };
  /** Of a picture whose first field has come, its frame number. */
  #openField: number | undefined;

  /** As `NalReader` has it. */
  take(nal: Uint8Array): NalUse {
    const type = nal[0]! & 0x1f;
    switch (type) {
      case Nal.sps:
        this.#sequenceSets.add(nal);
        this.#parameters = readSequenceParameters(nal);
        return { use: "drop" };
      case Nal.pps:
        this.#pictureSets.add(nal);
        return { use: "drop" };
      case Nal.slice:
      case Nal.partition:
      case Nal.idr:
        return this.#parameters === undefined ? { use: "drop" } : this.#slice(nal, type, this.#parameters);
      case 3: // the other partitions of a slice
      case 4:
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
    const { chromaFormat, lumaBits, chromaBits, width, height } = readSequenceParameters(first);
    // AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3.1.2), with lengths of four bytes
    const bytes = [1, first[1]!, first[2]!, first[3]!, 0xfc | 3];
    const sequenceSets = this.#sequenceSets.all.slice(0, MOST_SEQUENCE_SETS);
    const pictureSets = this.#pictureSets.all.slice(0, MOST_PICTURE_SETS);
    bytes.push(0xe0 | sequenceSets.length);
    for (const set of sequenceSets) bytes.push(set.length >> 8, set.length & 0xff, ...set);
    bytes.push(pictureSets.length);
    for (const set of pictureSets) bytes.push(set.length >> 8, set.length & 0xff, ...set);
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

  /** 8.2.1.1: the low bits that a slice has, with the high ones that follow from the reference picture before. */
  #orderCount(low: number, bits: number, isReference: boolean): number {
    const range = 2 ** bits;
    const before = this.#previous;
    const high = low < before.low && before.low - low >= range / 2
      ? before.high + range
      : low > before.low && low - before.low > range / 2
      ? before.high - range
      : before.high;
    if (isReference) this.#previous = { high, low };
    return high + low;
  }
}

function readSequenceParameters(nal: Uint8Array): SequenceParameters {
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
  return {
    ...{ chromaFormat, separateColourPlanes, lumaBits, chromaBits, frameNumberBits, orderType, orderBits, framesOnly },
    width: columns - unitX * (left + right),
    height: rows - unitY * (top + bottom),
  };
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
