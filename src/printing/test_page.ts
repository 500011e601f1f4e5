/** Points from the edge of the paper, to see whether the printer cuts something off. */
const MARGIN = 36;

/**
 * A page on A4 as PDF, in letters that every printer has: a frame, grey steps and a few lines, to see that a printer
 * prints.
 *
 * @param lines in Latin letters; what is none becomes `?`
 */
export function testPage(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const [width, height] = [595 - 2 * MARGIN, 842 - 2 * MARGIN];
  const steps = [0, 0.2, 0.4, 0.6, 0.8].map((grey, n) => `${grey} g ${MARGIN + 36 + n * 60} 160 60 40 re f`);
  const written = lines.map((line, n) =>
    `BT /F1 ${n === 0 ? 24 : 12} Tf ${MARGIN + 36} ${720 - n * 30} Td (${literal(line)}) Tj ET`
  );
  const content = [`1 w ${MARGIN} ${MARGIN} ${width} ${height} re S`, ...steps, "0 g", ...written].join("\n");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, "0")} 00000 n \n`;
  });
  const table = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join("")}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return new TextEncoder().encode(text);
}

/** A string of PDF (ISO 32000-1 7.3.4.2), in ASCII alone, so that each letter is one byte. */
function literal(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/[\\()]/g, "\\$&");
}
