import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import type { NoticedObject } from "../archive/archive.ts";
import type { Assumption } from "../dicom/assumption.ts";
import { isAsciiText } from "../dicom/charset.ts";
import type { Dataset } from "../dicom/dataset.ts";
import type { NoteOddity, OddityKind } from "../dicom/oddity.ts";
import { isUid } from "../dicom/uid.ts";
import type { Code } from "../sentences.ts";
import type { AssociationSummary } from "../dimse/association.ts";
import type { NotedOddity } from "../store/machine_oddities.ts";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** How long notes wait to be written together, ms: none is worth a write of its own. */
const WRITE_EVERY = 5_000;
/** More are not held in memory between two writes. */
const MOST_WAITING = 500;
/** Studies of which it was looked whose UID they have. */
const MOST_STUDIES = 200;
/** Objects of which it is known that they were looked at. */
const MOST_LOOKED_AT = 2_000;
/** Of each object, UIDs that must be there. */
const UIDS = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"] as const;

/** What is odd about an object where something was corrected of it, or taken for granted, when it was looked at. */
const BY_ASSUMPTION: Partial<Record<Code, OddityKind>> = {
  ...{ "assumed-colours": "picture-colours", "assumed-samples": "picture-colours" },
  ...{ "assumed-components": "picture-colours", "assumed-size": "picture-size", "assumed-short": "picture-short" },
  ...{ "assumed-cut": "picture-short", "assumed-cut-frame": "picture-short", "assumed-cut-frames": "picture-short" },
  ...{ "assumed-speed": "picture-speed", "assumed-seconds": "picture-speed", "assumed-vector": "picture-speed" },
  ...{ "assumed-vector-unusable": "picture-speed", "assumed-no-velocity": "picture-scale" },
  ...{ "assumed-regions-left-out": "picture-scale" },
};

/** Counts what machines do that is odd, and writes it down now and then. Of what they send it keeps no value. */
export class MachineDiary {
  readonly #store: Store;
  readonly #waiting = new Map<string, NotedOddity>();
  readonly #studies = new Set<string>();
  readonly #lookedAt = new Set<string>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * Writes nothing down yet.
   *
   * @param store where it is kept
   */
  constructor(store: Store) {
    this.#store = store;
  }

  /** From now on it is written down. */
  start(): void {
    this.#timer = setInterval(() => this.#write(), WRITE_EVERY);
  }

  /** What was noted so far is written down. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write();
  }

  /** A machine did something odd. Never throws. */
  note(aeTitle: string, kind: OddityKind, detail = "", count = 1): void {
    if (aeTitle === "") return;
    const key = `${aeTitle}\n${kind}\n${detail}`;
    const now = new Date().toISOString();
    const noted = this.#waiting.get(key);
    if (noted !== undefined) {
      noted.count += count;
      noted.lastAt = now;
    } else if (this.#waiting.size < MOST_WAITING) {
      this.#waiting.set(key, { aeTitle, kind, detail, count, firstAt: now, lastAt: now });
    }
  }

  /** Notes what is odd about one message: each once, however often it stands in it. */
  about(aeTitle: string): NoteOddity {
    const noted = new Set<string>();
    return (kind, detail = "") => {
      const key = `${kind} ${detail}`;
      if (noted.has(key)) return;
      noted.add(key);
      this.note(aeTitle, kind, detail);
    };
  }

  /**
   * How the texts of a message were read.
   *
   * @param bytes of the message, or their beginning
   */
  texts(aeTitle: string, dataset: Dataset, bytes: Uint8Array): void {
    if (dataset.textReadAs === "declared") return;
    if (dataset.text("SpecificCharacterSet") === "") {
      this.note(aeTitle, "charset-undeclared", writtenIn(dataset, bytes));
    } else this.note(aeTitle, "charset-wrong");
  }

  /** An object has come and was kept: nothing that is noticed of it may cost it its receipt. Never throws. */
  received(object: NoticedObject): void {
    try {
      this.#received(object);
    } catch (error) {
      log.warn("what is odd about an object of {aeTitle} was not noted: {error}", {
        aeTitle: object.receivedFrom,
        error,
      });
    }
  }

  #received({ receivedFrom, reception, dataset, beginning }: NoticedObject): void {
    const note = (kind: OddityKind, detail?: string) => this.note(receivedFrom, kind, detail);
    if (reception === "already here") note("object-repeated");
    if (reception === "newer version") note("object-changed");
    this.texts(receivedFrom, dataset, beginning);
    for (const keyword of UIDS) {
      const uid = dataset.text(keyword);
      if (uid === "") note("uid-missing", keyword);
      else if (!isUid(uid)) note("uid-malformed", keyword);
    }
    if (this.#isUnderOwnUid(dataset)) note("study-uid-own");
  }

  /** Somebody looked at an object, and this was corrected of it. Counted once for each object since the start. */
  lookedAt(receivedFrom: string, sopInstanceUid: string, assumed: readonly Assumption[]): void {
    if (assumed.length === 0 || this.#lookedAt.has(sopInstanceUid)) return;
    if (this.#lookedAt.size >= MOST_LOOKED_AT) this.#lookedAt.clear();
    this.#lookedAt.add(sopInstanceUid);
    const note = this.about(receivedFrom);
    for (const { coded } of assumed) {
      const kind = coded && BY_ASSUMPTION[coded.code];
      if (kind !== undefined) note(kind);
    }
  }

  /** Whether an object has the accession number of a booking, and another study than that was given. Once for each study. */
  #isUnderOwnUid(dataset: Dataset): boolean {
    const [uid, accessionNumber] = [dataset.text("StudyInstanceUID"), dataset.text("AccessionNumber")];
    if (uid === "" || accessionNumber === "" || this.#studies.has(uid)) return false;
    if (this.#studies.size >= MOST_STUDIES) this.#studies.clear();
    this.#studies.add(uid);
    const booked = this.#store.appointments.findByAccessionNumber(accessionNumber);
    return booked !== undefined && booked.studyInstanceUid !== uid;
  }

  /** An association has ended. @param boxAeTitle as the box is to be called */
  ended({ callingAeTitle, calledAeTitle, oddities }: AssociationSummary, boxAeTitle: string): void {
    for (const [kind, count] of oddities) this.note(callingAeTitle, kind, "", count);
    if (callingAeTitle !== "" && calledAeTitle !== boxAeTitle) this.note(callingAeTitle, "called-otherwise");
  }

  async #write(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const noted = [...this.#waiting.values()];
    this.#waiting.clear();
    try {
      await this.#store.machineOddities.add(noted);
    } catch (error) {
      log.error("what is odd about machines was not written down: {error}", { error });
    }
  }
}

/** The character set in which a message writes letters that it does not declare: Unicode where its bytes are that. */
function writtenIn(dataset: Dataset, bytes: Uint8Array): string {
  const written = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = [...textsIn(dataset)].filter((text) => !isAsciiText(text));
  return texts.some((text) => written.includes(text, 0, "utf8")) ? "ISO_IR 192" : "ISO_IR 100";
}

function* textsIn(dataset: Dataset): Generator<string> {
  for (const { value } of dataset) {
    if (typeof value === "string") yield value;
    else if (Array.isArray(value)) { for (const item of value as readonly Dataset[]) yield* textsIn(item); }
  }
}
