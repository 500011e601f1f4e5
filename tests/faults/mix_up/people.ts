import type { Random } from "../../support/random.ts";

/** A word of a name: as machines write it, and as the clinic may have it. */
export interface Word {
  latin: string;
  written: string;
}

export interface Name {
  last: Word;
  first: Word;
}

/** Somebody with a body: what the oracle knows, and the box does not. */
export interface Human {
  key: string;
  /** Every id that the clinic, or a box, ever had them under. */
  ids: Set<string>;
  /** Every name they were ever registered under, the present one last. */
  names: Name[];
  /** Every birth date they were ever registered with; none where nobody knows it. */
  births: Set<string>;
  birthDate: string | null;
  gender: "Female" | "Male";
}

/** What is said of a patient, as a human reads it. */
export interface Claim {
  patientId: string;
  /** The words of the name in Latin letters, lower case; null where it cannot be read. */
  words: string[] | null;
  birthDate: string;
  sex: string;
}

const word = (latin: string, written = latin): Word => ({ latin, written });

export const SURNAMES = [word("Sharma"), word("Sharma", "शर्मा"), word("Rao"), word("Muller", "Müller")];
const FIRST_NAMES = [word("Priya"), word("Riya", "रिया"), word("Asha"), word("Anita", "अनिता"), word("Priya", "प्रिया")];
const BIRTHS = ["1990-05-17", "1990-05-18", "1971-01-01"];

const SPELLINGS = new Map(
  [...SURNAMES, ...FIRST_NAMES, word("Doe"), word("Jane")].map(({ latin, written }) => [
    written.toLowerCase(),
    latin.toLowerCase(),
  ]),
);

/** Everybody there is, and who counts as one by somebody's decision. */
export class World {
  readonly humans: Human[] = [];
  readonly #random: Random;
  /** Pairs that somebody merged at a box, wrongly or not. */
  readonly merged = new Set<readonly [Human, Human]>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Somebody new: a stranger, a twin, a sibling, one of the same name, or without a birth date. */
  born(): Human {
    const random = this.#random;
    const like = this.humans.length > 0 && random.chance(0.6) ? random.pick(this.humans) : undefined;
    const kind = like === undefined ? "new" : random.pick(["twin", "sibling", "same name", "no birth date"] as const);
    const last = like?.names.at(-1)?.last ?? random.pick(SURNAMES);
    const others = FIRST_NAMES.filter(({ latin }) => latin !== like?.names.at(-1)?.first.latin);
    const sameName = kind === "same name" || kind === "no birth date";
    const first = sameName ? like!.names.at(-1)!.first : random.pick(others);
    const otherBirths = BIRTHS.filter((date) => date !== like?.birthDate);
    const birthDate = kind === "no birth date" ? null : kind === "twin" ? like!.birthDate : random.pick(otherBirths);
    // two of one name and one birth date nobody could tell apart by anything but their ids
    if (this.#isThere({ last, first }, birthDate)) return this.born();
    return this.add({ last, first }, birthDate, random.chance(0.85) ? "Female" : "Male");
  }

  #isThere(name: Name, birthDate: string | null): boolean {
    return this.humans.some((human) =>
      human.names.some((one) => isSameName(wordsOf(one), wordsOf(name))) &&
      (birthDate === null ? human.births.size === 0 : human.births.has(birthDate))
    );
  }

  /** What a human is registered with from now on, unless somebody else is registered so. @returns whether it is */
  correct(human: Human, name: Name, birthDate: string | null): boolean {
    const others = this.humans.filter((one) =>
      one !== human && one.names.some((other) => isSameName(wordsOf(other), wordsOf(name)))
    );
    if (others.some(({ births }) => birthDate === null ? births.size === 0 : births.has(birthDate))) return false;
    human.names.push(name);
    human.birthDate = birthDate;
    if (birthDate !== null) human.births.add(birthDate);
    return true;
  }

  add(name: Name, birthDate: string | null, gender: Human["gender"]): Human {
    const human: Human = {
      key: `h${this.humans.length}`,
      ids: new Set(),
      names: [name],
      births: new Set(birthDate === null ? [] : [birthDate]),
      ...{ birthDate, gender },
    };
    this.humans.push(human);
    return human;
  }

  /** Whether what is said can be of this human, or of one whom somebody merged with them. */
  fits(claim: Claim, human: Human): boolean {
    const all = this.#oneWith(human);
    return all.some(({ gender }) =>
      fitsAlone(claim, {
        ...human,
        gender,
        ids: new Set(all.flatMap(({ ids }) => [...ids])),
        names: all.flatMap(({ names }) => names),
        births: all.some(({ births }) => births.size === 0)
          ? new Set()
          : new Set(all.flatMap(({ births }) => [...births])),
      })
    );
  }

  /** Whether what is said can be of this human alone, whoever they were merged with. */
  isOf(claim: Claim, human: Human): boolean {
    return fitsAlone(claim, human);
  }

  /** Whether two descriptions are of two people, or there is nothing to compare. */
  conflict(one: Claim, other: Claim): boolean {
    if (this.humans.some((human) => this.fits(one, human) && this.fits(other, human))) return false;
    return differ(one, other);
  }

  #oneWith(human: Human): Human[] {
    const found = new Set([human]);
    for (let before = 0; before < found.size;) {
      before = found.size;
      for (const pair of this.merged) if (pair.some((one) => found.has(one))) pair.forEach((one) => found.add(one));
    }
    return [...found];
  }
}

function fitsAlone(claim: Claim, { ids, names, births, gender }: Human): boolean {
  if (claim.patientId === "" && claim.words === null) return false;
  if (claim.patientId !== "" && !ids.has(claim.patientId)) return false;
  if (claim.birthDate !== "" && births.size > 0 && !births.has(claim.birthDate)) return false;
  if ((claim.sex === "M" || claim.sex === "F") && claim.sex !== gender[0]) return false;
  return claim.words === null || names.some((name) => isSameName(claim.words!, wordsOf(name)));
}

function differ(one: Claim, other: Claim): boolean {
  const ids = one.patientId !== "" && other.patientId !== "";
  if (ids && one.patientId !== other.patientId) return true;
  if (one.words === null || other.words === null) {
    const same = JSON.stringify(one) === JSON.stringify(other);
    if (!ids && !same) return true;
  } else if (!isSameName(one.words, other.words)) return true;
  if (one.birthDate !== "" && other.birthDate !== "" && one.birthDate !== other.birthDate) return true;
  return [one.sex, other.sex].every((sex) => sex === "M" || sex === "F") && one.sex !== other.sex;
}

export function wordsOf({ last, first }: Name): string[] {
  return [last.latin.toLowerCase(), first.latin.toLowerCase()];
}

function isSameName(one: readonly string[], other: readonly string[]): boolean {
  const [few, many] = one.length <= other.length ? [one, other] : [other, one];
  return few.every((word) => many.includes(word));
}

/** What a page or a header shows of a patient, as a claim. */
export function shownClaim(
  shown: { patientId: string; patientName: string; patientBirthDate?: string | null; patientSex?: string },
): Claim {
  const words = shown.patientName.split("=")[0]!.split(/[\^\s]+/).filter((part) => part !== "")
    .map((part) => SPELLINGS.get(part.toLowerCase()) ?? (/^[a-z]+$/i.test(part) ? part.toLowerCase() : undefined));
  return {
    patientId: shown.patientId,
    words: words.length === 0 || words.includes(undefined) ? null : words as string[],
    birthDate: isoDay(shown.patientBirthDate ?? ""),
    sex: shown.patientSex ?? "",
  };
}

function isoDay(date: string): string {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : date;
}
