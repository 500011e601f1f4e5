import { language } from "../shared/language.ts";
import { networkEnglish } from "./network_text.en.ts";

/** What the pages say about how the box's computer is in the clinic's network, in the language shown. */
export const networkText: typeof networkEnglish = language === "hi"
  ? (await import("./network_text.hi.ts")).networkHindi
  : networkEnglish;
