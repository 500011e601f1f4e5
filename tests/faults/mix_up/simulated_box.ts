import { ScheduleReader } from "../../../src/clinic/schedule.ts";
import { Publisher } from "../../../src/clinic/publisher.ts";
import { Backoff } from "../../../src/timing/backoff.ts";
import { readAddress } from "../../../src/clinic/address.ts";
import { LostEvents, WentBack } from "../../../src/clinic/lost_events.ts";
import { ClinicSession } from "../../../src/clinic/session.ts";
import { COOKIE, SignIns } from "../../../src/web/sign_ins.ts";
import { Box } from "../../support/box.ts";

/** A whole box that talks to the clinic when it is told to, and is asked over its own web API. */
export class SimulatedBox implements AsyncDisposable {
  readonly name: string;
  #box: Box;
  #reader: ScheduleReader;
  #cookie = "";

  private constructor(name: string, box: Box) {
    this.name = name;
    this.#box = box;
    this.#reader = this.#newReader();
    this.store.users.add({ username: "anna", displayName: "", role: "admin", passwordHash: "none" });
    this.#signIn();
  }

  static async start(name: string): Promise<SimulatedBox> {
    return new SimulatedBox(name, await Box.start());
  }

  get box(): Box {
    return this.#box;
  }

  get store() {
    return this.#box.store;
  }

  /** Ends it and starts it again from its disk. */
  async restart(): Promise<void> {
    const { folder } = this.#box;
    await this.#box.appliance.stop();
    this.#box = await Box.start({ data: folder });
    this.#reader = this.#newReader();
    this.#signIn();
  }

  /** Reads the clinic's schedule, and brings there what waits. */
  async link(url: string): Promise<void> {
    const { settings, outbox } = this.store;
    const { host, port, database } = readAddress(url);
    const lost = new LostEvents(this.store, settings.boxId(), `${host}:${port}/${database}`, () => {});
    await this.#withSession(url, async (session) => {
      try {
        await session.transaction("READ ONLY", 15_000, (sql) => lost.ensureNone(sql));
      } catch (error) {
        if (!(error instanceof WentBack)) throw error;
        await lost.recover(session);
      }
      await this.#reader.read(session);
    });
    const failures: string[] = [];
    const publisher = new Publisher(this.store, {
      boxId: settings.boxId(),
      connect: () => new ClinicSession(readAddress(url)),
      onOutcome: (failure) => failure && failures.push(failure.message),
      onMending: (failure) => failures.push(failure.message),
      backoff: new Backoff(10, 100),
      lost,
    });
    publisher.start();
    try {
      for (const end = performance.now() + 60_000;;) {
        if (failures.length > 3) throw new Error(`The clinic's database refuses: ${failures[0]}`);
        // what waits behind an event that is set aside waits for a person
        const behind = outbox.parked(1000).reduce((sum, { events }) => sum + events, 0);
        if (outbox.counts().waiting === behind) break;
        if (performance.now() > end) throw new Error("Waited in vain until what waits is delivered or set aside");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } finally {
      await publisher.stop();
    }
    await this.#withSession(url, (session) => this.#reader.read(session));
  }

  async #withSession(url: string, work: (session: ClinicSession) => Promise<unknown>): Promise<void> {
    const session = new ClinicSession(readAddress(url));
    try {
      await work(session);
    } finally {
      session.close();
    }
  }

  /** @throws Error where the box does not answer with success */
  async get(path: string): Promise<Response> {
    const answer = await this.fetch(path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async json<T>(path: string): Promise<T> {
    const answer = await this.get(path);
    return answer.status === 204 ? [] as T : await answer.json();
  }

  fetch(path: string, body?: unknown, method = body === undefined ? "GET" : "POST"): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#box.appliance.ports.webPort}${path}`, {
      method,
      headers: { cookie: this.#cookie, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  #newReader(): ScheduleReader {
    return new ScheduleReader(this.store, this.store.settings.boxId());
  }

  #signIn(): void {
    const { token } = new SignIns(this.store).begin(this.store.users.findByUsername("anna")!);
    this.#cookie = `${COOKIE}=${token}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#box[Symbol.asyncDispose]();
  }
}
