/** A data set as bytes that can be read anywhere, such as a file. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `offset`, `length` of them or as many as there are. Good until the next call. */
  readAt(offset: number, length: number): Uint8Array;
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, readAt: (offset, length) => bytes.subarray(offset, offset + length) };
}
