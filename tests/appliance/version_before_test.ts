import assert from "node:assert/strict";
import { lay, UpdateBox } from "./update_box.ts";

const OURS = Deno.uid() === 0;
const test = (name: string, fn: () => Promise<void>) => Deno.test({ name, ignore: !OURS, fn });

/** A box whose root a, of version 1.10.0, has taken an update: root b, which knows a schema, runs and has proved good. */
async function updated(schema: number): Promise<UpdateBox> {
  const box = new UpdateBox();
  box.write("lib/store-schema", "40\n");
  await box.does("trial", "begin");
  box.write("state/manifest", MANIFEST);
  lay(box);
  await box.does("install-update");
  assert.equal(box.said.state, "restarting");
  becomes(box, "b", "1.11.0", schema);
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  box.write("store/sonodesk.sqlite", "brought on by the update");
  box.write("state/healthy", "");
  await box.does("trial", "end");
  box.did;
  return box;
}

const MANIFEST = [
  "RAUC_MF_COMPATIBLE='sonodesk-pc'",
  "RAUC_MF_VERSION='1.11.0'",
  "RAUC_MF_DESCRIPTION='store schema 41'",
  "",
].join("\n");

/** What another root brings. */
function becomes(box: UpdateBox, slot: string, version: string, schema: number): void {
  box.write("state/version", `${version}\n`);
  box.write("lib/store-schema", `${schema}\n`);
  box.boots(slot);
}

function versions(box: UpdateBox) {
  return box.told("versions") as { kept: string; before: string; back: string; storeFrom: string | number };
}

async function asks(box: UpdateBox, text: string): Promise<void> {
  Deno.mkdirSync(`${box.store}/requests`, { recursive: true });
  Deno.writeTextFileSync(`${box.store}/requests/update`, text);
  assert.equal(await box.does("apply-requests"), 0);
}

function happened(box: UpdateBox) {
  return (box.told("updates") as { what: string; version: string; detail: string }[])
    .map(({ what, version, detail }) => [what, version, detail].join(" ").trim());
}

test("An update that proved good is asked about; a power cut before anybody keeps it takes nothing back", async () => {
  using box = await updated(40);
  assert.equal(box.said.state, "works");
  assert.deepEqual([versions(box).kept, versions(box).before, versions(box).back], ["no", "1.10.0", "nothing"]);
  assert.equal(box.read("data/before-update/sonodesk.sqlite"), undefined, "of the same schema none is needed");
  box.write("store/sonodesk.sqlite", "told since");
  Deno.removeSync(`${box.folder}/run`, { recursive: true });
  assert.equal(await box.does("trial", "begin"), 0);
  assert.equal(box.read("store/sonodesk.sqlite"), "told since");
  assert.deepEqual(box.did, []);
  assert.equal(versions(box).kept, "no", "it still asks");

  await asks(box, "do=keep\nby=Anil\n");
  assert.equal(box.said.state, "kept");
  assert.deepEqual([versions(box).kept, versions(box).back], ["yes", "nothing"], "there is still a way back");
  assert.deepEqual(happened(box), ["works 1.11.0", "kept 1.11.0 Anil"]);
  await asks(box, "do=keep\nby=Anil\n");
  assert.equal(happened(box).length, 2, "once");
});

test("An update is kept by itself after a day of work, hours without power not counted", async () => {
  using box = await updated(41);
  for (let hour = 0; hour < 23; hour++) {
    await box.does("versions", "hour");
    if (hour === 10) await box.does("trial", "begin"); // switched off over night
  }
  assert.deepEqual([versions(box).kept, versions(box).back], ["no", "store"]);
  await box.does("versions", "hour");
  assert.deepEqual([versions(box).kept, versions(box).back], ["yes", "gone"]);
  assert.equal(box.read("data/store-before/sonodesk.sqlite"), undefined);
  assert.equal(happened(box).at(-1), "kept 1.11.0");
  await box.does("versions", "hour");
  assert.equal(happened(box).length, 2);
});

test("Back to the version before, with a store that it reads: the other root boots, and nothing is lost", async () => {
  using box = await updated(40);
  box.write("store/sonodesk.sqlite", "told since");
  await asks(box, "do=back\nloses=store\nby=Anil\n");
  assert.deepEqual(box.did, [], "not as it was offered");
  await asks(box, "do=back\nloses=nothing\nby=Anil\n");
  assert.deepEqual(box.did, ["primary a", "restart"]);
  assert.equal(box.said.state, "restarting");
  becomes(box, "a", "1.10.0", 40);
  box.boots("a", { onTrial: true });
  await box.does("trial", "begin");
  await box.does("trial", "end");
  assert.equal(box.read("store/sonodesk.sqlite"), "told since");
  assert.equal(box.said.state, "kept", "somebody has chosen it: nobody is asked again");
  assert.deepEqual([versions(box).kept, versions(box).before, versions(box).back], ["yes", "1.11.0", "nothing"]);
  assert.deepEqual(happened(box), ["works 1.11.0", "asked-back 1.10.0 Anil", "back 1.10.0"]);
});

test("Back to a version that is not well: the one that ran comes again, with what it was told", async () => {
  using box = await updated(41);
  box.write("store/sonodesk.sqlite", "told since");
  await asks(box, "do=back\nloses=store\nby=Anil\n");
  becomes(box, "a", "1.10.0", 40);
  box.boots("a", { onTrial: true });
  await box.does("trial", "begin");
  assert.equal(box.read("store/sonodesk.sqlite"), "as it was");
  box.write("store/sonodesk.sqlite", "of the trial");
  becomes(box, "b", "1.11.0", 41);
  await box.does("trial", "begin");
  assert.equal(box.said.state, "failed");
  assert.equal(box.read("store/sonodesk.sqlite"), "told since");
  assert.deepEqual([versions(box).kept, versions(box).back], ["no", "store"], "it can be asked for again");
  assert.deepEqual(happened(box), ["works 1.11.0", "asked-back 1.10.0 Anil", "failed 1.10.0"]);
  box.did;
  await asks(box, "do=back\nloses=store\nby=Anil\n");
  assert.deepEqual(box.did, ["primary a", "restart"]);
});

test("Back to a version that cannot read today's store: the one from before the update comes, today's is kept aside", async () => {
  using box = await updated(41);
  const { back, storeFrom } = versions(box);
  assert.equal(back, "store");
  assert.ok(Math.abs(Number(storeFrom) - Date.now() / 1000) < 600, String(storeFrom));
  box.write("store/sonodesk.sqlite", "told since");
  box.write("store/sonodesk.sqlite-wal", "of what was told since");
  await asks(box, "do=back\nloses=nothing\nby=Anil\n");
  assert.deepEqual(box.did, [], "it would lose what was done since");
  await asks(box, "do=back\nloses=store\nby=Anil\n");
  assert.deepEqual(box.did, ["primary a", "restart"]);
  assert.equal(box.read("store/sonodesk.sqlite"), "told since", "not while it is in use");

  becomes(box, "a", "1.10.0", 40);
  box.boots("a", { onTrial: true });
  await box.does("trial", "begin");
  assert.equal(box.read("store/sonodesk.sqlite"), "as it was");
  assert.equal(box.read("store/sonodesk.sqlite-wal"), "its log");
  await box.does("trial", "end");
  assert.equal(box.said.state, "kept");
  assert.equal(box.read("data/store-before/sonodesk.sqlite"), undefined);
  const [aside] = [...Deno.readDirSync(`${box.store}/aside`)];
  assert.equal(box.read(`store/aside/${aside!.name}/sonodesk.sqlite`), "told since");
  assert.equal(box.read(`store/aside/${aside!.name}/sonodesk.sqlite-wal`), "of what was told since");
  assert.equal(versions(box).back, "nothing", "the newer version brings this store on again");
});

test("A version whose kernel does not start is gone back from by the boot loader, and that is said", async () => {
  using box = await updated(41);
  box.write("store/sonodesk.sqlite", "told since");
  await asks(box, "do=back\nloses=store\nby=Anil\n");
  box.boots("b");
  await box.does("trial", "begin");
  assert.equal(box.said.state, "failed");
  assert.deepEqual(box.said.coded, { code: "update-not-started", parameters: {} });
  assert.equal(box.read("store/sonodesk.sqlite"), "told since");
  assert.equal(box.read("data/store-before/wanted"), undefined);
  assert.deepEqual([versions(box).kept, versions(box).back], ["no", "store"]);
  assert.equal(happened(box).at(-1), "failed 1.10.0 It did not start");
  await box.does("trial", "begin");
  assert.equal(happened(box).length, 3, "said once");
});

test("A power cut while the older store is put into its place: the same start finishes it", async () => {
  using box = await updated(41);
  await asks(box, "do=back\nloses=store\nby=Anil\n");
  becomes(box, "a", "1.10.0", 40);
  box.boots("a", { onTrial: true });
  await box.does("trial", "begin");
  // cut before its log was there
  Deno.writeTextFileSync(`${box.data}/store-before/wanted`, "");
  Deno.removeSync(`${box.store}/sonodesk.sqlite-wal`);
  await box.does("trial", "begin");
  assert.equal(box.read("store/sonodesk.sqlite-wal"), "its log");
  assert.equal(box.read("data/before-update/sonodesk.sqlite"), "brought on by the update", "the way back from this");
});

test("There is a way back until the next update is written, and no longer; a refused one changes nothing", async () => {
  using box = await updated(41);
  box.write("state/manifest", MANIFEST.replace("1.11.0", "1.12.0"));
  box.write("state/refuses", "");
  lay(box);
  await box.does("install-update");
  assert.equal(box.said.state, "refused");
  assert.equal(versions(box).back, "store");
  await box.does("versions", "say");
  assert.equal(versions(box).back, "store");
  box.write("state/steps", " 40% Updating slots...\n");
  lay(box);
  await box.does("install-update");
  assert.equal(box.said.state, "failed");
  assert.deepEqual([versions(box).before, versions(box).back], ["", ""]);
  assert.equal(box.read("data/store-before/sonodesk.sqlite"), undefined);
  box.did;
  await asks(box, "do=back\nloses=store\nby=Anil\n");
  assert.deepEqual(box.did, []);
});

test("While a version is on trial nobody keeps it or goes back by hand", async () => {
  using box = await updated(40);
  box.boots("b", { onTrial: true });
  box.did;
  await asks(box, "do=back\nloses=nothing\nby=Anil\n");
  assert.deepEqual(box.did, []);
});

test("A bundle says what it is, and is installed when somebody agrees to this one, or thrown away", async () => {
  using box = new UpdateBox();
  box.write("lib/store-schema", "40\n");
  box.write("state/manifest", MANIFEST);
  lay(box, { ask: true });
  await box.does("install-update");
  const { state, offer } = box.said as { state: string; offer?: Record<string, string> };
  assert.equal(state, "offered");
  const { id, ...rest } = offer!;
  assert.deepEqual(rest, {
    board: "sonodesk-pc",
    version: "1.11.0",
    schema: "41",
    signer: "Our boxes",
    age: "newer",
  });
  assert.deepEqual(box.did, [], "nothing is written");
  await asks(box, "do=install\nid=of another\n");
  assert.deepEqual(box.did, []);
  await asks(box, `do=install\nid=${id}\n`);
  assert.deepEqual(box.did, ["start --no-block sonodesk-update.service"]);
  await asks(box, "do=discard\n");
  await box.does("install-update");
  assert.deepEqual(
    box.did,
    [`rauc install ${box.data}/update/bundle.raucb`, "restart"],
    "it is too late to discard it",
  );

  box.write("state/manifest", MANIFEST.replace("1.11.0", "1.9.9"));
  lay(box, { ask: true });
  await box.does("install-update");
  assert.match(JSON.stringify(box.said), /"age":"older"/, "it is asked about, and not refused");
  await asks(box, "do=discard\n");
  assert.equal(box.said.state, "none");
  assert.equal(box.read("data/update/bundle.raucb"), undefined);
  await asks(box, `do=install\nid=${id}\n`);
  assert.deepEqual(box.did, []);
});

test("A bundle that would be refused is refused before anybody is asked: a stranger's, another board's, an older schema's", async () => {
  using box = new UpdateBox();
  box.write("lib/store-schema", "42\n");
  const outcome = async (manifest: string) => {
    box.write("state/manifest", manifest);
    lay(box, { ask: true });
    await box.does("install-update");
    assert.equal(box.said.state, "refused");
    assert.equal(box.read("data/update/bundle.raucb"), undefined);
    return box.said as { detail: string; coded?: { code: string; parameters: Record<string, string> } };
  };
  const older = await outcome(MANIFEST);
  assert.match(older.detail, /its store has schema 42, and the update knows up to 41/);
  assert.deepEqual(older.coded, { code: "update-older-schema", parameters: { now: "42", schema: "41" } });
  const other = await outcome(MANIFEST.replace("-pc", "-pi"));
  assert.deepEqual(other.coded, {
    code: "update-other-board",
    parameters: { meant: "sonodesk-pi", board: "sonodesk-pc" },
  });
  box.write("state/foreign", "");
  const foreign = await outcome(MANIFEST);
  assert.match(foreign.detail, /signature verification failed/);
  assert.equal(foreign.coded?.code, "update-not-ours");
});
