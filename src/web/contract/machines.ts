import type { CommitmentSummary } from "../../store/commitments.ts";
import type { Destination as StoredDestination, ForwardingRule } from "../../store/destinations.ts";
import type { QueuedObject, QueueLength } from "../../store/queued_object.ts";
import type { MachineOddity } from "../../store/machine_oddities.ts";
import type { MachineOrigin } from "../../store/machine_origins.ts";
import type { Machine as MachineRecord } from "../../store/machines.ts";
import type { ReadableDataset } from "../../dicom/dataset_json.ts";
import type { Sentence } from "../../sentences.ts";
import type { Verification } from "../parts.ts";

export type { ForwardingRule, MachineOrigin, MachineRecord, QueuedObject, ReadableDataset, Verification };

/** A machine with where its title was used, and how it last used the services that its record has no time of. */
export interface Machine extends MachineRecord {
  /** Where its title was used. */
  origins: MachineOrigin[];
  /** null where it has asked for none. */
  lastCommitment: CommitmentSummary | null;
  /** ISO 8601; null for never. */
  lastStepAt: string | null;
}

export type { OddityKind } from "../../dicom/oddity.ts";
export type { WorklistQuery } from "../../store/worklist_queries.ts";

/** What a machine would get for its worklist now. */
export interface WorklistPreview {
  keys: string[];
  answers: ReadableDataset[];
  /** Why its query would be refused, which is then all it gets; by its code too. */
  refused: string | undefined;
  coded?: Sentence | undefined;
}

/** A setting of a machine's record that copes with something odd about it. */
export type CopingSetting =
  & ({ name: "characterSet"; value: string } | { name: "dateWindow"; value: number })
  & {
    /** The record has one already. */
    inForce: boolean;
  };

/** Something odd that a machine does. */
export interface DiaryEntry extends MachineOddity {
  /** Part and section of DICOM. */
  standard: string;
  /** In English: what one would write to its maker. */
  forMaker: string;
  /** What to set; null where there is nothing to set, and the box copes by itself. */
  setting: CopingSetting | null;
}

export type { MachineRecording } from "../../store/machine_recordings.ts";

/** With how much is on the way to it. */
export interface Destination extends StoredDestination {
  /** How much is on the way to it. */
  queue: QueueLength;
}
