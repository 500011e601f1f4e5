/**
 * The test command: brings what the tests need, checks their types, runs them all, and says how it went in one last
 * line. `deno task test tests/dicom` runs a part; arguments that begin with a dash are passed on to `deno test`.
 *
 * Each file runs in a process of its own, several beside each other, since most wait for others most of the time. What
 * a file printed comes when it ends. Two comments at a file's top are heeded: `// runs first: <why>` where it takes long,
 * and `// runs alone: <why>` where its outcome depends on a quiet computer.
 *
 * In CI a test that was ignored counts as failed: a peer that is missing there proves nothing.
 */
import { FIRMWARE, FONTS, GDCM_PYTHON, hasProgram, IMAGE_PEERS, isFile, PEERS, PYTHON } from "./support/peers.ts";
import { FIRST_PORT, LAST_PORT, OWN_PORTS } from "./support/ports.ts";
import { failuresIn, findTests, type Outcome, runFile, type TestFile } from "./support/test_files.ts";

/** The tests of the appliance's image need more, and are run only where they are named. */
const withImage = Deno.args.some((path) => path.startsWith("tests/appliance/image"));
/** Those, and the nightly forms, take hours. */
const takesHours = withImage || ["SONODESK_ROUNDS", "SONODESK_SOAK_SECONDS"].some((name) => Deno.env.has(name));
/** Most files wait rather than work: so many at once. The tests of the image make and use the same images. */
const LANES = withImage ? 1 : 2 * navigator.hardwareConcurrency;
/** Longer than any file takes, milliseconds, also on a slow computer; the image is made first, which takes the longest. */
const BOUND = (takesHours ? 600 : 15) * 60_000;
const FIRST_BOUND = Math.max(BOUND, 60 * 60_000);

const peers: Record<string, string> = withImage ? { ...PEERS, ...IMAGE_PEERS } : PEERS;
const files: Record<string, string> = { ...FONTS, ...FIRMWARE, ...PYTHON, ...GDCM_PYTHON };
const missing = () => Object.keys(peers).filter((peer) => !hasProgram(peer));
const packagesOf = (names: string[]) => [...new Set(names.map((name) => peers[name]!))];

async function install(packages: string[]): Promise<void> {
  const asRoot = Deno.uid() === 0 ? [] : ["sudo", "-n"];
  const apt = async (...args: string[]) => {
    const patient = ["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"];
    const [command, ...rest] = [...asRoot, "apt-get", ...patient, ...args];
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const { success } = await new Deno.Command(command!, { args: rest, env, stdout: "null", stderr: "inherit" })
      .output();
    return success;
  };
  if (!hasProgram("apt-get") || (asRoot.length > 0 && !hasProgram("sudo"))) return;
  console.log(`Installing for the tests: ${packages.join(", ")}`);
  await apt("update");
  await apt("install", "-y", "--no-install-recommends", ...packages);
}

const missingFiles = () => Object.entries(files).filter(([file]) => !isFile(file)).map(([, itsPackage]) => itsPackage);

/** All types at once, which is shorter than each file's by itself. @returns whether they are right */
async function typesAreRight(): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["check", "--quiet", ...paths] }).spawn().status;
  return success;
}

const options = Deno.args.filter((argument) => argument.startsWith("-"));
const paths = Deno.args.filter((argument) => !argument.startsWith("-"));
const checking = typesAreRight();
const wanted = [...new Set([...packagesOf(missing()), ...missingFiles()])];
if (wanted.length > 0) await install(wanted);
const stillMissing = missing();
if (stillMissing.length > 0) {
  console.log(
    `Missing on this machine: ${stillMissing.join(", ")}. The tests that need them are ignored; to run them too:\n` +
      `  sudo apt-get install -y --no-install-recommends ${packagesOf(stillMissing).join(" ")}`,
  );
}

const inCi = Deno.env.get("CI") !== undefined;
const outcomes: Outcome[] = [];

/** Failures by how the run counts: in CI a test that was ignored proves nothing. */
const failuresOf = ({ failed, ignored }: Outcome) => failed + (inCi ? ignored : 0);
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Runs the files of the queue one after the other until there is none left. */
async function lane(queue: TestFile[], ports: string): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const env = { [OWN_PORTS]: ports };
    const outcome = await runFile(file.path, { options, env, bound: file.first ? FIRST_BOUND : BOUND });
    outcomes.push(outcome);
    console.log(`${outcome.text.trim()}\n`);
  }
}

/** Runs the files beside each other, then those that want to be alone. */
async function runAll(files: TestFile[]): Promise<void> {
  const share = Math.floor((LAST_PORT - FIRST_PORT + 1) / LANES);
  const portsOf = (n: number) => `${FIRST_PORT + n * share}-${FIRST_PORT + (n + 1) * share - 1}`;
  const beside = files.filter(({ alone }) => !alone).sort((a, b) => Number(!a.first) - Number(!b.first));
  await Promise.all(Array.from({ length: LANES }, (_, n) => lane(beside, portsOf(n))));
  await lane(files.filter(({ alone }) => alone), portsOf(0));
}

if (!await checking) {
  const text = "The types are not right: `deno check` says what is wrong, above and by itself";
  outcomes.push({ file: "types", passed: 0, failed: 1, ignored: 0, took: 0, worked: 0, text });
}
const began = performance.now();
await runAll(findTests(paths.length > 0 ? paths : ["tests"]));

for (const { file, text } of outcomes.filter((outcome) => failuresOf(outcome) > 0)) {
  console.log(`${"-".repeat(20)} failed: ${file}\n${failuresIn(text)}\n`);
}
const total = (of: (outcome: Outcome) => number) => outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
console.log(
  `${outcomes.length} files in ${seconds(performance.now() - began)}; processors worked ${
    seconds(total(({ worked }) => worked))
  } for them. The slowest, and how long for each:`,
);
for (const { file, took, worked } of outcomes.toSorted((a, b) => b.took - a.took).slice(0, 10)) {
  console.log(`${seconds(took).padStart(9)}${seconds(worked).padStart(9)}  ${file}`);
}
const [failures, skipped] = [total(failuresOf), inCi ? 0 : total(({ ignored }) => ignored)];
console.log(
  `${total(({ passed }) => passed)} passed, ${failures} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`,
);
Deno.exit(failures > 0 ? 1 : 0);
