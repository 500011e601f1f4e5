import { remembered } from "./remembered.ts";

/** The languages of the pages, by what each calls itself. */
export const LANGUAGES = { en: "English", hi: "हिन्दी" } as const;

export type Language = keyof typeof LANGUAGES;

/** The language shown: what somebody chose in this browser, else the browser's; English where there is no page. */
export const language: Language = globalThis.document === undefined ? "en" : chosen();

function chosen(): Language {
  const code = remembered.getItem("language") ?? navigator.language.slice(0, 2);
  return isLanguage(code) ? code : "en";
}

export function isLanguage(code: string): code is Language {
  return Object.hasOwn(LANGUAGES, code);
}
