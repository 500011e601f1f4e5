/** A destination's queue in numbers. */
export interface QueueLength {
  /** Ready to be sent. */
  waiting: number;
  /** Until their study belongs to an appointment. */
  unmatched: number;
  /** Until somebody has looked at why they are held back. */
  held: number;
  /** Until a person decides. */
  parked: number;
  /** So far. */
  sent: number;
  /** Of those sent, how many the destination answers for. */
  committed: number;
}

/** An object that waits to be sent, or is parked. */
export interface QueuedObject {
  /** Its place in the order. */
  sequence: number;
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** ISO 8601. */
  queuedAt: string;
  /** How often it was tried. */
  attempts: number;
  /** What failed the last time, in English; "" for nothing. */
  lastError: string;
  /** ISO 8601; null where it is not parked. */
  parkedAt: string | null;
}

/** An object that is ready to be sent, with its file. */
export interface ReadyObject {
  /** Its place in the order. */
  sequence: number;
  /** How often it was tried. */
  attempts: number;
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
  /** Transfer Syntax UID (0002,0010). */
  transferSyntaxUid: string;
  /** Of its file, from the archive's folder. */
  path: string;
  /** Bytes. */
  size: number;
  /** Of the file's bytes, hex. */
  sha256: string;
  /** Where the data set begins in the file, bytes. */
  dataOffset: number;
}
