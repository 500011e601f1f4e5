import { setTimeout as delay } from "node:timers/promises";
import { dicomMoment, Examination } from "./examination.ts";
import { echo, findWorklist, type Peer, PeerError, store } from "./peer.ts";
import { worklistIdentifier, type WorklistItem, worklistItem } from "./worklist.ts";

/** How the virtual machine is set up. */
export interface MachineOptions {
  /** Where the worklist and storage servers are. */
  host: string;
  worklistPort: number;
  storagePort: number;
  /** The machine's own AE title, default VIRTUAL-US. */
  callingAeTitle?: string;
  /** AE titles it calls, default STORESCP. */
  worklistAeTitle?: string;
  storageAeTitle?: string;
  /** Seconds from one look at the worklist to the next, default 3. */
  pollSeconds?: number;
  /** How long an examination takes, in seconds, default 6; its objects are sent spread over this time. */
  scanSeconds?: number;
  /** Asks for steps scheduled for this station only; default any. */
  stationAeTitle?: string;
  /** Default US. */
  modality?: string;
  /** DA (YYYYMMDD) or a range of them; default today, each time anew. */
  date?: string;
  /** One look at the worklist, examine all that is on it, and end. */
  once?: boolean;
  /** Ends the machine; an examination under way is left where it is. */
  signal?: AbortSignal;
  /** Gets a line for people on each thing that happens; default nothing. */
  log?: (line: string) => void;
}

/** What the machine did. */
export interface Summary {
  /** Worklist entries dealt with, each counted once. */
  found: number;
  /** Patients whose objects were all accepted. */
  examined: number;
  /** Objects accepted by the storage server. */
  accepted: number;
  /** What went wrong, in words. */
  failures: string[];
}

/**
 * A virtual ultrasound machine: looks at a Modality Worklist over and over, "scans" each new patient on it, and sends the
 * images and the report to a storage server, as a real one does. Its DICOM is dcmjs-dimse's, so it shares no code with
 * the appliance's own wire and can prove that this works with others.
 */
export class VirtualMachine {
  readonly #options: Required<Omit<MachineOptions, "stationAeTitle" | "date" | "signal">> & MachineOptions;
  readonly #seen = new Set<string>();
  readonly #summary: Summary = { found: 0, examined: 0, accepted: 0, failures: [] };
  #lastSaid = "";

  /**
   * Calls nobody yet.
   *
   * @param options who it is, and where the box is
   */
  constructor(options: MachineOptions) {
    this.#options = {
      callingAeTitle: "VIRTUAL-US",
      worklistAeTitle: "STORESCP",
      storageAeTitle: "STORESCP",
      pollSeconds: 3,
      scanSeconds: 6,
      modality: "US",
      once: false,
      log: () => {},
      ...options,
    };
  }

  /**
   * Works until `signal` ends it, or with `once` until the worklist as it is now has been examined. What fails is told to
   * `log` and counted in the summary; without `once` the machine goes on and tries again.
   */
  async run(): Promise<Summary> {
    try {
      do {
        await this.#round();
        if (!this.#options.once) await this.#wait(this.#options.pollSeconds);
      } while (!this.#options.once);
    } catch (error) {
      if (!this.#options.signal?.aborted) throw error;
    }
    return this.#summary;
  }

  /** One look at the worklist and the examinations that follow from it. */
  async #round(): Promise<void> {
    let items: WorklistItem[];
    try {
      items = await this.#ask();
    } catch (error) {
      return this.#failed(error);
    }
    for (const item of items) {
      const key = `${item.studyInstanceUid}|${item.stepId}|${item.accessionNumber}|${item.patientId}`;
      if (this.#seen.has(key)) continue;
      const arrived = await this.#examine(item);
      // What could not be sent at all is tried again at the next look, as a real machine's send queue does.
      if (arrived === 0 && !this.#options.once) continue;
      this.#seen.add(key);
      this.#summary.found++;
    }
  }

  async #ask(): Promise<WorklistItem[]> {
    const { modality, stationAeTitle, date, signal } = this.#options;
    const peer = this.#peer("worklist");
    await echo(peer, signal);
    const day = date ?? dicomMoment(new Date()).date;
    const answers = await findWorklist(peer, worklistIdentifier({ modality, stationAeTitle, date: day }), signal);
    const list = modality === "US" ? "ultrasound list" : `${modality} list`;
    const when = date === undefined ? "today's" : `the ${date}`;
    const patients = answers.length === 1 ? "1 patient" : `${answers.length} patients`;
    this.#say(`Asked ${peer.calledAeTitle} at ${peer.host}:${peer.port} for ${when} ${list}: ${patients}`);
    return answers.map(worklistItem);
  }

  /** Scans one patient; gives how many objects were accepted. */
  async #examine(item: WorklistItem): Promise<number> {
    const { scanSeconds, signal, log } = this.#options;
    const who = item.patientName || item.patientId || "a patient without a name";
    log(`Scanning ${who}${item.description ? `: ${item.description}` : ""}`);
    if (item.studyInstanceUid === "") log(`The worklist gave no StudyInstanceUID for ${who}: the machine made one`);

    const steps = new Examination(item, new Date()).steps();
    const problems: string[] = [];
    let accepted = 0;
    for (const take of steps) {
      await this.#wait(scanSeconds / steps.length);
      try {
        const object = await take(new Date());
        const [problem] = await store(this.#peer("storage"), [object], signal);
        if (problem === undefined) accepted++;
        else problems.push(`Cannot store the ${object.label} of ${who}: ${problem}`);
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        // Without a storage server the rest of the examination cannot arrive either.
        problems.push(error.message);
        break;
      }
    }
    this.#summary.accepted += accepted;
    this.#summary.failures.push(...problems);
    for (const problem of problems) log(problem);
    if (accepted === steps.length) {
      this.#summary.examined++;
      log(`Sent ${accepted} objects for ${who}: all accepted`);
    } else {
      log(`Sent ${accepted} of ${steps.length} objects for ${who}: ${steps.length - accepted} were not accepted`);
    }
    return accepted;
  }

  #peer(service: "worklist" | "storage"): Peer {
    const options = this.#options;
    return {
      host: options.host,
      port: service === "worklist" ? options.worklistPort : options.storagePort,
      callingAeTitle: options.callingAeTitle,
      calledAeTitle: service === "worklist" ? options.worklistAeTitle : options.storageAeTitle,
    };
  }

  #failed(error: unknown): void {
    if (!(error instanceof PeerError)) throw error;
    if (this.#lastSaid !== error.message) this.#summary.failures.push(error.message);
    this.#say(error.message);
  }

  /** Tells what is new: a machine that asks every few seconds must not say the same each time. */
  #say(line: string): void {
    if (line === this.#lastSaid) return;
    this.#lastSaid = line;
    this.#options.log(line);
  }

  async #wait(seconds: number): Promise<void> {
    await delay(seconds * 1000, undefined, { signal: this.#options.signal });
  }
}
