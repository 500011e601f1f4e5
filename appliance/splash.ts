/**
 * Draws the pictures of the image's splash, which are kept beside its theme: the box's mark, and each step of a start in
 * both languages. Run by hand when a step's words change: `deno run -A appliance/splash.ts`, on a computer with the fonts
 * Noto Sans and Noto Sans Devanagari.
 */
import sharp from "sharp";

const THEME = new URL("image/kiosk/usr/share/plymouth/themes/sonodesk/", import.meta.url).pathname;
const MARK = new URL("../ui/shared/mark.svg", import.meta.url);
/** Of the mark's side, pixels: legible from two metres on a small screen. */
const MARK_SIZE = 112;

/** What `say-step` may say, by which the pictures are called, and the same in Hindi. */
const STEPS: Record<string, string> = {
  "Starting": "शुरू हो रहा है",
  "Checking the disk": "डिस्क जाँची जा रही है",
  "Trying the update": "अपडेट आज़माया जा रहा है",
  "Erasing everything": "सब कुछ मिटाया जा रहा है",
  "Opening patients and images": "मरीज़ और इमेज खोले जा रहे हैं",
  "Restarting": "फिर से शुरू हो रहा है",
  "Switching off": "बंद हो रहा है",
};

await sharp(Deno.readFileSync(MARK), { density: 600 }).resize(MARK_SIZE).png({ compressionLevel: 9 })
  .toFile(`${THEME}mark.png`);
for (const [english, hindi] of Object.entries(STEPS)) {
  const lines = `<text x="400" y="44" font-size="34" fill="#ffffff">${english}</text>` +
    `<text x="400" y="100" font-size="28" fill="#b8c4d0">${hindi}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="120" text-anchor="middle" ` +
    `font-family="Noto Sans, Noto Sans Devanagari">${lines}</svg>`;
  await sharp(new TextEncoder().encode(svg)).png({ compressionLevel: 9, palette: true })
    .toFile(`${THEME}${english}.png`);
}
