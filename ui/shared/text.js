import { english } from "./text.en.js";
import { hindi } from "./text.hi.js";
import { setPlace } from "./format.js";

/** The languages of the pages: one file each. */
export const LANGUAGES = { en: english, hi: hindi };

const chosen = localStorage.getItem("language") ?? navigator.language.slice(0, 2);

/** The language shown. */
export const language = Object.hasOwn(LANGUAGES, chosen) ? chosen : "en";

/** Every sentence of the pages, in the language shown. */
export const text = LANGUAGES[language];

document.documentElement.lang = language;
setPlace({ language: text.locale });

/** Shows the pages in another language from now on. @param {string} code */
export function chooseLanguage(code) {
  localStorage.setItem("language", code);
  location.reload();
}
