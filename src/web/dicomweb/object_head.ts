import type { FileMeta } from "../../dicom/file_meta.ts";
import { LONGEST_FILE_META, readFileMeta } from "../../dicom/file_meta.ts";
import { MalformedDataset, TruncatedDataset } from "../../dicom/malformed_dataset.ts";
import { readDataset } from "../../dicom/read_dataset.ts";
import {
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
  transferSyntaxOf,
} from "../../dicom/transfer_syntax.ts";

/** The beginning of an object that is sent to be stored. */
export interface ObjectHead {
  /** What has come so far. */
  bytes: Uint8Array;
  /** Which object it is, by its data set. */
  meta: FileMeta;
  /** Where the data set begins. */
  dataOffset: number;
  /** What stands before it as it came; undefined where there is none, or it names another object. */
  fileMeta: Uint8Array | undefined;
}

/** A preamble, a prefix and some elements. */
const FEWEST = 144;
/** SOP Class UID and SOP Instance UID, (0008,0016) and (0008,0018), and the first element after them. */
const AFTER_IDENTITY = 0x00080019;
/** What a VR is made of, after the tag of a first element. */
const VR = /^(AE|AS|CS|DA|DT|IS|LO|OB|PN|SH|TM|UI|UL|US|UN)$/;

/**
 * The first bytes of an object, as many as it takes to tell which one it is. Programs also send a data set without file
 * meta information, or with that of another object: its own UIDs count, as in C-STORE.
 *
 * @param declared the transfer syntax that its part names, where it does
 * @throws MalformedDataset
 */
export async function headOf(pieces: AsyncIterator<Uint8Array>, declared: string | undefined): Promise<ObjectHead> {
  let bytes: Uint8Array = new Uint8Array(0);
  while (true) {
    const next = await pieces.next();
    if (!next.done) {
      const longer = new Uint8Array(bytes.length + next.value.length);
      longer.set(bytes);
      longer.set(next.value, bytes.length);
      bytes = longer;
      if (bytes.length < FEWEST) continue;
    }
    try {
      const head = readHead(bytes, declared, next.done === true);
      // with nothing behind it, it may go on in the next piece
      if (head !== undefined && (head.dataOffset < bytes.length || next.done)) return head;
    } catch (error) {
      if (!(error instanceof TruncatedDataset) || next.done) throw error;
    }
    if (next.done || bytes.length > 2 * LONGEST_FILE_META) {
      throw new MalformedDataset(`what names it is not within its first ${2 * LONGEST_FILE_META} bytes`);
    }
  }
}

/** Undefined where more is to come before it can be told. @throws MalformedDataset, TruncatedDataset */
function readHead(bytes: Uint8Array, declared: string | undefined, isAll: boolean): ObjectHead | undefined {
  if (new TextDecoder("latin1").decode(bytes.subarray(128, 132)) !== "DICM") {
    const syntax = syntaxOf(bytes, declared);
    const meta = identityOf(bytes, syntax);
    return {
      bytes,
      meta: { ...meta, transferSyntaxUid: syntax.uid, sourceAeTitle: "" },
      dataOffset: 0,
      fileMeta: undefined,
    };
  }
  const { meta, dataOffset } = readFileMeta(bytes.subarray(0, LONGEST_FILE_META));
  const fileMeta = bytes.slice(0, dataOffset);
  const syntax = transferSyntaxOf(meta.transferSyntaxUid);
  // what is deflated cannot be looked into here, and an unknown syntax is refused
  if (syntax === undefined || syntax.deflated) return { bytes, meta, dataOffset, fileMeta };
  if (dataOffset >= bytes.length && !isAll) return undefined;
  const own = identityOf(bytes.subarray(dataOffset), syntax);
  const isItsOwn = own.sopInstanceUid === meta.sopInstanceUid && own.sopClassUid === meta.sopClassUid;
  // one that does not name itself is refused when all of it is read
  if (isItsOwn || own.sopInstanceUid === "" || own.sopClassUid === "") return { bytes, meta, dataOffset, fileMeta };
  return { bytes, meta: { ...meta, ...own }, dataOffset, fileMeta: undefined };
}

/** @throws TruncatedDataset where more has to come */
function identityOf(bytes: Uint8Array, syntax: TransferSyntax): Pick<FileMeta, "sopClassUid" | "sopInstanceUid"> {
  const { dataset } = readDataset(bytes, syntax, { until: AFTER_IDENTITY });
  return { sopClassUid: dataset.text("SOPClassUID"), sopInstanceUid: dataset.text("SOPInstanceUID") };
}

/** The syntax that a bare data set is written in: as its part says, or as its first element shows. @throws MalformedDataset */
function syntaxOf(bytes: Uint8Array, declared: string | undefined): TransferSyntax {
  const named = declared === undefined ? undefined : transferSyntaxOf(declared);
  if (named !== undefined) return named;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const group = bytes.length < 8 ? 0 : view.getUint16(0, true);
  if (group !== 8) throw new MalformedDataset("it is no DICOM file, and no data set either");
  const vr = new TextDecoder("latin1").decode(bytes.subarray(4, 6));
  return VR.test(vr) ? EXPLICIT_LITTLE_ENDIAN : IMPLICIT_LITTLE_ENDIAN;
}
