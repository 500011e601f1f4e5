import { say } from "../sentences.ts";
import { readCodestream } from "../dicom/codestream.ts";
import type { Codestream } from "../dicom/codestream_header.ts";
import type { Samples } from "../dicom/display.ts";
import { MOST_SAMPLES, NoPicture, type PixelDescription } from "../dicom/pixel_data.ts";
import { decodeRle } from "../dicom/rle.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";

/** What dcmjs-imaging's decoders ask of the picture. They are there at run time and not in its type declarations. */
interface DecoderContext {
  getWidth(): number;
  getHeight(): number;
  getBitsAllocated(): number;
  getBitsStored(): number;
  getSamplesPerPixel(): number;
  getPixelRepresentation(): number;
  getPlanarConfiguration(): number;
  getPhotometricInterpretation(): string;
}

type Decode = (
  context: DecoderContext,
  bytes: Uint8Array,
  options?: { convertColorspaceToRgb?: boolean },
) => Uint8Array;

interface Decoders {
  initializeAsync(): Promise<void>;
  isInitialized(): boolean;
  release(): void;
  decodeJpeg: Decode;
  decodeJpegLs: Decode;
  decodeJpeg2000: Decode;
  decodeJpegXl: Decode;
}

let loaded: Decoders | undefined;

/** The decoders, loaded with the first picture that needs them: some machines send none. */
async function loadDecoders(): Promise<Decoders> {
  if (loaded === undefined) {
    const { default: imaging } = await import("dcmjs-imaging");
    loaded = imaging.NativePixelDecoder as unknown as Decoders;
  }
  if (!loaded.isInitialized()) await loaded.initializeAsync();
  return loaded;
}

/**
 * The samples of one encapsulated frame.
 *
 * RLE is the box's own. JPEG in all its kinds is decoded in WebAssembly, where a hostile codestream harms nothing
 * outside; the colours are then ours to turn, since what a codestream says of them and what the data set says differ
 * on real machines.
 *
 * @throws NoPicture when the bytes are no picture that the box draws
 */
export async function decodeFrame(
  bytes: Uint8Array,
  description: PixelDescription,
  syntax: TransferSyntax,
): Promise<Samples> {
  if (syntax.codec === "rle") {
    const { rows, columns, samplesPerPixel, bitsAllocated } = description;
    const decoded = decodeRle(bytes, rows * columns, samplesPerPixel, Math.max(1, bitsAllocated / 8));
    return { bytes: decoded.bytes, description: { ...description, planar: samplesPerPixel > 1 } };
  }
  const codestream = readCodestream(bytes);
  const { rows, columns } = codestream;
  if (rows < 1 || columns < 1 || rows * columns * Math.max(1, codestream.components) > MOST_SAMPLES) {
    throw new NoPicture(
      say("codestream-not-drawn", { columns, rows, components: codestream.components }),
    );
  }
  const samplesPerPixel = codestream.components || description.samplesPerPixel;
  if (samplesPerPixel !== 1 && samplesPerPixel !== 3) {
    throw new NoPicture(say("components-not-drawn", { count: samplesPerPixel }));
  }
  const bits = codestream.bits || description.bitsStored;
  const decodedBits = bits > 8 ? 16 : description.bitsAllocated > 8 ? description.bitsAllocated : 8;
  const context: DecoderContext = {
    getWidth: () => columns,
    getHeight: () => rows,
    getBitsAllocated: () => decodedBits,
    getBitsStored: () => bits,
    getSamplesPerPixel: () => samplesPerPixel,
    getPixelRepresentation: () => description.signed ? 1 : 0,
    getPlanarConfiguration: () => 0,
    getPhotometricInterpretation: () => samplesPerPixel === 1 ? "MONOCHROME2" : "RGB",
  };
  const decoded = decode(await loadDecoders(), codestream.kind, context, bytes);
  const width = decoded.length / (rows * columns * samplesPerPixel);
  if (width !== 1 && width !== 2 && width !== 4) {
    throw new NoPicture(say("codestream-odd", { bytes: decoded.length, columns, rows }));
  }
  return {
    bytes: decoded,
    description: {
      ...description,
      // the size that the picture itself has: some machines turn Rows and Columns round
      rows,
      columns,
      samplesPerPixel,
      bitsAllocated: width * 8,
      bitsStored: Math.min(bits, width * 8),
      highBit: Math.min(bits, width * 8) - 1,
      planar: codestream.planar,
      photometricInterpretation: samplesPerPixel === 3 && description.samplesPerPixel === 1
        ? "RGB"
        : description.photometricInterpretation,
    },
    ...(samplesPerPixel === 3 ? { colour: colourOf(codestream, description) } : {}),
  };
}

/**
 * YBR_ICT and YBR_RCT name the transformation within JPEG 2000, which its decoder has undone; some machines write the
 * label and no transformation (GE LOGIQ e), and what comes out is red, green and blue all the same.
 */
function colourOf({ colour }: Codestream, { photometricInterpretation }: PixelDescription): Samples["colour"] {
  return photometricInterpretation === "YBR_ICT" || photometricInterpretation === "YBR_RCT" ? "rgb" : colour;
}

function decode(decoders: Decoders, kind: Codestream["kind"], context: DecoderContext, bytes: Uint8Array) {
  try {
    switch (kind) {
      case "jpeg":
        return decoders.decodeJpeg(context, bytes, { convertColorspaceToRgb: false });
      case "jpeg-ls":
        return decoders.decodeJpegLs(context, bytes);
      case "jpeg-2000":
        return decoders.decodeJpeg2000(context, bytes);
      case "jpeg-xl":
        return decoders.decodeJpegXl(context, bytes);
    }
  } catch (error) {
    // what a decoder was in the midst of stays behind in its memory: the next picture gets a fresh one
    decoders.release();
    throw new NoPicture(say("codestream-undecodable", { why: (error as Error).message }), { cause: error });
  }
}
