import { setPlace } from "./format.ts";
import { isLanguage, language, LANGUAGES } from "./language.ts";
import { english } from "./text.en.ts";
import { remembered } from "./remembered.ts";

export { language, LANGUAGES };

/** Every sentence of the pages. */
export type Catalogue = typeof english;

/** Every sentence of the pages, in the language shown. */
export const text: Catalogue = language === "hi" ? (await import("./text.hi.ts")).hindi : english;

if (globalThis.document !== undefined) document.documentElement.lang = language;
setPlace({ language: text.locale });

/** The clinic's language, where nobody has chosen another in this browser. */
export function languageOfBox(code: string | undefined): void {
  if (!code || !isLanguage(code) || remembered.getItem("language") !== null) return;
  if (code !== language) chooseLanguage(code);
}

/** Shows the pages in another language from now on. */
export function chooseLanguage(code: string): void {
  remembered.setItem("language", code);
  location.reload();
}

/** What a table of sentences has for a name that it may not know. */
export function wordsFor<Words>(table: Readonly<Record<string, Words>>, name: string): Words | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
