/**
 * The word screen: whether a text may tell a fetus's sex, in English and in Hindi in both scripts. What it stops a
 * person looks at, so it rather stops too much; but the mother's sex, beta-hCG and the declarations that every report
 * in India carries must pass, or nobody would look any more.
 */

/** What is known of what a text is about, beside its words. */
export interface TextContext {
  /** It is said of a fetus, as a report's structure says. */
  fetal?: boolean;
  /** It is of an examination in pregnancy: nobody who is examined there is male. */
  obstetric?: boolean;
}

/** A word by itself, in any script: `\b` knows Latin letters only. */
const word = (pattern: string) => `(?<![\\p{L}\\p{M}])(?:${pattern})(?![\\p{L}\\p{M}])`;
/** A word that begins so, with any ending. */
const stem = (pattern: string) => `(?<![\\p{L}\\p{M}])(?:${pattern})[\\p{L}\\p{M}]*`;
/** Made when it is first needed: most boxes never do, and all of them together take a tenth of a second at the start. */
const every = (pattern: string, flags = "gu") => {
  let made: RegExp | undefined;
  return () => made ??= new RegExp(pattern, flags);
};
const regex = (pattern: string) => {
  const made = every(pattern, "u");
  return { test: (text: string) => made().test(text) };
};
/** How far apart two words may be that belong together, characters. */
const NEAR = `[^]{0,30}?`;
const near = (one: string, other: string) => `(?:${one})${NEAR}(?:${other})|(?:${other})${NEAR}(?:${one})`;

const FETUS = [
  word("fo?etus(?:es|s)?|fo?eti|fo?etal|bab(?:y|ys|ies)|embryos?|embryonic|twins?|triplets?|unborn|conceptus"),
  word("bhru+n|bhroon|bac?h?ch?a|shishu|garbh"),
  stem("भ्रूण|भ्रुण|शिशु|बच्च|गर्भस्थ"),
].join("|");
/** Sex as a topic, without saying which. */
const HINDI_SEX = [word("ling|linga"), stem("लिंग|लिङ्ग")].join("|");
const TOPIC = [word("sex|sexes|gender"), HINDI_SEX].join("|");
const ORGANS = word("genital(?:s|ia)?|penis|penile|scrotum|scrotal|testis|testes|testicles?|labia|clitoris|phallus");
const MALE = word("males?");
const SEX = word("males?|females?");
const SEX_IN_HINDI = `${word("नर|मादा|पुरुष|nar|mada|maada|purush")}`;
/** An age or another person, beside which a word is not said of a fetus. */
const ADULT_AFTER = `\\s*[,/]?\\s*(?:${
  word(
    "patients?|pts?|partner|spouse|attendant|factor|infertility|doctor|staff|nurse|pelvis|pelvic|genital tract|" +
      "reproductive|sterili[sz]ation|urethra|bladder|wom[ae]n",
  )
}|\\d{1,2} ?(?:y|yrs?|years?)\\b|aged?\\b)`;
const AGE_BEFORE = "\\d{1,2} ?(?:y|yr|yrs|year|years)(?: old)? ?[,/]? ?";

/** Who is male or female in words of their own. */
const CHILDREN = [
  word("boys?|girls?|babyboys?|babygirls?"),
  word("lad[dh]?ka|larka|ladke|larke|ladki|larki|ladkiyan?|ladkiyon|beti|betiya+n?|putra|putri|mulga|mulgi|mulagi"),
  stem("लडक|बेट[ाीेि]|पुत्र|बालक|बालिका|कन्या|बच्ची|बच्चियों"),
].join("|");
/** Children who were born already, or a patient who is one. */
const BORN = [
  word("previous|prev|past|elder|eldest|older|living|existing|delivered|sibling|brother|sister|history|first child"),
  word("school|h o|year old|yr old|s o|d o"),
  "\\d{1,2} ?(?:y|yr|yrs|year|years|months?)\\b",
  stem("श्री|जीवित|पिछल"),
].join("|");

/** Karyotypes, and what a blood test tells. */
const CHROMOSOMES = [
  "(?<!\\d)4[5-9] ?x[xy]{0,2}(?![a-z])",
  word("y chromosomes?"),
  near(word("xx|xy"), [word("karyotype|chromosomes?|chromosomal|nipt|nips"), FETUS].join("|")),
].join("|");

/** What is said in place of it. */
const CODE_TALK = [
  word("jai mata di|jay mata di|jai shree? (?:ram|krishna)|jai shri (?:ram|krishna)|jai siya ram"),
  `${word("जय")} ?(?:${word("माता दी|श्री राम|श्री कृष्ण|सिया राम")})`,
  word("lad+o+s?|lad+us?|barfi|burfi|jalebi|pedh?a"),
  stem("लड्ड|बर्फी|जलेबी|पेडा"),
  word("hamburger sign|turtle sign|nub theory|ramzi"),
  near(word("blue|pink"), FETUS),
  "^\\s*(?:blue|pink)\\s*$",
  word("(?:a|one) (?:son|daughter)") + `(?![^]{0,20}(?:${BORN}))`,
].join("|");

/** Sentences that only declare that nothing was told, or that it may not be. */
const DECLARED = [
  word(
    "not|no|never|nor|neither|without|cannot|dont|prohibit(?:s|ed|ion)?|forbidden|banned|illegal|offence|offense|crime",
  ),
  word("punishable|p ?c ?p ?n ?d ?t|pndt|nahi|nahin|mana|apradh|jurm"),
  word("नहीं|नही|नहिं|न|अपराध|निषिद्ध|मना|दंडनीय|दण्डनीय|वर्जित|प्रतिबंधित"),
].join("|");

/** Words that have nothing to do with anybody's fetus. */
const HARMLESS = every([
  word("sex (?:linked|cord|hormones?|chromosome aneuploid(?:y|ies))"),
  word("save (?:the )?girl(?: child)?|beti bachao|beti padhao"),
  `${word("बेटी")} (?:${word("बचाओ|पढाओ")})`,
  word("dr ling"),
].join("|"));

const CHILD = every(CHILDREN);
const IS_BORN = regex(BORN);
const IS_FETUS = regex(FETUS);
const IS_DECLARATION = regex(DECLARED);
const HINDI_TOPIC = regex(HINDI_SEX);
const TOPIC_WORD = regex(TOPIC);
const TOPIC_OF_FETUS = regex(
  [near(`${TOPIC}|${ORGANS}`, FETUS), "fo?et(?:al|us)s?(?:sex|gender)|baby ?s?(?:sex|gender)"].join("|"),
);
const ORGAN = regex(ORGANS);
/** A sex with its sign, as in `sex: m` and `gender f`. */
const STATED = regex(`(?:${TOPIC})\\s*[:=]?\\s*(?:is )?(?:${word("m|f|males?|females?")})`);
const STATED_MALE = regex(`(?:${TOPIC})\\s*[:=]?\\s*(?:is )?(?:${word("m|males?")})`);
const LETTER_OF_FETUS = regex(`(?:${FETUS})(?: ?(?:no )?[a-d1-4])?\\s*[:=]\\s*(?:${word("m|f")})`);
const SEX_OF_FETUS = regex(
  [near(SEX, FETUS), `(?:${SEX}) ${word("child|issue|infant")}`, near(SEX_IN_HINDI, FETUS)].join("|"),
);
const ANY_SEX = regex(`${SEX}|${SEX_IN_HINDI}`);
const ANY_MALE = regex(MALE);
const ADULT = every(`(?:${AGE_BEFORE})(?:${SEX}|${word("m|f")})|(?:${SEX})(?=${ADULT_AFTER})`);
const IN_OTHER_WORDS = regex([CHROMOSOMES, CODE_TALK].join("|"));
/** Letters with spaces or signs between them, as whoever wants to be read by people only writes. */
const SPACED = /(?<![\p{L}\p{M}])(?:\p{L}\p{M}*[ .\-_*]){2,}\p{L}\p{M}*(?![\p{L}\p{M}])/gu;
const IN_SPACED = /boy|girl|female|male|ladk[ai]|beti|लडक|बेट|पुत्र/u;

/** Whether a text may tell a fetus's sex. */
export function mayTellFetalSex(text: string, context: TextContext = {}): boolean {
  return spellings(text).some((spelling) => mayTell(spelling, context));
}

function mayTell(text: string, context: TextContext): boolean {
  const plain = normalised(text);
  if (plain === "") return false;
  for (const [spaced] of plain.matchAll(SPACED)) {
    if (IN_SPACED.test(spaced.replaceAll(/[ .\-_*]/g, ""))) return true;
  }
  const words = apart(plain).replaceAll(HARMLESS(), " ");
  return tells(withoutDeclarations(words).replaceAll(ADULT(), " "), context);
}

/** Whether a name, as of a measurement or a code, is that of a fetus's sex. */
export function namesFetalSex(name: string, fetal: boolean): boolean {
  return spellings(name).some((spelling) => {
    const words = apart(normalised(spelling)).replaceAll(HARMLESS(), " ");
    return (TOPIC_OF_FETUS.test(words) && !ORGAN.test(words)) || (fetal && TOPIC_WORD.test(words));
  });
}

/** As it stands, and with the words apart that a machine writes as one: FetalSex. */
function spellings(text: string): string[] {
  const split = text.replaceAll(/(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, " ");
  return split === text ? [text] : [text, split];
}

function tells(words: string, { fetal = false, obstetric = false }: TextContext): boolean {
  if (IN_OTHER_WORDS.test(words) || SEX_OF_FETUS.test(words) || LETTER_OF_FETUS.test(words)) return true;
  for (const found of words.matchAll(CHILD())) {
    const around = words.slice(Math.max(0, found.index - 30), found.index + found[0].length + 30);
    if (!IS_BORN.test(around) || IS_FETUS.test(around)) return true;
  }
  if (TOPIC_OF_FETUS.test(words)) return true;
  // these are no words for anything else in a report
  if (HINDI_TOPIC.test(words)) return true;
  if (fetal && (STATED.test(words) || ANY_SEX.test(words) || TOPIC_WORD.test(words) || ORGAN.test(words))) return true;
  return obstetric && (STATED_MALE.test(words) || ANY_MALE.test(words));
}

/** Small letters without accents, without the dots of Devanagari that people leave out, and one spelling of each. */
function normalised(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f\u093c\u200b-\u200d\u2060\u00ad\ufeff]/g, "")
    .toLowerCase()
    .replaceAll("œ", "oe")
    .replaceAll("ँ", "ं")
    .replaceAll("♂", " male ")
    .replaceAll("♀", " female ")
    .trim();
}

/** Words with one space between them; what ends a sentence, or joins a name and its value, stays. */
function apart(text: string): string {
  return text.replaceAll(/['’`]s\b/g, "").replaceAll(/['’`]/g, "").replaceAll(/[^\p{L}\p{M}\p{N}.:;=\n।|]+/gu, " ");
}

/** Without the sentences that say of a sex only that it is not told. One that names a sex stays. */
function withoutDeclarations(words: string): string {
  if (!TOPIC_WORD.test(words)) return words;
  return words.split(/(?<=[.;।|\n])/u).filter((sentence) =>
    !(TOPIC_WORD.test(sentence) && IS_DECLARATION.test(sentence) && !namesOne(sentence))
  ).join("");
}

function namesOne(sentence: string): boolean {
  return ANY_SEX.test(sentence) || STATED.test(sentence) || IN_OTHER_WORDS.test(sentence) ||
    [...sentence.matchAll(CHILD())].length > 0;
}
