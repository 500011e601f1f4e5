/**
 * The test command: brings what the tests need, runs them all, and says how it went in one last line. Arguments are
 * passed on to `deno test`, so that `deno task test tests/dicom` runs a part.
 *
 * In CI a test that was ignored counts as failed: a peer that is missing there proves nothing.
 */
import { FIRMWARE, FONTS, hasProgram, IMAGE_PEERS, isFile, PEERS } from "./support/peers.ts";

/** The tests of the appliance's image need more, and are run only where they are named. */
const withImage = Deno.args.some((path) => path.startsWith("tests/appliance/image"));
const peers: Record<string, string> = withImage ? { ...PEERS, ...IMAGE_PEERS } : PEERS;
const files: Record<string, string> = { ...FONTS, ...FIRMWARE };
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

const wanted = [...packagesOf(missing()), ...missingFiles()];
if (wanted.length > 0) await install(wanted);
const stillMissing = missing();
if (stillMissing.length > 0) {
  console.log(
    `Missing on this machine: ${stillMissing.join(", ")}. The tests that need them are ignored; to run them too:\n` +
      `  sudo apt-get install -y --no-install-recommends ${packagesOf(stillMissing).join(" ")}`,
  );
}

const paths = Deno.args.length > 0 ? Deno.args : ["tests"];
const started = new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--no-check", ...paths],
  stdout: "piped",
  stderr: "inherit",
  env: { NO_COLOR: "1" },
}).spawn();

let text = "";
const decoder = new TextDecoder();
for await (const bytes of started.stdout) {
  await Deno.stdout.write(bytes);
  text = (text + decoder.decode(bytes, { stream: true })).slice(-20_000);
}
const { success } = await started.status;

const summaries = [...text.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?: \| (\d+) ignored)?/gm)];
const summary = summaries.at(-1);
const [passed, failed, ignored] = [1, 2, 3].map((group) => Number(summary?.[group] ?? 0)) as [number, number, number];
const inCi = Deno.env.get("CI") !== undefined;
// a run that broke before its end has no summary: that is a failure too
const failures = failed + (inCi ? ignored : 0) + (summary === undefined || (!success && failed === 0) ? 1 : 0);
console.log(`${passed} passed, ${failures} failed${inCi || ignored === 0 ? "" : `, ${ignored} skipped`}`);
Deno.exit(failures > 0 ? 1 : 0);
