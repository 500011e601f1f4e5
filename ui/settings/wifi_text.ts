import { language } from "../shared/language.ts";
import { wifiEnglish } from "./wifi_text.en.ts";

/** What the pages say about Wi-Fi of the box's computer, in the language shown. */
export const wifiText: typeof wifiEnglish = language === "hi"
  ? (await import("./wifi_text.hi.ts")).wifiHindi
  : wifiEnglish;
