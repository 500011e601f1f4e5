/** What is odd about what a machine does: what of the standard is against it, and what one would write to its maker. */
interface OddityFacts {
  /** Part and section of the standard. */
  standard: string;
  /** In English, which makers read: to be sent on as it is. */
  forMaker: string;
}

/** All that the box notices, by kind. */
export const ODDITIES = {
  "charset-undeclared": {
    standard: "PS3.3 C.12.1.1.2, PS3.5 6.1.2.3",
    forMaker:
      "It sends letters beyond ASCII without Specific Character Set (0008,0005). Please declare the one it uses.",
  },
  "charset-wrong": {
    standard: "PS3.5 6.1.2.3",
    forMaker: "Its text is not written in the Specific Character Set (0008,0005) that the same data set declares. " +
      "Please declare the one it uses.",
  },
  "object-repeated": {
    standard: "PS3.4 B.2.3",
    forMaker: "It sends objects again that were acknowledged with status 0000. Please take a success as final.",
  },
  "object-changed": {
    standard: "PS3.4 B.4.1, PS3.3 C.12.1",
    forMaker: "It sends other bytes under a SOP Instance UID that was used before. " +
      "Please give an object that was changed a new SOP Instance UID.",
  },
  "uid-missing": {
    standard: "PS3.3 C.7.2.1, C.7.3.1",
    forMaker: "It sends objects in which a UID of type 1 is absent or empty. Please fill it in.",
  },
  "uid-malformed": {
    standard: "PS3.5 9.1",
    forMaker: "It sends UIDs that are none: longer than 64 characters, with other signs than digits and dots, " +
      "or with a component that begins with 0.",
  },
  "study-uid-own": {
    standard: "PS3.4 K.6.1.2.2, PS3.17 J",
    forMaker: "For a patient from the worklist it makes a Study Instance UID (0020,000D) of its own. " +
      "Please take the one that the worklist item gives.",
  },
  "vr-wrong": {
    standard: "PS3.5 6.2, PS3.6 6",
    forMaker: "It writes attributes of the standard with another VR than PS3.6 has for them.",
  },
  "vr-unknown": {
    standard: "PS3.5 6.2.2",
    forMaker: "It writes attributes of the standard as UN. Please write the VR that PS3.6 has for them.",
  },
  "odd-length": {
    standard: "PS3.5 7.1.1",
    forMaker: "It writes values of an odd length. Please pad them to an even one.",
  },
  "out-of-order": {
    standard: "PS3.5 7.1",
    forMaker: "It writes elements that are not in ascending order of their tags, or stand twice.",
  },
  "key-unsupported": {
    standard: "PS3.4 K.6.1.2.2",
    forMaker: "It asks the worklist for attributes that no worklist item has. They are answered with status FF01.",
  },
  "query-refused": {
    standard: "PS3.4 K.4.1.1.3",
    forMaker: "It asks the worklist with an identifier that cannot be answered. The status is A900, A700 or C000, " +
      "with the reason in Error Comment (0000,0902).",
  },
  "query-without-date": {
    standard: "PS3.4 K.6.1.2.2",
    forMaker: "It asks the worklist without Scheduled Procedure Step Start Date (0040,0002) and so for every day. " +
      "Please let it ask for a day, or for a range.",
  },
  "query-broken-off": {
    standard: "PS3.4 K.4.1",
    forMaker: "It breaks worklist queries off before their last answer. " +
      "Please let it take more answers, or ask for fewer.",
  },
  "step-repeated": {
    standard: "PS3.4 F.7.2",
    forMaker: "It sends the same N-CREATE or N-SET of a performed procedure step again. " +
      "Please take a success as final.",
  },
  "step-status-written": {
    standard: "PS3.3 C.4.14, PS3.5 6.2",
    forMaker: "It writes Performed Procedure Step Status (0040,0252) in another form than IN PROGRESS, COMPLETED " +
      "or DISCONTINUED: a CS has capitals alone.",
  },
  "step-fixed-changed": {
    standard: "PS3.4 Table F.7.2-1",
    forMaker: "Its N-SET of a performed procedure step has attributes that N-CREATE alone may have. " +
      "Please leave them out.",
  },
  "step-without-uid": {
    standard: "PS3.7 10.1.5.1.4",
    forMaker: "Its N-CREATE of a performed procedure step names no Affected SOP Instance UID (0000,1000), " +
      "which that service leaves to the machine. Please give one.",
  },
  "step-reopened": {
    standard: "PS3.4 F.7.2.2",
    forMaker: "It begins a second performed procedure step for an examination that it has ended.",
  },
  "step-unknown": {
    standard: "PS3.4 F.7.2.2",
    forMaker: "It sends N-SET for a performed procedure step that it has not begun here, or whose beginning failed.",
  },
  "step-changed-after-end": {
    standard: "PS3.4 F.7.2.2",
    forMaker: "It sends N-SET for a performed procedure step that is COMPLETED or DISCONTINUED already.",
  },
  "picture-colours": {
    standard: "PS3.3 C.7.6.3.1.2",
    forMaker: "Photometric Interpretation (0028,0004) or Samples per Pixel (0028,0002) of its objects is not that of " +
      "the picture in them.",
  },
  "picture-short": {
    standard: "PS3.5 8, PS3.5 A.4",
    forMaker: "Pixel Data (7FE0,0010) of its objects is shorter than Rows, Columns and Number of Frames ask for, " +
      "or a compressed frame ends too early.",
  },
  "picture-size": {
    standard: "PS3.5 8.2",
    forMaker:
      "Rows (0028,0010) and Columns (0028,0011) of its objects are not those of the compressed picture in them.",
  },
  "picture-speed": {
    standard: "PS3.3 C.7.6.5",
    forMaker: "Its clips do not say how fast they play, or say it otherwise than in milliseconds, or for another " +
      "number of frames: Frame Increment Pointer (0028,0009), Frame Time (0018,1063), Frame Time Vector (0018,1065).",
  },
  "picture-scale": {
    standard: "PS3.3 C.8.5.5",
    forMaker: "Its Sequence of Ultrasound Regions (0018,6011) has regions without a place or a unit, " +
      "or gives frequencies in cm/s.",
  },
  "protocol-broken": {
    standard: "PS3.8 9",
    forMaker: "It sends what is against the upper layer protocol; the association was aborted.",
  },
  "not-released": {
    standard: "PS3.8 7.2",
    forMaker: "It ends associations by closing the connection or by A-ABORT. Please let it release them.",
  },
  "called-otherwise": {
    standard: "PS3.8 9.3.2",
    forMaker: "It calls by another AE title than it was given. Please see its settings.",
  },
  "class-of-its-own": {
    standard: "PS3.2, PS3.4 B.5",
    forMaker: "It proposes SOP classes that are not in the standard. They are kept, and nobody else can read them.",
  },
  "context-id": {
    standard: "PS3.8 9.3.2.2",
    forMaker: "It proposes presentation contexts whose ids are even, or stand twice. Those are refused.",
  },
  "empty-pieces": {
    standard: "PS3.8 9.3.5.1",
    forMaker: "It sends fragments of a message that have no bytes.",
  },
  "late-answer": {
    standard: "PS3.7 10.1.1",
    forMaker: "It answers N-EVENT-REPORT after more than 30 seconds. Please let it answer at once.",
  },
} as const satisfies Record<string, OddityFacts>;

/** What is odd. */
export type OddityKind = keyof typeof ODDITIES;

/** Takes note of something odd; the detail is a name of DICOM's, never a value. */
export type NoteOddity = (kind: OddityKind, detail?: string) => void;
