/** How a data set is written (PS3.5 10 and Annex A). */
export interface TransferSyntax {
  /** PS3.6 A. */
  uid: string;
  /** As a person reads it. */
  name: string;
  /** VRs stand in the data set. */
  explicit: boolean;
  /** Retired, and still read. */
  bigEndian: boolean;
  /** The whole data set is compressed (PS3.5 A.5). */
  deflated: boolean;
  /** Pixel data comes in fragments. */
  encapsulated: boolean;
  /** What compressed the pixels of an encapsulated one; undefined of a native one. */
  codec?: Codec;
  /** What Lossy Image Compression Method says of it, where it may have lost something (PS3.3 C.7.6.1.1.5.1). */
  lossyMethod?: string;
  /** It has lost something for sure. */
  alwaysLossy?: boolean;
  /** Of compressed pixels, see `pixelMediaType`. */
  mediaType?: string;
}

/** How pixels are compressed: frame by frame, or as one video stream (PS3.5 8.2). */
export type Codec = "jpeg" | "jpeg-ls" | "jpeg-2000" | "jpeg-xl" | "rle" | "mpeg2" | "h264" | "hevc";

const MEDIA_TYPES: Record<Codec, string> = {
  "jpeg": "image/jpeg",
  "jpeg-ls": "image/jls",
  "jpeg-2000": "image/jp2",
  "jpeg-xl": "image/jxl",
  "rle": "image/dicom-rle",
  "mpeg2": "video/mpeg",
  "h264": "video/mp4",
  "hevc": "video/mp4",
};

const syntaxes: TransferSyntax[] = [
  native("1.2.840.10008.1.2", "Implicit VR Little Endian", { explicit: false }),
  native("1.2.840.10008.1.2.1", "Explicit VR Little Endian"),
  native("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", { deflated: true }),
  native("1.2.840.10008.1.2.2", "Explicit VR Big Endian", { bigEndian: true }),
  encapsulated("1.2.840.10008.1.2.4.50", "JPEG Baseline", "jpeg", { lossyMethod: "ISO_10918_1", alwaysLossy: true }),
  encapsulated("1.2.840.10008.1.2.4.51", "JPEG Extended", "jpeg", { lossyMethod: "ISO_10918_1", alwaysLossy: true }),
  // retired; progressive pictures that every JPEG decoder reads
  encapsulated("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection (retired)", "jpeg", {
    lossyMethod: "ISO_10918_1",
    alwaysLossy: true,
  }),
  encapsulated("1.2.840.10008.1.2.4.55", "JPEG Full Progression (retired)", "jpeg", {
    lossyMethod: "ISO_10918_1",
    alwaysLossy: true,
  }),
  encapsulated("1.2.840.10008.1.2.4.57", "JPEG Lossless", "jpeg"),
  encapsulated("1.2.840.10008.1.2.4.70", "JPEG Lossless SV1", "jpeg"),
  encapsulated("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", "jpeg-ls"),
  encapsulated("1.2.840.10008.1.2.4.81", "JPEG-LS Near-lossless", "jpeg-ls", { lossyMethod: "ISO_14495_1" }),
  encapsulated("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", "jpeg-2000"),
  encapsulated("1.2.840.10008.1.2.4.91", "JPEG 2000", "jpeg-2000", { lossyMethod: "ISO_15444_1" }),
  encapsulated("1.2.840.10008.1.2.4.92", "JPEG 2000 Multi-component Lossless", "jpeg-2000", { mediaType: "image/jpx" }),
  encapsulated("1.2.840.10008.1.2.4.93", "JPEG 2000 Multi-component", "jpeg-2000", {
    mediaType: "image/jpx",
    lossyMethod: "ISO_15444_2",
  }),
  encapsulated("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level", "mpeg2"),
  encapsulated("1.2.840.10008.1.2.4.100.1", "Fragmentable MPEG2 Main Profile / Main Level", "mpeg2"),
  encapsulated("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level", "mpeg2"),
  encapsulated("1.2.840.10008.1.2.4.101.1", "Fragmentable MPEG2 Main Profile / High Level", "mpeg2"),
  encapsulated("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", "h264"),
  encapsulated("1.2.840.10008.1.2.4.102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", "h264"),
  encapsulated("1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", "h264"),
  encapsulated(
    "1.2.840.10008.1.2.4.103.1",
    "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
    "h264",
  ),
  encapsulated("1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video", "h264"),
  encapsulated(
    "1.2.840.10008.1.2.4.104.1",
    "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video",
    "h264",
  ),
  encapsulated("1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video", "h264"),
  encapsulated(
    "1.2.840.10008.1.2.4.105.1",
    "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video",
    "h264",
  ),
  encapsulated("1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "h264"),
  encapsulated("1.2.840.10008.1.2.4.106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "h264"),
  encapsulated("1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1", "hevc"),
  encapsulated("1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1", "hevc"),
  encapsulated("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", "jpeg-xl"),
  encapsulated("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", "jpeg-xl"),
  encapsulated("1.2.840.10008.1.2.4.112", "JPEG XL", "jpeg-xl", { lossyMethod: "ISO_18181_1" }),
  encapsulated("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless", "jpeg-2000", {
    mediaType: "image/jphc",
  }),
  encapsulated("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options Lossless", "jpeg-2000", {
    mediaType: "image/jphc",
  }),
  encapsulated("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000", "jpeg-2000", {
    mediaType: "image/jphc",
    lossyMethod: "ISO_15444_15",
  }),
  encapsulated("1.2.840.10008.1.2.5", "RLE Lossless", "rle"),
];

const byUid = new Map(syntaxes.map((syntax) => [syntax.uid, syntax]));

/** PS3.5 A.1. */
export const IMPLICIT_LITTLE_ENDIAN: TransferSyntax = byUid.get("1.2.840.10008.1.2")!;
/** PS3.5 A.2. */
export const EXPLICIT_LITTLE_ENDIAN: TransferSyntax = byUid.get("1.2.840.10008.1.2.1")!;
/** PS3.5 A.3, retired. */
export const EXPLICIT_BIG_ENDIAN: TransferSyntax = byUid.get("1.2.840.10008.1.2.2")!;

/** All transfer syntaxes in which the box stores objects. */
export const TRANSFER_SYNTAXES: readonly TransferSyntax[] = syntaxes;

/** The transfer syntax of a UID, or undefined for one the box does not know. */
export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  return byUid.get(uid);
}

/** The media type of a frame in a transfer syntax, or of the whole stream of a video (PS3.18 Table 8.7.3-3 to -5). */
export function pixelMediaType(uid: string): string {
  return byUid.get(uid)?.mediaType ?? "application/octet-stream";
}

function native(uid: string, name: string, differs: Partial<TransferSyntax> = {}): TransferSyntax {
  return { uid, name, explicit: true, bigEndian: false, deflated: false, encapsulated: false, ...differs };
}

function encapsulated(
  uid: string,
  name: string,
  codec: Codec,
  more: Pick<TransferSyntax, "lossyMethod" | "alwaysLossy" | "mediaType"> = {},
): TransferSyntax {
  const written = { explicit: true, bigEndian: false, deflated: false, encapsulated: true };
  return { uid, name, ...written, codec, mediaType: MEDIA_TYPES[codec], ...more };
}
