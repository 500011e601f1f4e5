import type { Sent } from "./machine.ts";
import type { Claim, Human, World } from "./people.ts";
import type { SimulatedBox } from "./simulated_box.ts";

/** What somebody decided at a box. It is the truth from then on, until it is taken back. */
export interface Decision {
  box: SimulatedBox;
  /** Whose the objects are; null: whose they say they are. */
  human: Human | null;
  objects: Set<Sent>;
  /** Under which study and words what comes later follows it. */
  words: Set<string>;
  inForce: boolean;
  /** Somebody only settled a doubt: the object leaves as it came. */
  leavesAsItCame?: boolean;
  isMove?: boolean;
  /** Of the entry in the audit. */
  event: number;
  told: string;
  undone?: () => void | Promise<void>;
}

/** Knows of every object that a box acknowledged whose it can be, and what was decided. */
export class Oracle {
  readonly world: World;
  readonly decisions: Decision[] = [];
  readonly #objects = new Map<SimulatedBox, Map<string, Sent>>();

  constructor(world: World) {
    this.world = world;
  }

  acknowledged(box: SimulatedBox, sent: Sent): void {
    const objects = this.#objects.get(box) ?? new Map<string, Sent>();
    this.#objects.set(box, objects);
    if (objects.has(sent.sha256)) return;
    for (const decision of this.decisions) {
      if (decision.box !== box || !decision.inForce) continue;
      const comesAgain = [...decision.objects].some((one) =>
        one.sopInstanceUid === sent.sopInstanceUid && one.claimedStudyUid === sent.claimedStudyUid &&
        !this.world.conflict(one.claim, sent.claim)
      );
      if (decision.words.has(wordsOf(sent)) || comesAgain) decision.objects.add(sent);
    }
    objects.set(sent.sha256, sent);
  }

  objectsOf(box: SimulatedBox): Sent[] {
    return [...this.#objects.get(box)?.values() ?? []];
  }

  find(box: SimulatedBox, sha256: string): Sent | undefined {
    return this.#objects.get(box)?.get(sha256);
  }

  decide(decision: Omit<Decision, "inForce">): void {
    this.decisions.push({ ...decision, inForce: true });
  }

  /** Whose an object is by the last decision about it; undefined where it is whose it says. */
  ruling(box: SimulatedBox, sent: Sent): Human | undefined {
    return this.#lastAbout(box, sent)?.human ?? undefined;
  }

  /** Whether nobody decided that an object is anybody else's than it says. */
  mayLeaveAsItCame(box: SimulatedBox, sent: Sent): boolean {
    const last = this.#lastAbout(box, sent);
    return last === undefined || last.human === null || last.leavesAsItCame === true;
  }

  #lastAbout(box: SimulatedBox, sent: Sent): Decision | undefined {
    return this.decisions.findLast((one) => one.box === box && one.inForce && one.objects.has(sent));
  }

  /** Whether a person said of one of two objects whose it is, and the other is that human's by what it says or was said. */
  areSaidToBeOnes(box: SimulatedBox, one: Sent, other: Sent): boolean {
    const [first, second] = [this.ruling(box, one), this.ruling(box, other)];
    if (first !== undefined && second !== undefined) return first === second;
    const human = first ?? second;
    return human !== undefined && this.world.fits((first === undefined ? one : other).claim, human);
  }

  /** Whether the last decision about an object moved it without those that say the same. */
  wasMovedAlone(box: SimulatedBox, sent: Sent): boolean {
    const last = this.#lastAbout(box, sent);
    return last?.isMove === true && last.words.size === 0;
  }

  /** Whether an object may stand under a patient without a word. */
  mayStandUnder(box: SimulatedBox, sent: Sent, shown: Claim): boolean {
    const human = this.ruling(box, sent);
    return human === undefined ? !this.world.conflict(sent.claim, shown) : this.world.fits(shown, human);
  }

  /** Objects are where they were before a decision: so is whose they are, whatever was decided about them since. */
  restore(decision: Decision): void {
    const before = this.decisions.slice(0, this.decisions.indexOf(decision));
    for (const sent of decision.objects) {
      const last = before.findLast(({ box, inForce, objects }) => box === decision.box && inForce && objects.has(sent));
      this.decide({
        ...{ box: decision.box, event: 0, told: "moved back", objects: new Set([sent]), words: new Set() },
        ...{ human: last?.human ?? null, leavesAsItCame: last?.leavesAsItCame ?? false },
      });
    }
  }

  humanOf(shown: Claim): Human | undefined {
    // of two whom somebody merged, the one whose own description it is
    return this.world.humans.find((human) => this.world.isOf(shown, human)) ??
      this.world.humans.find((human) => this.world.fits(shown, human));
  }
}

export function wordsOf({ claimedStudyUid, name, claim: { patientId, birthDate, sex } }: Sent): string {
  return JSON.stringify([claimedStudyUid, name, patientId, birthDate, sex]);
}
