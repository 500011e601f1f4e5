import { statfsSync } from "node:fs";
import type { Computer, ComputerState, NetworkSettings, PluggedDisk, Screen } from "./computer.ts";
import { drivesIn } from "./drives.ts";
import { innerDisks, type InstallState } from "./installer.ts";
import { askHost } from "./request.ts";
import { touchLine, touchState } from "./touch.ts";
import { type SaidOfWifi, type WantedNetwork, wifiLines, type WifiSettings, wifiState } from "./wifi.ts";

/** What holds while the image has not said otherwise. */
const AS_IT_COMES: Omit<ComputerState, "disks" | "drives" | "touch" | "wifi"> = {
  network: {
    state: "automatic",
    ...{ address: "", gateway: "", address6: "", gateway6: "", dns: "", ntp: "", vlan: 0, vlanAddress: "" },
  },
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
   * @param state the folder in which it says what holds: `network.json`, `wifi.json`, `radio.json`,
   *   `seen.json`, `ssh.json`, `screen.json`, `touch.json`, `install.json`, a folder `drives` and a file `printers`
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
      wifi: wifiState({ wifi: this.#said("wifi"), radio: this.#said("radio"), seen: this.#said("seen") }),
      ssh: { ...AS_IT_COMES.ssh, ...this.#said("ssh") },
      screen: { ...AS_IT_COMES.screen, ...this.#said("screen") },
      touch: touchState(this.#said("touch")),
      disks: disksBelow(this.#media),
      drives: drivesIn(`${this.#state}/drives`),
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
   * Asks for network settings: they are tried for a while, and kept when a person says so.
   *
   * @param settings null for all from the network
   */
  async setNetwork(settings: NetworkSettings | null): Promise<void> {
    const lines = settings && { do: "try", ...settings, vlan: settings.vlan || "" };
    await this.#request("network", lines ?? { do: "automatic" });
  }

  /** What is being tried stays. */
  async keepNetwork(): Promise<void> {
    await this.#request("network", { do: "keep" });
  }

  /** Asks for wireless networks: they are tried for a while, and kept when a person says so. */
  async setWifi(settings: WifiSettings<WantedNetwork>): Promise<void> {
    await this.#request("wifi", settings.networks.length > 0 ? [["do", "try"], ...wifiLines(settings)] : { do: "off" });
  }

  /** The wireless networks that are being tried stay. */
  async keepWifi(): Promise<void> {
    await this.#request("wifi", { do: "keep" });
  }

  /** What is found is said some seconds later. */
  async lookForWifi(): Promise<void> {
    await this.#request("wifi", { do: "look" });
  }

  /**
   * Asks for SSH to be opened for a key, or closed.
   *
   * @param key one line of OpenSSH; null closes SSH
   */
  async setSshKey(key: string | null): Promise<void> {
    await this.#request("ssh", { key: key ?? "" });
  }

  /** They are in `browsedPrinters` some seconds later. */
  async findPrinters(): Promise<void> {
    await this.#request("printers", { do: "find" });
  }

  /** As they were found last. */
  browsedPrinters(): string {
    try {
      return Deno.readTextFileSync(`${this.#state}/printers`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  /** Of the box's own screen; degrees, percent, minutes. */
  async setScreen({ rotation, scale, darkMinutes }: Screen): Promise<void> {
    await this.#request("screen", { rotation, scale, darkMinutes });
  }

  /** Asks for a calibration: it is tried for a while, and kept when a person says so. */
  async setTouch(matrix: readonly number[] | null): Promise<void> {
    await this.#request("touch", matrix ? { do: "try", matrix: touchLine(matrix) } : { do: "off" });
  }

  /** The calibration that is being tried stays. */
  async keepTouch(): Promise<void> {
    await this.#request("touch", { do: "keep" });
  }

  #said(name: keyof typeof AS_IT_COMES | keyof SaidOfWifi | "touch"): object {
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

  #request(name: string, values: object | [string, string][]): Promise<void> {
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
