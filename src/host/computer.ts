import type { InstallState } from "./installer.ts";

/** The address of the box's computer in the clinic's network. */
export interface NetworkState {
  /** `trying`: a fixed address holds, and goes again by itself unless somebody keeps it. */
  state: "automatic" | "trying" | "fixed";
  /** With the length of the prefix, such as `192.168.1.20/24`; empty when it is given by the network. */
  address: string;
  /** Address of the router, IPv4; "" for none. */
  gateway: string;
  /** Addresses with spaces between them. */
  dns: string;
}

/** What the computer says of itself. */
export interface ComputerState {
  /** As it is connected now, or about to be. */
  network: NetworkState;
  /** The fingerprint of the key that opens SSH; empty while it is shut. */
  ssh: { fingerprint: string };
  /** Of the box itself. */
  screen: Screen;
  /** That are plugged in and mounted. */
  disks: PluggedDisk[];
}

/** A USB disk or stick. Sizes in bytes. */
export interface PluggedDisk {
  /** Where backups may go; empty where the box cannot write. */
  folder: string;
  /** That of its folder: the disk's label, where it has one. */
  name: string;
  /** Bytes. */
  free: number;
  /** Bytes. */
  size: number;
  /** Paths of the files on it that may be updates. */
  updates: string[];
}

/** An address that a person gives the box. */
export type FixedAddress = Omit<NetworkState, "state">;

/** How the box's own screen shows its page. */
export interface Screen {
  /** Clockwise, degrees. */
  rotation: 0 | 90 | 180 | 270;
  /** Percent. */
  scale: 100 | 125 | 150 | 200;
  /** Minutes without a touch after which it goes dark; 0 for never. */
  darkMinutes: number;
}

/**
 * The computer that the box is, where it runs from the appliance's image. Each request is carried out, or refused, by somebody
 * with more rights a moment later; `state` says what holds.
 */
export interface Computer {
  /** As it has been carried out so far. */
  state(): ComputerState;
  /** Whether the box may be installed on a disk inside the computer, and how that stands. */
  installation(): InstallState;
  /** Copies the box from its stick to a disk, and switches the computer off when that is done. @param id of the disk */
  installOn(id: string): Promise<void>;
  /** Erases all that was ever told the box, and restarts it as it came. */
  reset(): Promise<void>;
  /** Restarts it, or switches it off: then somebody has to switch it on by hand. */
  power(what: "restart" | "off"): Promise<void>;
  /** Tries a fixed address for some minutes, or takes the network's own. */
  setNetwork(fixed: FixedAddress | null): Promise<void>;
  /** Keeps the address that is being tried. */
  keepNetwork(): Promise<void>;
  /** Opens SSH to who has this key's other half, as OpenSSH writes it on one line; null shuts it. */
  setSshKey(key: string | null): Promise<void>;
  /** Turns, scales and darkens the box's own screen. */
  setScreen(screen: Screen): Promise<void>;
}
