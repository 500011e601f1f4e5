/** The box as the pages show it. `addresses` are its own in the LAN, most useful first. */
export interface BoxInfo {
  name: string;
  hostName: string;
  addresses: string[];
  worklistPort: number;
  storagePort: number;
  aeTitle: string;
  admission: "closed" | "pairing" | "open";
  version: string;
  demo: boolean;
  /** Shown on the sign-in page of the demo, and only there. */
  demoLogin?: { username: string; password: string };
}
