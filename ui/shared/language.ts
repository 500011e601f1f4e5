/** The languages of the pages. */
const CODES = ["en", "hi"];

/** The language shown: what somebody chose in this browser, else the browser's; English where there is no page. */
export const language = globalThis.document === undefined ? "en" : chosen();

function chosen() {
  const code = localStorage.getItem("language") ?? navigator.language.slice(0, 2);
  return CODES.includes(code) ? code : "en";
}
