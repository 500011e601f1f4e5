/** How a data set is written (PS3.5 10 and Annex A). */
export interface TransferSyntax {
  uid: string;
  name: string;
  explicit: boolean;
  bigEndian: boolean;
  deflated: boolean;
  /** Pixel data comes in fragments. */
  encapsulated: boolean;
}

const syntaxes: TransferSyntax[] = [
  native("1.2.840.10008.1.2", "Implicit VR Little Endian", { explicit: false }),
  native("1.2.840.10008.1.2.1", "Explicit VR Little Endian"),
  native("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", { deflated: true }),
  native("1.2.840.10008.1.2.2", "Explicit VR Big Endian", { bigEndian: true }),
  encapsulated("1.2.840.10008.1.2.4.50", "JPEG Baseline"),
  encapsulated("1.2.840.10008.1.2.4.51", "JPEG Extended"),
  encapsulated("1.2.840.10008.1.2.4.57", "JPEG Lossless"),
  encapsulated("1.2.840.10008.1.2.4.70", "JPEG Lossless SV1"),
  encapsulated("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"),
  encapsulated("1.2.840.10008.1.2.4.81", "JPEG-LS Near-lossless"),
  encapsulated("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless"),
  encapsulated("1.2.840.10008.1.2.4.91", "JPEG 2000"),
  encapsulated("1.2.840.10008.1.2.4.92", "JPEG 2000 Multi-component Lossless"),
  encapsulated("1.2.840.10008.1.2.4.93", "JPEG 2000 Multi-component"),
  encapsulated("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level"),
  encapsulated("1.2.840.10008.1.2.4.100.1", "Fragmentable MPEG2 Main Profile / Main Level"),
  encapsulated("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level"),
  encapsulated("1.2.840.10008.1.2.4.101.1", "Fragmentable MPEG2 Main Profile / High Level"),
  encapsulated("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
  encapsulated("1.2.840.10008.1.2.4.102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1"),
  encapsulated("1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
  encapsulated("1.2.840.10008.1.2.4.103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
  encapsulated("1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video"),
  encapsulated("1.2.840.10008.1.2.4.104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video"),
  encapsulated("1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video"),
  encapsulated("1.2.840.10008.1.2.4.105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video"),
  encapsulated("1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
  encapsulated("1.2.840.10008.1.2.4.106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
  encapsulated("1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1"),
  encapsulated("1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1"),
  encapsulated("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
  encapsulated("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression"),
  encapsulated("1.2.840.10008.1.2.4.112", "JPEG XL"),
  encapsulated("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless"),
  encapsulated("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options Lossless"),
  encapsulated("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"),
  encapsulated("1.2.840.10008.1.2.5", "RLE Lossless"),
];

const byUid = new Map(syntaxes.map((syntax) => [syntax.uid, syntax]));

export const IMPLICIT_LITTLE_ENDIAN = byUid.get("1.2.840.10008.1.2")!;
export const EXPLICIT_LITTLE_ENDIAN = byUid.get("1.2.840.10008.1.2.1")!;
export const EXPLICIT_BIG_ENDIAN = byUid.get("1.2.840.10008.1.2.2")!;

/** All transfer syntaxes in which the box stores objects. */
export const TRANSFER_SYNTAXES: readonly TransferSyntax[] = syntaxes;

/** The transfer syntax of a UID, or undefined for one the box does not know. */
export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  return byUid.get(uid);
}

function native(uid: string, name: string, differs: Partial<TransferSyntax> = {}): TransferSyntax {
  return { uid, name, explicit: true, bigEndian: false, deflated: false, encapsulated: false, ...differs };
}

function encapsulated(uid: string, name: string): TransferSyntax {
  return { uid, name, explicit: true, bigEndian: false, deflated: false, encapsulated: true };
}
