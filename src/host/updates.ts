import { Refused, type Sentence } from "../sentences.ts";

/** What became of the last update since the box was switched on. */
export interface UpdateState {
  /**
   * `none`: there was none. `fetching`: it comes from a disk or an address. `checking`: the image looks at it. `offered`:
   * it waits for somebody to agree. `trying`: it runs and has to prove good; `works`, `kept` and `failed` say how that
   * ended, where `works` waits for somebody to keep it.
   */
  state:
    | "none"
    | "fetching"
    | "checking"
    | "offered"
    | "installing"
    | "restarting"
    | "trying"
    | "refused"
    | "works"
    | "kept"
    | "failed";
  /** A sentence for a person; of one that `failed`, why. */
  detail: string;
  /** The same by its code, where it has one. */
  coded?: Sentence | undefined;
  /** Of one that waits for somebody to agree. */
  offer?: Offer | undefined;
}

/** What a bundle is, as the image has read it after checking its signature. */
export interface Offer {
  /** By which somebody agrees to this one and no other. */
  id: string;
  /** Such as `sonodesk-pc`: that of the box, or it would have been refused. */
  board: string;
  /** Of the program in it. */
  version: string;
  /** Number of the store's newest schema that it knows; "" where it does not say. */
  schema: string;
  /** By whose certificate, which the box trusts, it was signed. */
  signer: string;
  /** Compared to the version that runs. */
  age: "newer" | "same" | "older";
}

/** What happened to an update, or was done with it. */
export interface UpdateEvent {
  /** ISO 8601. */
  at: string;
  /** `works`: it proved good. `kept`: by a person, or by itself. `failed`: it was gone back from. `asked-back` and `back`: somebody went back to the version before, and it proved good. */
  what: "works" | "kept" | "failed" | "asked-back" | "back";
  /** That was tried, kept or gone back to; "" where it is not known. */
  version: string;
  /** Why, or who. */
  detail: string;
  /** Why, by its code. */
  coded?: Sentence | undefined;
}

/** The version that runs, and the one before it in the root beside. */
export interface Versions {
  /** Whether somebody is to be asked to keep the one that runs. */
  asks: boolean;
  /** When it proved good, ISO 8601; "" where that is not known. */
  since: string;
  /** The version before; "" where there is none to go back to. */
  before: string;
  /**
   * What going back to it means: `nothing` is lost; the `store` from before the update takes the place of today's; or its
   * program could not open today's store and the copy is `gone`.
   */
  back: "" | "nothing" | "store" | "gone";
  /** When the copy of the store was made that would be put back, ISO 8601; "" for none. */
  storeFrom: string;
  /** The latest first. */
  events: UpdateEvent[];
}

/** The appliance's way to a new version; a box that was installed as a package has none. */
export interface Updates {
  /** How the latest update stands. */
  state(): UpdateState;
  /** What runs, and what ran before. */
  versions(): Versions;
  /**
   * Takes a bundle. What it is and whose, the installer checks, and then asks.
   *
   * @param bytes how many it announces
   * @throws NoUpdateNow when one is under way, or there is no room
   */
  take(bundle: ReadableStream<Uint8Array>, bytes: number, how?: Installing): Promise<void>;
  /**
   * Begins to take a bundle from a file on a disk that is plugged in, or from an address. How that ends, `state` says.
   *
   * @param from the path of the file, or an address that begins with `https://`
   * @throws NoUpdateNow when one is under way
   */
  fetch(from: string, how?: Installing): void;
  /** Has the one that is offered installed. @throws NoUpdateNow when another is offered, or none */
  agree(id: string): Promise<void>;
  /** Throws away the one that is offered. @throws NoUpdateNow when none is */
  discard(): Promise<void>;
  /** Keeps the version that runs. @param by whose name is noted @throws NoUpdateNow when nobody is asked to */
  keep(by: string): Promise<void>;
  /**
   * Restarts into the version before.
   *
   * @param loses what somebody has agreed to lose
   * @param by whose name is noted
   * @throws NoUpdateNow when there is none, it means more than that, or an update is under way
   */
  goBack(loses: "nothing" | "store", by: string): Promise<void>;
}

/** What is said with a bundle. */
export interface Installing {
  /** Installed without asking. */
  atOnce?: boolean;
  /** It may then be of an older version than the one that runs. */
  older?: boolean;
}

/** The largest bundle that is taken, bytes: the roots of the image have this size. */
export const LARGEST_BUNDLE = 1024 ** 3;

/** An update that cannot be taken now: the message says why and what to do. */
export class NoUpdateNow extends Refused {}
