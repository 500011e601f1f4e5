import type { Appliance } from "../../src/appliance.ts";
import { readConfig } from "../../src/settings/config.ts";
import type { Rescue } from "../../src/rescue_box.ts";
import { runBox, type RunOptions } from "../../src/run_box.ts";
import { freePort } from "./ports.ts";
import { until } from "./until.ts";

/** A box with its rescue, as the program runs it, on ports of loopback that stay the same when it changes over. */
export class RunningBox implements AsyncDisposable {
  readonly webPort = freePort();
  readonly worklistPort = freePort();
  readonly storagePort = freePort();
  readonly #stopping = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #error: unknown;
  /** What runs now. */
  now: { appliance: Appliance } | { rescue: Rescue; code: string } | undefined;

  constructor(
    data: string,
    environment: Record<string, string> = {},
    options: Pick<RunOptions, "handoverPatience"> = {},
  ) {
    const all = {
      SONODESK_DATA: data,
      SONODESK_HOST: "127.0.0.1",
      SONODESK_WEB_PORT: this.webPort,
      SONODESK_WORKLIST_PORT: this.worklistPort,
      SONODESK_STORAGE_PORT: this.storagePort,
      SONODESK_ADMISSION: "open",
      ...environment,
    };
    this.#running = runBox(readConfig(all), {
      environment: all,
      ...options,
      stopped: this.#stopping.promise,
      onRunning: (now) => this.now = now,
    }).catch((error) => this.#error = error);
  }

  get address(): string {
    return `http://127.0.0.1:${this.webPort}`;
  }

  /** The box itself, once it works. */
  async works(): Promise<Appliance> {
    return await this.#until("works", () => this.now && "appliance" in this.now ? this.now.appliance : undefined);
  }

  /** The code of its rescue, once that runs. */
  async needsRescue(): Promise<string> {
    return await this.#until("is rescued", () => this.now && "code" in this.now ? this.now.code : undefined);
  }

  #until<T>(what: string, look: () => T | undefined): Promise<T> {
    return until(`the box ${what}`, () => {
      if (this.#error !== undefined) throw this.#error;
      return look();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.resolve();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
