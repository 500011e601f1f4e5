import type { Drive } from "./drives.ts";
import type { InstallState } from "./installer.ts";
import type { TouchState } from "./touch.ts";
import type { WantedNetwork, WifiSettings, WifiState } from "./wifi.ts";

/** What a person may set of how the box's computer is in the clinic's network; what is empty comes from the network. */
export interface NetworkSettings {
  /** IPv4 with the length of the prefix, such as `192.168.1.20/24`; "" for one of the network. */
  address: string;
  /** Address of the router, IPv4; "" for none. */
  gateway: string;
  /** IPv6 with prefix, beside what routers announce; "" for none. */
  address6: string;
  /** Address of the router, IPv6; "" for the one that announces itself. */
  gateway6: string;
  /** Addresses with spaces between them. */
  dns: string;
  /** Time servers, names or addresses with spaces between them. */
  ntp: string;
  /** Number of the VLAN in which machines are, 1 to 4094; 0 for none. */
  vlan: number;
  /** The box's own in it, IPv4 with prefix; "" for one of that network. */
  vlanAddress: string;
}

/** How the box's computer is in the clinic's network. */
export interface NetworkState extends NetworkSettings {
  /** `trying`: what is set holds, and goes again by itself unless somebody keeps it. `automatic`: nothing is set. */
  state: "automatic" | "trying" | "kept";
}

/** What the computer says of itself. */
export interface ComputerState {
  /** As it is connected now, or about to be. */
  network: NetworkState;
  /** Of that card for it which is used. */
  wifi: WifiState;
  /** The fingerprint of the key that opens SSH; empty while it is shut. */
  ssh: { fingerprint: string };
  /** Of the box itself. */
  screen: Screen;
  /** Of the touchscreen on it. */
  touch: TouchState;
  /** That are plugged in and mounted. */
  disks: PluggedDisk[];
  /** That it was asked last, each with what it says of itself. */
  drives: Drive[];
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
  /** Tries settings for some minutes, or takes everything from the network. */
  setNetwork(settings: NetworkSettings | null): Promise<void>;
  /** Keeps what is being tried. */
  keepNetwork(): Promise<void>;
  /** Tries wireless networks for some minutes, and then goes back to what was before; without any it is off. */
  setWifi(settings: WifiSettings<WantedNetwork>): Promise<void>;
  /** Keeps the wireless networks that are being tried. */
  keepWifi(): Promise<void>;
  /** Looks for wireless networks around. */
  lookForWifi(): Promise<void>;
  /** Opens SSH to who has this key's other half, as OpenSSH writes it on one line; null shuts it. */
  setSshKey(key: string | null): Promise<void>;
  /** Looks for printers on the network, which takes some seconds. */
  findPrinters(): Promise<void>;
  /** What it found last, as `avahi-browse --resolve --parsable` writes it; empty before. */
  browsedPrinters(): string;
  /** Turns, scales and darkens the box's own screen. */
  setScreen(screen: Screen): Promise<void>;
  /** Tries a calibration of the touchscreen for some minutes, six numbers as in `TouchState`; null gives it up. */
  setTouch(matrix: readonly number[] | null): Promise<void>;
  /** Keeps the calibration that is being tried. */
  keepTouch(): Promise<void>;
}
