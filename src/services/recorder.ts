import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { getLogger } from "@logtape/logtape";
import type { Socket } from "../dimse/pdu_stream.ts";
import { heardSocket } from "../dimse/recorded_association.ts";
import type { Recording } from "../dimse/recording.ts";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "dimse"]);
const compressed = promisify(gzip);

/** Bytes that a recording may have, compressed; of a longer one the last messages are left out. */
const MOST_KEPT = 1024 * 1024;

/** Records the next association of machines for which an admin asked for that. Nothing of it is written unmasked. */
export class Recorder {
  readonly #store: Store;
  readonly #finishing = new Set<Promise<void>>();

  /**
   * Records nothing yet.
   *
   * @param store where it is known what is wanted, and recordings are kept
   */
  constructor(store: Store) {
    this.#store = store;
  }

  /** The socket of an association: itself, unless one may have to be recorded. */
  heard(socket: Socket): Socket {
    const { machineRecordings } = this.#store;
    try {
      if (!machineRecordings.isAnyWanted) return socket;
    } catch (error) {
      log.warn("cannot tell whether an association is to be recorded: {error}", { error });
      return socket;
    }
    return heardSocket(socket, {
      isWanted: (aeTitle) => machineRecordings.isWanted(aeTitle),
      finish: (aeTitle, masked) => this.#finish(aeTitle, masked),
    });
  }

  /** Resolves once what has ended is kept. */
  async stop(): Promise<void> {
    await Promise.all(this.#finishing);
  }

  #finish(aeTitle: string, masked: () => Promise<Recording>): void {
    const finishing = this.#keep(aeTitle, masked).catch((error) => {
      log.error("an association of {aeTitle} was not recorded: {error}", { aeTitle, error });
    }).finally(() => this.#finishing.delete(finishing));
    this.#finishing.add(finishing);
  }

  async #keep(aeTitle: string, masked: () => Promise<Recording>): Promise<void> {
    const recording = await masked();
    let content = await compressed(JSON.stringify(recording));
    while (content.length > MOST_KEPT && recording.events.length > 1) {
      recording.whole = false;
      recording.events.length = Math.floor(recording.events.length / 2);
      content = await compressed(JSON.stringify(recording));
    }
    if (content.length > MOST_KEPT) throw new Error(`one message of it has more than ${MOST_KEPT} bytes`);
    const messages = recording.events.filter((event) => "command" in event).length;
    if (this.#store.machineRecordings.keep({ aeTitle, messages, whole: recording.whole, content })) {
      log.info("an association of {aeTitle} was recorded: {messages} messages", { aeTitle, messages });
    }
  }
}
