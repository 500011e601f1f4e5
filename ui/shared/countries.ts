/** Codes that browsers have names for and that are no country's: unions, tests, what is unknown, and reserved ones. */
const NO_COUNTRY = new Set(
  ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UK", "UN", "XA", "XB", "ZZ"],
);
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** ISO 3166-1 alpha-2 codes of today's countries; the codes of former ones have others today */
const CODES: string[] = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter((code) =>
  !NO_COUNTRY.has(code) && Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}` &&
  new Intl.DisplayNames("en", { type: "region", fallback: "none" }).of(code) !== undefined
);

/**
 * The countries that the browser knows, by their names in a language.
 *
 * @returns ISO 3166-1 alpha-2 codes with the names, in the order of the names
 */
export function countries(language: string): [string, string][] {
  const names = new Intl.DisplayNames(language, { type: "region" });
  return CODES.map((code) => ([code, names.of(code)] as [string, string]))
    .sort(([, one], [, other]) => one.localeCompare(other, language));
}
