/** The box as the pages show it. `addresses` are its own in the LAN, most useful first. */
export interface BoxInfo {
  name: string;
  hostName: string;
  addresses: string[];
  worklistPort: number;
  storagePort: number;
  aeTitle: string;
  /** Where another computer finds the pages. */
  pageAddress?: string;
  admission: "closed" | "pairing" | "open";
  version: string;
  /** Until when pairing is open, ISO 8601; null when it is not. */
  pairingUntil?: string | null;
  /** Language of the pages where a person has not chosen one: "en", "hi", or "" for the browser's. */
  language?: string;
  /** Seconds without a touch after which a page locks; 0 for never. */
  lockSeconds?: number;
  /** Whether the desk sounds once for whoever waits longer than they should. */
  waitSound?: boolean;
  /** Pixels in a millimetre of the box's own panel, where somebody has measured it. */
  pixelsPerMillimetre?: number;
  /** The machine that the box's own screen sends to unless told otherwise, where one was chosen there. */
  screenMachineId?: string;
  demo: boolean;
  /** Shown on the sign-in page of the demo, and only there. */
  demoLogin?: { username: string; password: string };
}
