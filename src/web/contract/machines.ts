import type { CommitmentSummary } from "../../store/commitments.ts";
import type { Destination as StoredDestination, ForwardingRule } from "../../store/destinations.ts";
import type { QueuedObject, QueueLength } from "../../store/queued_object.ts";
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

export type { WorklistQuery } from "../../store/worklist_queries.ts";

/** What a machine would get for its worklist now. */
export interface WorklistPreview {
  keys: string[];
  answers: ReadableDataset[];
  /** Why its query would be refused, which is then all it gets; by its code too. */
  refused: string | undefined;
  coded?: Sentence | undefined;
}

/** With how much is on the way to it. */
export interface Destination extends StoredDestination {
  /** How much is on the way to it. */
  queue: QueueLength;
}
