import { statfsSync } from "node:fs";
import type { Computer, ComputerState, FixedAddress, PluggedDisk, Screen } from "./computer.ts";
import { innerDisks, type InstallState } from "./installer.ts";
import { askHost } from "./request.ts";

/** What holds while the image has not said otherwise. */
const AS_IT_COMES: Omit<ComputerState, "disks"> = {
  network: { state: "automatic", address: "", gateway: "", dns: "" },
  ssh: { fingerprint: "" },
  screen: { rotation: 0, scale: 100, darkMinutes: 10 },
};

/**
 * The computer of the appliance's image. The program only lays requests into a folder, a small file each, lines of
 * `name=value`: the image, with more rights, watches that, looks at each again, and says what holds.
 */
export class ImageComputer implements Computer {
  readonly #folder: string;
  readonly #state: string;
  readonly #media: string;

  /**
   * Reads and writes nothing yet.
   *
   * @param folder in which the image looks for requests
   * @param state the folder in which it says what holds: `network.json`, `ssh.json`, `screen.json`, `install.json`
   * @param media below which the image mounts disks that are plugged in, one folder each
   */
  constructor(folder: string, state: string, media = "/media") {
    this.#folder = folder;
    this.#state = state;
    this.#media = media;
  }

  /** As the host has written it last. */
  state(): ComputerState {
    return {
      network: { ...AS_IT_COMES.network, ...this.#said("network") },
      ssh: { ...AS_IT_COMES.ssh, ...this.#said("ssh") },
      screen: { ...AS_IT_COMES.screen, ...this.#said("screen") },
      disks: disksBelow(this.#media),
    };
  }

  /** As the host has written it last. */
  installation(): InstallState {
    const none: InstallState = { state: "none", percent: 0, why: "", disks: [] };
    const list = this.#written("inner-disks");
    return list === undefined
      ? none
      : { ...none, ...JSON.parse(this.#written("install") ?? "{}"), disks: innerDisks(list) };
  }

  /** The copying begins a moment later. */
  async installOn(id: string): Promise<void> {
    await this.#request("install", { disk: id });
  }

  /** The box begins anew once it restarts. */
  async reset(): Promise<void> {
    await this.#request("reset", { erase: "everything" });
  }

  /** In good order, a moment later. */
  async power(what: "restart" | "off"): Promise<void> {
    await this.#request("power", { do: what });
  }

  /**
   * Asks for an address: a fixed one is tried for a while, and kept when a person says so.
   *
   * @param fixed null for one from the router
   */
  async setNetwork(fixed: FixedAddress | null): Promise<void> {
    await this.#request("network", fixed === null ? { do: "automatic" } : { do: "try", ...fixed });
  }

  /** The address that is being tried stays. */
  async keepNetwork(): Promise<void> {
    await this.#request("network", { do: "keep" });
  }

  /**
   * Asks for SSH to be opened for a key, or closed.
   *
   * @param key one line of OpenSSH; null closes SSH
   */
  async setSshKey(key: string | null): Promise<void> {
    await this.#request("ssh", { key: key ?? "" });
  }

  /** Of the box's own screen; degrees, percent, minutes. */
  async setScreen({ rotation, scale, darkMinutes }: Screen): Promise<void> {
    await this.#request("screen", { rotation, scale, darkMinutes });
  }

  #said(name: keyof typeof AS_IT_COMES): object {
    return JSON.parse(this.#written(name) ?? "{}");
  }

  /** What the host says of a part, JSON; undefined where it has said nothing. */
  #written(name: string): string | undefined {
    try {
      return Deno.readTextFileSync(`${this.#state}/${name}.json`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  #request(name: string, values: object): Promise<void> {
    return askHost(this.#folder, name, values);
  }
}

/** One that is pulled out meanwhile is none any more. */
function disksBelow(media: string): PluggedDisk[] {
  const disks: PluggedDisk[] = [];
  for (const name of namesIn(media)) {
    const path = `${media}/${name}`;
    const names = namesIn(path);
    const own = `${path}/sonodesk`;
    try {
      const { bavail, bsize, blocks } = statfsSync(path);
      disks.push({
        name,
        folder: names.includes("sonodesk") ? own : "",
        free: bavail * bsize,
        size: blocks * bsize,
        updates: names.filter((file) => file.endsWith(".raucb")).map((file) => `${path}/${file}`),
      });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return disks;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Not there, or a disk that answers no more. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
    ["EIO", "ENOENT", "ENODEV", "EACCES"].includes((error as { code?: string }).code ?? "");
}
