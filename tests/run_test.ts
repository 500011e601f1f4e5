import assert from "node:assert/strict";
import { failuresIn, findTests, runFile } from "./support/test_files.ts";

/** A folder with files of tests, by name. */
async function filesOf(files: Record<string, string>): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-tests-" });
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

const runText = async (text: string, bound = 60_000) => {
  await using files = await filesOf({ "x_test.ts": text });
  return await runFile(`${files.folder}/x_test.ts`, { bound });
};

Deno.test("the test command: what a file passes, fails and ignores is counted, and what failed is said", async () => {
  const outcome = await runText(`
    Deno.test("holds", () => console.error("on the other stream"));
    Deno.test("does not hold", () => { throw new Error("because of this"); });
    const hasPeer = false;
    Deno.test({ name: "cannot be tried", ignore: !hasPeer, fn: () => {} });
  `);
  assert.deepEqual([outcome.passed, outcome.failed, outcome.ignored], [1, 1, 1]);
  assert.match(outcome.text, /on the other stream/);
  const said = failuresIn(outcome.text);
  assert.match(said, /does not hold/);
  assert.match(said, /because of this/);
  assert.match(said, /cannot be tried/);
  assert.doesNotMatch(said, /on the other stream/);
  assert.ok(outcome.worked > 0 && outcome.took > 0);
});

Deno.test("the test command: a file that breaks before its end, or cannot be read, counts as failed", async () => {
  for (
    const broken of [
      'import "./is_not_there.ts";',
      'Deno.test("ends it all", () => Deno.exit(0));',
      'Deno.test("is killed", () => Deno.kill(Deno.pid, "SIGKILL"));',
      'throw new Error("before there is a test")',
    ]
  ) {
    const { passed, failed, text } = await runText(broken);
    assert.deepEqual([passed, failed], [0, 1], `${broken}: ${text}`);
    assert.notEqual(failuresIn(text), "");
  }
});

Deno.test("the test command: a file that hangs is ended with all that it started, and named", async () => {
  const { passed, failed, text } = await runText(
    `
    Deno.test("holds", () => {});
    Deno.test("hangs", async () => {
      const started = new Deno.Command("sh", { args: ["-c", "sleep 1000 & sleep 1000"] }).spawn();
      await started.status;
    });
  `,
    4000,
  );
  assert.deepEqual([passed, failed], [0, 1], text);
  assert.match(failuresIn(text), /x_test\.ts was ended after 4 s: it hangs/); // it would not have ended: the pipe was theirs too
});

Deno.test("the test command: what a file says of itself at its top is heeded", async () => {
  await using files = await filesOf({
    "b_test.ts": "// runs alone: it listens to silence\n",
    "a_test.ts": "/** What it tests. */\n// runs first: it takes two minutes\nimport assert;\n",
    "c.ts": "",
  });
  const found = findTests([files.folder, `${files.folder}/c.ts`, `${files.folder}/a_test.ts`]);
  assert.deepEqual(found.map(({ path, first, alone }) => [path.replace(`${files.folder}/`, ""), first, alone]), [
    ["a_test.ts", "it takes two minutes", undefined],
    ["b_test.ts", undefined, "it listens to silence"],
    ["c.ts", undefined, undefined],
  ]);
});
