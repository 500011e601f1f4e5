import { run, utf8 } from "./peers.ts";

/** A word on a page of paper, and where: in points from the page's upper left corner. */
export interface Word {
  text: string;
  page: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export interface Paper {
  pages: { width: number; height: number }[];
  words: Word[];
}

/** What is written on the pages of a PDF file, by `pdftotext -bbox`. */
export async function wordsOf(path: string): Promise<Paper> {
  const { text } = await run("pdftotext", ["-bbox", "-enc", "UTF-8", path, "-"]);
  const paper: Paper = { pages: [], words: [] };
  for (const line of utf8(text).split("\n")) {
    const page = /<page width="([\d.]+)" height="([\d.]+)"/.exec(line);
    if (page) paper.pages.push({ width: Number(page[1]), height: Number(page[2]) });
    const word = /<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)">(.*)<\/word>/.exec(line);
    if (!word) continue;
    const [x0, y0, x1, y1] = word.slice(1, 5).map(Number) as [number, number, number, number];
    paper.words.push({ text: word[5]!, page: paper.pages.length - 1, x0, y0, x1, y1 });
  }
  return paper;
}

/** Words that lie on each other by more than fonts of neighbouring lines do. */
export function overlapping({ words }: Paper): string[] {
  const found: string[] = [];
  words.forEach((one, n) => {
    for (const other of words.slice(n + 1)) {
      if (one.page !== other.page) continue;
      const across = Math.min(one.x1, other.x1) - Math.max(one.x0, other.x0);
      const down = Math.min(one.y1, other.y1) - Math.max(one.y0, other.y0);
      const height = Math.min(one.y1 - one.y0, other.y1 - other.y0);
      if (across > 1 && down > 0.45 * height) found.push(`${one.text} lies on ${other.text}, page ${one.page + 1}`);
    }
  });
  return found;
}

/** Words of which a part is not on the page. */
export function offThePage({ pages, words }: Paper): string[] {
  return words.filter(({ page, x0, y0, x1, y1 }) => {
    const { width, height } = pages[page]!;
    return x0 < 0 || y0 < 0 || x1 > width || y1 > height;
  }).map(({ text }) => text);
}
