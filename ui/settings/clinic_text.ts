import { language } from "../shared/language.ts";
import { clinicEnglish } from "./clinic_text.en.ts";

/** What the pages about the clinic's own tables and program say, in the language shown. */
export const clinicText: typeof clinicEnglish = language === "hi"
  ? (await import("./clinic_text.hi.ts")).clinicHindi
  : clinicEnglish;
