import type { CommitmentSummary } from "../../store/commitments.ts";
import type {
  Destination as StoredDestination,
  ForwardingRule,
  QueuedObject,
  QueueLength,
} from "../../store/destinations.ts";
import type { MachineOrigin } from "../../store/machine_origins.ts";
import type { Machine as MachineRecord } from "../../store/machines.ts";
import type { WorklistQuery as StoredQuery } from "../../store/worklist_queries.ts";
import type { ReadableDataset } from "../../dicom/dataset_json.ts";
import type { Verification } from "../parts.ts";

export type { ForwardingRule, MachineOrigin, MachineRecord, QueuedObject, ReadableDataset, Verification };

/** A machine with where its title was used, and how it last used the services that its record has no time of. */
export interface Machine extends MachineRecord {
  origins: MachineOrigin[];
  lastCommitment: CommitmentSummary | null;
  lastStepAt: string | null;
}

/** A query as it was asked and answered; `refusal` is why it was refused, null where it was not. */
export interface WorklistQuery extends StoredQuery {
  refusal: string | null;
}

/** What a machine would get for its worklist now. */
export interface WorklistPreview {
  keys: string[];
  answers: ReadableDataset[];
  refused: string | undefined;
}

export interface Destination extends StoredDestination {
  queue: QueueLength;
}
