/** The box as the pages show it. `addresses` are its own in the LAN, most useful first. */
export interface BoxInfo {
  /** As people call it. */
  name: string;
  /** Of the computer. */
  hostName: string;
  /** IP addresses of the computer. */
  addresses: string[];
  /** TCP. */
  worklistPort: number;
  /** TCP. */
  storagePort: number;
  /** AE title. */
  aeTitle: string;
  /** Where another computer finds the pages. */
  pageAddress?: string;
  /** Who may connect. */
  admission: "closed" | "pairing" | "open";
  /** Of the program. */
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
  /** Whether the OHIF viewer is there. */
  ohif?: boolean;
  /** It shows made-up patients. */
  demo: boolean;
  /** Shown on the sign-in page of the demo, and only there. */
  demoLogin?: { username: string; password: string };
}
