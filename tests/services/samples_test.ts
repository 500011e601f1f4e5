import assert from "node:assert/strict";
import { Tag } from "../../src/dicom/dictionary.ts";
import { mismatch } from "../../src/dicom/matching.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { answerTo } from "../../src/dicom/worklist_answer.ts";
import { atLeast, readObject, samplePath } from "../support/samples.ts";

const readAll = (folder: string, fewest: number) =>
  atLeast(fewest, folder).map(({ name, path }) => {
    const { data, transferSyntaxUid } = readObject(path);
    return { name, dataset: readDataset(data, transferSyntaxOf(transferSyntaxUid)!).dataset };
  });

Deno.test("DCMTK's sample queries find in its sample worklist what it says they find", async () => {
  const items = readAll("mwl/dcmtk_db_dump", 10);
  for (const { name, dataset: query } of readAll("mwl/dcmtk_queries", 6)) {
    const expectedPath = samplePath(`mwl/dcmtk_expected/all-${/\d+/.exec(name)![0]}.json`);
    const expected: string[][] = JSON.parse(await Deno.readTextFile(expectedPath));
    const answers = items.filter(({ dataset }) => mismatch(query, dataset) === undefined)
      .map(({ dataset }) => answerTo(query, dataset));
    const names = expected.map((lines) =>
      /PN \[(.*?)\s*\]/.exec(lines.find((line) => line.startsWith("(0010,0010)"))!)![1]
    );
    assert.deepEqual(answers.map((answer) => answer.text(Tag.PatientName)).sort(), names.sort(), name);
  }
});

Deno.test("a real machine's queries are read, matched and answered with what they ask for, at every depth", () => {
  const items = readAll("mwl/dcmtk_db_dump", 10);
  for (const { name, dataset: query } of [...readAll("mwl/real_modality_7814", 4), ...readAll("mwl", 1)]) {
    for (const { dataset } of items) {
      mismatch(query, dataset);
      const answer = answerTo(query, dataset);
      for (const { tag } of query) {
        const isKey = (tag & 0xffff) !== 0 && tag !== Tag.SpecificCharacterSet;
        assert.equal(answer.has(tag), isKey, `${name}: ${tag.toString(16)}`);
      }
    }
  }
});
