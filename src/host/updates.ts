import { Refused, type Sentence } from "../sentences.ts";

/** What became of the last update since the box was switched on. */
export interface UpdateState {
  /** `none`: there was none. `fetching`: it comes from a disk or an address. `trying`: it runs, and is not kept yet; `kept` and `failed` say how that ended. */
  state: "none" | "fetching" | "installing" | "restarting" | "trying" | "refused" | "kept" | "failed";
  /** A sentence for a person. */
  detail: string;
  /** The same by its code, where it has one. */
  coded?: Sentence | undefined;
}

/** The appliance's way to a new version; a box that was installed as a package has none. */
export interface Updates {
  /** How the latest update stands. */
  state(): UpdateState;
  /**
   * Takes a bundle and has it installed. What it is and whose, the installer checks.
   *
   * @param bytes how many it announces
   * @param older whether it may be of an older version than the one that runs
   * @throws NoUpdateNow when one is under way, or there is no room
   */
  take(bundle: ReadableStream<Uint8Array>, bytes: number, older?: boolean): Promise<void>;
  /**
   * Begins to take a bundle from a file on a disk that is plugged in, or from an address. How that ends, `state` says.
   *
   * @param from the path of the file, or an address that begins with `https://`
   * @throws NoUpdateNow when one is under way
   */
  fetch(from: string, older?: boolean): void;
}

/** The largest bundle that is taken, bytes: the roots of the image have this size. */
export const LARGEST_BUNDLE = 1024 ** 3;

/** An update that cannot be taken now: the message says why and what to do. */
export class NoUpdateNow extends Refused {}
