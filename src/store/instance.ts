/** An object as it leads under its UID. */
export interface Instance {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
  /** Transfer Syntax UID (0002,0010). */
  transferSyntaxUid: string;
  /** 0 for what is no image. */
  frames: number;
  /** Of its file, from the archive's folder. */
  path: string;
  /** Bytes. */
  size: number;
  /** Of the file's bytes, hex. */
  sha256: string;
  /** Where the data set begins in the file, bytes. */
  dataOffset: number;
  /** The study that it is filed under, which need not be the one that it names itself. */
  studyInstanceUid: string;
  /** Series Instance UID (0020,000E). */
  seriesInstanceUid: string;
  /** Of the appointment; null for none. */
  appointmentId: string | null;
  /** Calling AE title of the machine. */
  receivedFrom: string;
}
