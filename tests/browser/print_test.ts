import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import type { Dataset } from "../../src/dicom/dataset.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { coded, type CodeText, container, number, report, text } from "../dicom/report/trees.ts";
import { Box } from "../support/box.ts";
import { offThePage, overlapping, type Paper, type Word, wordsOf } from "../support/pdf_words.ts";
import { peerTest } from "../support/peers.ts";
import { randomFrom } from "../support/random.ts";
import { readObject, samplePath } from "../support/samples.ts";
import { addPerson, PASSWORD, scanned, type ScannedStudy, sendReport } from "../support/scanned_study.ts";
import { launchChromium, openPage, SCREENS } from "./chromium.ts";

type Random = ReturnType<typeof randomFrom>;
const FOLDER = new URL("../.artifacts/", import.meta.url).pathname;
const ROUNDS = Number(Deno.env.get("SONODESK_ROUNDS") ?? 6);
const PAPERS = ["A4", "Letter"] as const;
const LANGUAGES = ["en", "hi"] as const;

/** A row that must be on paper: its first and its last word, what stands below its name, and its value. */
interface Row {
  first: string;
  last: string;
  detail: string | undefined;
  value: string;
}

async function withPrinter(use: (given: { box: Box; page: Page }) => Promise<void>): Promise<void> {
  await using box = await Box.start();
  await addPerson(box, "doctor", "doctor");
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/`);
    await page.fill("input[name=username]", "doctor");
    await page.fill("input[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("Live", { exact: true }).waitFor();
    await use({ box, page });
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
}

/** Sends the report as a study of its own. */
async function studyOf(box: Box, tree: Dataset): Promise<string> {
  const study = { appointmentId: "", studyInstanceUid: newUid(), uids: {} } as unknown as ScannedStudy;
  await sendReport(box, study, tree);
  return study.studyInstanceUid;
}

async function printed(
  page: Page,
  box: Box,
  studyInstanceUid: string,
  { language, format, css = false }: { language: string; format: string; css?: boolean },
): Promise<Paper> {
  await page.evaluate((code) => localStorage.setItem("language", code), language);
  await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/print?study=${studyInstanceUid}`);
  await page.locator(".sheet-group").first().waitFor();
  await Deno.mkdir(FOLDER, { recursive: true });
  const path = `${FOLDER}print-${language}-${format}.pdf`;
  await page.pdf({ path, format, printBackground: true, preferCSSPageSize: css });
  return await wordsOf(path);
}

/** What is wrong with the rows on paper, in words. */
function misplaced(paper: Paper, rows: readonly Row[]): string[] {
  const problems = [...overlapping(paper), ...offThePage(paper).map((word) => `${word} is off the page`)];
  paper.pages.forEach((_, n) => {
    const named = paper.words.some(({ page, text }) => page === n && text === "SD-1001");
    if (!named) problems.push(`page ${n + 1} does not name the patient`);
  });
  const firsts = new Set(rows.map(({ first }) => first));
  const find = (token: string): Word | undefined => {
    const found = paper.words.filter((word) => word.text === token);
    if (found.length !== 1) problems.push(`${token} is there ${found.length} times`);
    return found[0];
  };
  for (const row of rows) {
    const [first, last, value] = [find(row.first), find(row.last), find(row.value)];
    const detail = row.detail === undefined ? last : find(row.detail);
    if (!first || !last || !value || !detail) continue;
    const within = [last, value, detail].every(({ page }) => page === first.page);
    if (!within) problems.push(`the row of ${row.first} is on two pages`);
    if (Math.abs(value.y0 - first.y0) > 3 || value.x0 < first.x1) {
      problems.push(`${row.value} does not stand beside ${row.first}`);
    }
    const between = paper.words.find((word) =>
      word !== first && firsts.has(word.text) && word.page === first.page && Math.abs(word.y0 - first.y0) < 8 &&
      word.x0 > first.x0 && word.x0 < value.x0
    );
    if (between) problems.push(`${between.text} is between ${row.first} and ${row.value}`);
    // its name and what is below go on under its first word, not in another column
    if (last.y0 < first.y0 - 1 || detail.y0 < last.y0 - 1 || last.x0 > value.x1 || detail.x0 > value.x1) {
      problems.push(`the row of ${row.first} goes on elsewhere`);
    }
  }
  return problems;
}

const WORDS = ["Biparietal", "Diameter", "of", "the", "left", "Umbilical", "Artery", "Hadlock", "1985", "AC/BPD"];

function words(random: Random, most: number): string {
  return Array.from(
    { length: random.below(most + 1) },
    () =>
      random.chance(0.15)
        ? random.pick(["W", "i", "Estimated", "a_b"]).repeat(1 + random.below(16)).slice(0, 60)
        : random.pick(WORDS),
  ).join(" ");
}

/** A report of one to four fetuses and the mother, each name and value known by words that are nowhere else. */
function randomReport(random: Random): { tree: Dataset; rows: Row[] } {
  const rows: Row[] = [];
  const unit = (): CodeText | undefined =>
    random.chance(0.15)
      ? undefined
      : `UCUM:u${random.below(9)}:${random.pick(["cm", "g", "bpm", "cm/s", words(random, 5) || "mm"])}`;
  const measurement = () => {
    const n = 1001 + rows.length;
    const row = {
      first: `N${n}`,
      last: `E${n}`,
      detail: random.chance(0.4) ? `D${n}` : undefined,
      value: `${90000 + n}`,
    };
    rows.push(row);
    const name = [row.first, words(random, random.pick([1, 4, 25])), row.last].filter(Boolean).join(" ");
    const more = row.detail === undefined ? [] : [
      coded("INFERRED FROM", "DCM:121420:Equation", `99X:e${n}:${[words(random, 12), row.detail].join(" ").trim()}`),
    ];
    return number(`99X:n${n}:${name}`, row.value, unit(), ...more);
  };
  const section = (most: number) =>
    container(
      `99X:s${random.below(1e6)}:${words(random, 3) || "Findings of it"}`,
      ...Array.from({ length: 1 + random.below(most) }, measurement),
    );
  const fetuses = 1 + random.below(4);
  const each = Array.from({ length: fetuses }, (_, n) =>
    container(
      "DCM:125002:Fetal Biometry",
      text("HAS OBS CONTEXT", "LN:11951-1:Fetus ID", random.chance(0.2) ? words(random, 8) || "A" : String(n + 1)),
      ...Array.from({ length: 1 + random.below(3) }, () => section(random.pick([2, 8, 30]))),
    ));
  return { tree: report("DCM:125000:OB-GYN Ultrasound Procedure Report", ...each, section(10)), rows };
}

peerTest(
  "Print: every value stands beside its name on a page that names the patient, whatever names, values and contexts are, for one to four fetuses",
  ["chromium", "pdftotext"],
  () =>
    withPrinter(async ({ box, page }) => {
      const random = randomFrom("SONODESK_PRINT_SEED");
      for (let round = 0; round < ROUNDS; round++) {
        const { tree, rows } = randomReport(random);
        const study = await studyOf(box, tree);
        for (const language of LANGUAGES) {
          for (const format of PAPERS) {
            const paper = await printed(page, box, study, { language, format });
            const problems = misplaced(paper, rows);
            assert.deepEqual(problems.slice(0, 10), [], `round ${round}, ${language}, ${format}, ${rows.length} rows`);
          }
        }
      }
    }),
);

peerTest(
  "Print: a row is of paper whose size the page itself names, too",
  ["chromium", "pdftotext"],
  () =>
    withPrinter(async ({ box, page }) => {
      const { tree, rows } = randomReport(randomFrom("SONODESK_PRINT_SEED"));
      const paper = await printed(page, box, await studyOf(box, tree), { language: "en", format: "Letter", css: true });
      assert.deepEqual(misplaced(paper, rows), []);
      assert.equal(Math.round(paper.pages[0]!.height), 842, "A4");
    }),
);

peerTest(
  "Print: of three fetuses each heart rate is under the heading of its own",
  ["chromium", "pdftotext"],
  () =>
    withPrinter(async ({ box, page }) => {
      const fetus = (n: number) =>
        container(
          "DCM:125002:Fetal Biometry",
          text("HAS OBS CONTEXT", "LN:11951-1:Fetus ID", String(n)),
          ...Array.from({ length: 24 }, (_, m) => number(`99X:m${m}:Measure ${m}`, `${n}${100 + m}`, "UCUM:mm:mm")),
          number("LN:11948-7:Fetal Heart Rate", `14${n}`, "UCUM:{H.B.}/min:bpm"),
        );
      const tree = report("DCM:125000:OB-GYN Ultrasound Procedure Report", fetus(1), fetus(2), fetus(3), fetus(4));
      const study = await studyOf(box, tree);
      for (const format of PAPERS) {
        const paper = await printed(page, box, study, { language: "en", format });
        for (const n of [1, 2, 3, 4]) {
          const rate = paper.words.filter(({ text }) => text === `14${n}`);
          assert.equal(rate.length, 1, `the heart rate of fetus ${n} on ${format}`);
          const [{ page: on, x0, y0 }] = rate as [Word];
          // the nearest heading above it in its column, which stands there again where the group goes on
          const columns = paper.words.filter(({ text, page }) => text === "Fetus" && page === on)
            .filter((heading) => heading.x0 < x0 && heading.y0 < y0);
          const nearest = Math.max(...columns.map((heading) => heading.x0));
          const heading = columns.filter((one) => one.x0 > nearest - 5).toSorted((a, b) => b.y0 - a.y0)[0]!;
          const number = paper.words[paper.words.indexOf(heading) + 1]!;
          assert.equal(number.text, String(n), `the heading above the heart rate of fetus ${n} on ${format}`);
        }
      }
    }),
);

peerTest(
  "Print: what is odd about a value stands beside it, also in the summary of a pregnancy",
  ["chromium", "pdftotext"],
  () =>
    withPrinter(async ({ box, page }) => {
      const weight = number("LN:11727-5:Estimated Weight", "2345,6", "UCUM:g:gram");
      const tree = report("DCM:125000:OB-GYN Ultrasound Procedure Report", container("DCM:121111:Summary", weight));
      await printed(page, box, await studyOf(box, tree), { language: "en", format: "A4" });
      const groups = await page.locator(".sheet-group").allInnerTexts();
      assert.equal(groups.length, 1);
      assert.match(groups[0]!, /Estimated Weight[^]*decimal comma[^]*2345,6/);
    }),
);

peerTest(
  "Print: one long name of an equation leaves the estimated weight in its own row",
  ["chromium", "pdftotext"],
  () =>
    withPrinter(async ({ box, page }) => {
      const path = samplePath("sr/SYNTH_canon.dcm");
      if (!existsSync(path)) return;
      const { data, transferSyntaxUid } = readObject(path);
      const study = await studyOf(box, readDataset(data, transferSyntaxOf(transferSyntaxUid)!).dataset);
      for (const language of LANGUAGES) {
        for (const format of PAPERS) {
          const paper = await printed(page, box, study, { language, format });
          assert.deepEqual([...overlapping(paper), ...offThePage(paper)], []);
          const [weight] = paper.words.filter(({ text }) => text === "1243");
          const beside = paper.words.filter((word) =>
            word.page === weight!.page && word.x1 < weight!.x0 && Math.abs(word.y0 - weight!.y0) < 3
          ).toSorted((a, b) => a.x0 - b.x0);
          assert.match(beside.slice(-2).map(({ text }) => text).join(" "), /Weight/);
        }
      }
    }),
);

peerTest(
  "Print: the sheet's head names the patient, the id, the birth date and the sex",
  ["chromium", "pdftotext"],
  () =>
    withPrinter(async ({ box, page }) => {
      const { studyInstanceUid } = await scanned(box);
      const head = async (language: string) =>
        (await printed(page, box, studyInstanceUid, { language, format: "A4" })).words.map(({ text }) => text).join(
          " ",
        );
      const english = await head("en");
      for (const fact of [/^Priya Sharma /, /Patient id Born Sex/, /\bSD-1001 12 Mar 1994 /, /\bFemale\b/]) {
        assert.match(english, fact);
      }
      const inHindi = await head("hi");
      for (const fact of [/^Priya Sharma /, /SD-1001 12 .*1994/, /लिंग/, /महिला/]) assert.match(inHindi, fact);
    }),
);
