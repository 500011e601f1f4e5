import { inEnglish, say, type Sentence, together } from "../../sentences.ts";
import { codeText, meaningOf } from "./code.ts";
import { BIOMETRY_GROUP, contextKey, isAnatomy, isGenericContainer, isVessel, qualifiesSiblings } from "./context.ts";
import type { ContentItem, ObjectReference, Report } from "./report.ts";
import { isDecimal } from "./decimal.ts";
import { hasStatements, isoDay, isRank, isStatement, numberInText } from "./statements.ts";
import { displayUnit } from "./unit.ts";

/**
 * A measured value as the machine sent it.
 *
 * `value` is its decimal text, untouched. `unit` is the machine's unit as people write it. `context` is all else that
 * qualifies the value, by these keys where present: fetus, numberOfFetuses, vessel, siteModifier, mode, phase, view,
 * method, equation, derivation, selection, trackingId, trackingUid, finding, section, group, of (what an age or a
 * percentile belongs to), unitCode, unitMeaning, siteCode, lateralityCode, qualifier, image (SOP Instance UID), frame,
 * sent (times, where more than once), valueType (DATE, DATETIME, TIME, CODE or TEXT of what was sent otherwise than as a
 * number) with valueCode, note (what is odd about the value), and other concepts by their own names.
 */
export interface ReportMeasurement {
  /** Code Meaning of the concept. */
  name: string;
  /** `scheme:value` of the name's code. */
  code: string;
  /** As sent, a Decimal String (PS3.5 6.2) where the machine keeps the rules; a day in ISO 8601, the meaning of a code. */
  value: string;
  /** As a person reads it; "" for none. */
  unit: string;
  /** Code Meaning of the anatomy; "" where none is said. */
  site: string;
  /** Left, right, both; "" where none is said. */
  laterality: string;
  /** What else is said of it, by the keys named above. */
  context: Record<string, string>;
}

/** Modifier relationships: what they hang on is what they are about (PS3.3 C.17.3.2.4). */
const MODIFIERS: ReadonlySet<string> = new Set([
  "HAS CONCEPT MOD",
  "HAS OBS CONTEXT",
  "HAS ACQ CONTEXT",
  "HAS PROPERTIES",
]);

const GESTATIONAL_AGE = "18185-9";
/** Where references point at items that point at items. */
const MOST_HOPS = 8;
const MOST_VISITS = 1000;
/** More than any report lists, and than any value is qualified by: a hostile report must not grow without bound. */
const MOST_MEASUREMENTS = 5000;
const MOST_QUALIFIERS = 48;
const LONGEST_QUALIFIER = 500;
/** Of all contexts of a report together, characters: what a container says once stands with each of its values. */
const LONGEST_CONTEXTS = 4_000_000;

/** What a value shares with the values it was computed from. */
const OF_THE_PLACE: ReadonlySet<string> = new Set([
  ...["site", "siteCode", "laterality", "lateralityCode", "siteModifier", "fetus", "trackingId", "trackingUid"],
]);

/**
 * The values of a report, in its order, each with its whole context. What a machine sends twice on purpose, with and
 * without a selection status, is one; everything else stays, and the tree has it all.
 */
export function measurementsOf(report: Report): ReportMeasurement[] {
  const found: ReportMeasurement[] = [];
  new Walk(report.root, found, hasStatements(report)).container(report.root, {
    inherited: new Map(),
    section: "",
    isRoot: true,
  });
  return withoutDuplicates(found);
}

/** What holds for everything inside a container. */
interface Scope {
  inherited: ReadonlyMap<string, string>;
  section: string;
  isRoot: boolean;
  /** The image that everything in the container was measured on. */
  image?: ObjectReference | undefined;
}

class Walk {
  readonly #root: ContentItem;
  readonly #found: ReportMeasurement[];
  readonly #withStatements: boolean;
  /** Characters of the contexts so far. */
  #length = 0;

  constructor(root: ContentItem, found: ReportMeasurement[], withStatements: boolean) {
    this.#root = root;
    this.#found = found;
    this.#withStatements = withStatements;
  }

  container(item: ContentItem, outer: Scope): void {
    const inherited = new Map(outer.inherited);
    let { section } = outer;
    if (!outer.isRoot && item.concept !== undefined && !isGenericContainer(item.concept)) {
      if (isAnatomy(item.concept)) {
        inherited.set("site", meaningOf(item.concept));
        inherited.set("siteCode", codeText(item.concept));
      } else {
        section = meaningOf(item.concept);
      }
    }
    const image = outer.isRoot ? undefined : this.#onlyImage(item.children);
    const scope: Scope = { inherited, section, isRoot: false, image };
    const group = biometryOf(item);
    // what is said once in a container holds for all of it, wherever it stands
    const said = new Set<string>();
    for (const [child, key] of qualifiers(item)) {
      if (!said.has(key)) setQualifier(inherited, key, child);
      said.add(key);
    }
    // what is said again holds from there on, or adds to what was said just before
    const passed = new Set<string>();
    const justSaid = new Set<string>();
    for (const child of item.children) {
      const key = qualifierKey(child);
      if (key !== undefined) {
        if (justSaid.has(key)) addQualifier(inherited, key, child);
        else if (passed.has(key)) setQualifier(inherited, key, child);
        passed.add(key);
        justSaid.add(key);
      } else if (child.valueType === "NUM") {
        this.#number(child, scope, group);
        justSaid.clear();
      } else if (this.#withStatements && isStatement(child)) {
        this.#statement(child, scope, group);
        if (child.children.length > 0) this.container(child, scope);
        justSaid.clear();
      } else if (child.children.length > 0) {
        this.container(child, scope);
        justSaid.clear();
      }
    }
  }

  /** A day, a code or a text that is a value of its own. */
  #statement(item: ContentItem, scope: Scope, group: ContentItem | undefined): void {
    const before = this.#found.length;
    const { valueType, code } = item;
    const inText = valueType === "TEXT" ? numberInText(item.value) : undefined;
    const value = inText?.value ?? (valueType === "DATE" ? isoDay(item.value) : undefined) ?? cut(item.value);
    const unit = inText === undefined || inText.unit === ""
      ? undefined
      : { value: "", scheme: "", meaning: inText.unit };
    this.#number(
      {
        ...item,
        value,
        ...(unit && { unit }),
        children: item.children.filter((child) => child.valueType !== "NUM"),
      },
      scope,
      group,
    );
    const made = this.#found[before];
    if (made === undefined) return;
    delete made.context.note;
    delete made.context.unitCode;
    made.context.valueType = valueType;
    if (code !== undefined) made.context.valueCode = codeText(code);
    if (inText !== undefined) made.context.note = inEnglish(say("value-as-text"));
  }

  #number(item: ContentItem, scope: Scope, group: ContentItem | undefined, parameterOf?: string): void {
    if (this.#found.length >= MOST_MEASUREMENTS || this.#length > LONGEST_CONTEXTS) {
      this.#found.at(-1)!.context.note = inEnglish(say("more-values"));
      return;
    }
    const qualified = new Map(scope.inherited);
    const own = new Set<string>();
    for (const child of item.children) {
      const key = modifierKey(child);
      if (key === undefined || isRankOf(child)) continue;
      if (own.has(key)) addQualifier(qualified, key, child);
      else setQualifier(qualified, key, child);
      own.add(key);
    }
    const name = meaningOf(item.concept);
    const image = this.#onlyImage(item.children) ?? scope.image;
    const of = parameterOf ?? (group !== undefined && group !== item ? meaningOf(group.concept) : undefined);
    const site = qualified.get("site") ?? "";
    const laterality = qualified.get("laterality") ?? "";
    const context = new Map<string, string>();
    for (const [key, value] of qualified) if (key !== "site" && key !== "laterality") put(context, key, value);
    put(context, "vessel", isVessel(site) ? site : isVessel(scope.section) ? scope.section : "");
    put(context, "section", scope.section);
    put(context, "of", of ?? "");
    put(context, "unitCode", codeText(item.unit));
    put(context, "unitMeaning", item.unit?.meaning ?? "");
    put(context, "qualifier", meaningOf(item.qualifier));
    put(context, "image", image?.sopInstanceUid ?? "");
    put(context, "frame", image?.frames.join(", ") ?? "");
    put(context, "note", notesOn(item));
    for (const [key, value] of context) this.#length += key.length + value.length;
    this.#found.push({
      name,
      code: codeText(item.concept),
      value: item.value,
      unit: displayUnit(item.unit),
      site,
      laterality,
      context: Object.fromEntries(context),
    });
    // values that this one was computed from, where the machine sent them below it
    const below = new Map([...scope.inherited, ...[...qualified].filter(([key]) => OF_THE_PLACE.has(key))]);
    for (const child of item.children) {
      if (child.valueType !== "NUM" || (modifierKey(child) !== undefined && !isRankOf(child))) continue;
      this.#number(child, { ...scope, inherited: below }, undefined, name);
    }
  }

  /** The one image that items name themselves, by coordinates on it, or by pointing at an item that does. */
  #onlyImage(items: readonly ContentItem[]): ObjectReference | undefined {
    const images = new Map<string, ObjectReference>();
    let visits = 0;
    const collect = (item: ContentItem, hops: number): void => {
      if (hops > MOST_HOPS || ++visits > MOST_VISITS) return;
      if (item.valueType === "IMAGE") { for (const image of item.references) images.set(image.sopInstanceUid, image); }
      else if (item.valueType === "SCOORD") item.children.forEach((child) => collect(child, hops + 1));
      else if (item.target !== undefined) {
        const target = itemAt(this.#root, item.target);
        if (target !== undefined) collect(target, hops + 1);
      }
    };
    for (const item of items) if (!MODIFIERS.has(item.relationship) || item.valueType === "SCOORD") collect(item, 0);
    return images.size === 1 ? [...images.values()][0] : undefined;
  }
}

/** The item that a by-reference relationship points at: 1 is the root, 1.2 its second child. */
function itemAt(root: ContentItem, way: readonly number[]): ContentItem | undefined {
  let item: ContentItem | undefined = way[0] === 1 ? root : undefined;
  for (const position of way.slice(1)) item = item?.children[position - 1];
  return item;
}

/** The value that a biometry group is about: its first that is no age (PS3.16 TID 5008). */
function biometryOf(container: ContentItem): ContentItem | undefined {
  if (container.concept?.value !== BIOMETRY_GROUP) return undefined;
  return container.children.find((child) =>
    child.valueType === "NUM" && child.concept?.value !== GESTATIONAL_AGE && modifierKey(child) === undefined
  );
}

function qualifiers(container: ContentItem): [ContentItem, string][] {
  return container.children.flatMap((child) => {
    const key = qualifierKey(child);
    return key === undefined ? [] : [[child, key] as [ContentItem, string]];
  });
}

/** The key under which a child qualifies its container, and so everything beside and below it. */
function qualifierKey(child: ContentItem): string | undefined {
  const key = modifierKey(child);
  if (key !== undefined) return key;
  if (child.relationship !== "CONTAINS" || !["CODE", "TEXT", "UIDREF"].includes(child.valueType)) return undefined;
  const sibling = contextKey(child.concept);
  return sibling !== undefined && qualifiesSiblings(sibling) ? sibling : undefined;
}

/** A percentile or Z-score of the value that it hangs on is a value too. */
function isRankOf(child: ContentItem): boolean {
  return child.relationship === "HAS PROPERTIES" && child.valueType === "NUM" && isRank(child);
}

/** The key under which a child qualifies what it hangs on. */
function modifierKey(child: ContentItem): string | undefined {
  if (child.valueType === "CONTAINER" || child.valueType === "IMAGE" || child.valueType === "SCOORD") return undefined;
  const key = contextKey(child.concept);
  if (MODIFIERS.has(child.relationship)) return key;
  // an equation or a table is what a value is inferred from
  return child.relationship === "INFERRED FROM" && child.valueType !== "NUM" ? key : undefined;
}

function setQualifier(into: Map<string, string>, key: string, item: ContentItem): void {
  if (into.size >= MOST_QUALIFIERS && !into.has(key)) return;
  into.set(key, valueText(item));
  if (key === "site" || key === "laterality") into.set(`${key}Code`, codeText(item.code));
  // a modifier of a site stands below it
  for (const child of item.children) {
    const inner = modifierKey(child);
    if (inner !== undefined && inner !== key) into.set(inner, valueText(child));
  }
}

function addQualifier(into: Map<string, string>, key: string, item: ContentItem): void {
  const before = into.get(key);
  const value = valueText(item);
  if (value === "" || before?.split("; ").includes(value)) return;
  into.set(key, before ? cut(`${before}; ${value}`) : value);
}

function valueText(item: ContentItem): string {
  return cut(item.valueType === "NUM" ? `${item.value} ${displayUnit(item.unit)}`.trim() : item.value);
}

function cut(text: string): string {
  return text.length <= LONGEST_QUALIFIER ? text : `${text.slice(0, LONGEST_QUALIFIER - 1)}…`;
}

function put(context: Map<string, string>, key: string, value: string): void {
  if (value !== "") context.set(key, value);
}

/** What a reader must know before trusting the value. Nothing is guessed: the text stays as it is. */
function notesOn({ value, unit }: ContentItem): string {
  const notes: Sentence[] = [];
  if (value === "") notes.push(say("value-missing"));
  else if (/^[+-]?\d*,\d+$/.test(value)) notes.push(say("value-decimal-comma"));
  else if (!isDecimal(value)) notes.push(say("value-no-number"));
  if (unit === undefined) notes.push(say("value-no-unit"));
  return notes.map(inEnglish).join("; ");
}

const NOTES = [
  say("value-as-text"),
  ...[say("value-missing"), say("value-decimal-comma"), say("value-no-number"), say("value-no-unit")],
  say("more-values"),
];

/**
 * A note by its codes. Values are kept with the words alone, which exports and the clinic's database have too.
 *
 * @returns undefined where there is none, or not all of it is known
 */
export function noteByCode(note: string): Sentence | undefined {
  const codes = note.split("; ").map((words) => NOTES.find((one) => inEnglish(one) === words));
  return codes.some((code) => code === undefined) ? undefined : together(codes as Sentence[]);
}

/** GE sends each value with a selection status and once more without it: the one with it stands for both. */
function withoutDuplicates(found: readonly ReportMeasurement[]): ReportMeasurement[] {
  const plain = new Map<string, number[]>();
  found.forEach((measurement, index) => {
    if (measurement.context.selection !== undefined) return;
    const key = keyButForSelection(measurement);
    const same = plain.get(key);
    if (same === undefined) plain.set(key, [index]);
    else same.push(index);
  });
  const dropped = new Set<number>();
  const merged = found.map((measurement) => {
    if (measurement.context.selection === undefined) return measurement;
    const twin = plain.get(keyButForSelection(measurement))?.shift();
    if (twin === undefined) return measurement;
    dropped.add(twin);
    return { ...measurement, context: { ...measurement.context, sent: "2" } };
  });
  return merged.filter((_, index) => !dropped.has(index));
}

/** The same for two values that differ in nothing but their selection status. */
function keyButForSelection({ context: { selection: _, ...context }, ...measurement }: ReportMeasurement): string {
  return measurementKey({ ...measurement, context });
}

/** The same for two values that are the same in all they say. */
export function measurementKey(
  { name, code, value, unit, site, laterality, context }: ReportMeasurement,
): string {
  // the side's code says no more than its name, and values from before it was kept have none
  const { lateralityCode: _code, ...qualifiers } = context;
  const said = Object.entries(qualifiers).sort(([one], [other]) => one < other ? -1 : 1);
  return JSON.stringify([name, code, value, unit, site, laterality, said]);
}
