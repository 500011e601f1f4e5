// @ts-nocheck: not typed yet
import { english } from "./text.en.ts";
import { hindi } from "./text.hi.ts";
import { setPlace } from "./format.ts";
import { language } from "./language.ts";

/** The languages of the pages: one file each. */
export const LANGUAGES = { en: english, hi: hindi };

export { language };

/** Every sentence of the pages, in the language shown. */
export const text = LANGUAGES[language];

if (globalThis.document !== undefined) document.documentElement.lang = language;
setPlace({ language: text.locale });

/** The clinic's language, where nobody has chosen another in this browser. @param {string | undefined} code */
export function languageOfBox(code) {
  if (!code || !Object.hasOwn(LANGUAGES, code) || localStorage.getItem("language") !== null) return;
  if (code !== language) chooseLanguage(code);
}

/** Shows the pages in another language from now on. @param {string} code */
export function chooseLanguage(code) {
  localStorage.setItem("language", code);
  location.reload();
}
