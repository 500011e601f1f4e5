import { language } from "../shared/language.ts";
import { machineEnglish } from "./machine_text.en.ts";

/** What the pages say about what a machine does that is odd, and about its recording, in the language shown. */
export const machineText: typeof machineEnglish = language === "hi"
  ? (await import("./machine_text.hi.ts")).machineHindi
  : machineEnglish;
