import { language } from "../shared/language.ts";
import { touchEnglish } from "./touch_text.en.ts";

/** What the pages say about the box's touchscreen, in the language shown. */
export const touchText: typeof touchEnglish = language === "hi"
  ? (await import("./touch_text.hi.ts")).touchHindi
  : touchEnglish;
