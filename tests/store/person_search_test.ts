import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { keysOf } from "../../src/store/person_keys.ts";
import { Store } from "../../src/store/store.ts";
import { randomFrom } from "../support/random.ts";

async function storeWith(people: Record<string, [firstName: string, lastName: string, phone?: string]>) {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-search-" });
  const path = `${folder}/sonodesk.db`;
  const store = new Store(path);
  store.transaction(() => {
    for (const [id, [firstName, lastName, phone = ""]] of Object.entries(people)) {
      store.patients.save({ id, firstName, lastName, phone, birthDate: null, gender: "" }, "box");
    }
  });
  return {
    ...{ store, path },
    ids: (text: string) => store.personSearch.find(text, 20).map(({ person }) => person.id),
    async [Symbol.asyncDispose]() {
      store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("Search: a name is found in any script and spelling, whoever wrote it", async (t) => {
  await using at = await storeWith({
    khan: ["Irfan", "ख़ान"],
    "one": ["रा\u200dम", "Das"],
    "two": ["क\u200c्षमा", "Das"],
    lukasz: ["Łukasz", "Nowak"],
    soren: ["Søren", "Kierkegaard"],
    strauss: ["Anna", "Strauß"],
    yildiz: ["Işık", "Yıldız"],
    oconnor: ["Maeve", "O’Connor"],
    muller: ["Jürgen", "Müller"],
    desouza: ["Ana", "De Souza"],
    choudhary: ["Amit", "Chowdhury"],
    lakshmi: ["लक्ष्मी", "Iyer"],
    mohammed: ["Mohammed", "Zakir"],
  });
  const found: [text: string, id: string][] = [
    ...[["खान", "khan"], ["ख़ान", "khan"], ["khan", "khan"], ["irfan kh", "khan"], ["kahn", "khan"]],
    ...[["राम", "one"], ["Ram", "one"], ["क्षमा", "two"], ["kshama", "two"]],
    ...[["lukasz", "lukasz"], ["ŁUKASZ", "lukasz"], ["soren", "soren"], ["Søren", "soren"], ["strauss", "strauss"]],
    ...[["Strauß", "strauss"], ["isik", "yildiz"], ["YILDIZ", "yildiz"], ["yıldız", "yildiz"]],
    ...[["O'Connor", "oconnor"], ["O’Connor", "oconnor"], ["oconnor", "oconnor"], ["o connor", "oconnor"]],
    ...[["connor maeve", "oconnor"], ["Muller", "muller"], ["Mueller", "muller"], ["müller", "muller"]],
    ...[["desouza", "desouza"], ["de souza", "desouza"], ["souza", "desouza"]],
    ...[["चौधरी", "choudhary"], ["chaudhari amit", "choudhary"], ["Laxmi", "lakshmi"], ["ayyar lakshmi", "lakshmi"]],
    ...[["muhammad", "mohammed"], ["मोहम्मद जाकिर", "mohammed"]],
  ] as [string, string][];
  for (const [text, id] of found) await t.step(`${text}`, () => assert.deepEqual(at.ids(text), [id]));
  await t.step("a joiner within a name is none of its letters", () => {
    for (const [text, id] of [["राम", "one"], ["क्षमा", "two"]] as const) {
      assert.deepEqual(at.store.personSearch.find(text, 9).map(({ person, by }) => [person.id, by]), [[id, "name"]]);
    }
    assert.deepEqual(keysOf({ id: "", firstName: "रा\u200dम", lastName: "", phone: "" }).includes("n:ram"), true);
  });
  for (const text of ["xyz", "irfan das", "\u200b", "", "   ", "'", "%", "_", "khanna"]) {
    await t.step(`nobody by "${text}"`, () => assert.deepEqual(at.ids(text), []));
  }
});

Deno.test("Search: a phone number is found with or without what comes before it, in the digits of any script", async (t) => {
  await using at = await storeWith({
    plain: ["A", "One", "9876543210"],
    abroad: ["B", "Two", "+91 91234 56789"],
    trunk: ["C", "Three", "0151 23456789"],
    germany: ["D", "Four", "+49 (171) 555-0123"],
    hindi: ["E", "Five", "+९१ ८८८८८ ११११२"],
  });
  const found: [text: string, id: string][] = [
    ...[["9876543210", "plain"], ["+91 98765 43210", "plain"], ["919876543210", "plain"], ["09876543210", "plain"]],
    ...[["98765 43", "plain"], ["3210", "plain"], ["९८७६५४३२१०", "plain"], ["+919876543210", "plain"]],
    ...[["9123456789", "abroad"], ["+919123456789", "abroad"], ["91234 56789", "abroad"], ["+91 9123", "abroad"]],
    ...[["0151 234", "trunk"], ["+4915123456789", "trunk"], ["0171 5550123", "germany"], ["0123", "germany"]],
    ...[["8888811112", "hindi"], ["one 9876", "plain"]],
  ] as [string, string][];
  for (const [text, id] of found) await t.step(text, () => assert.deepEqual(at.ids(text), [id]));
});

Deno.test("Search: by id, before names, before what only sounds like it; a merged person under both ids", async () => {
  await using at = await storeWith({
    "W261122XZ950001": ["Gita", "Rao"],
    "P-17": ["Meera", "Iyer"],
    "rita": ["Sarma", "Pee"],
    "sharma": ["Sharma", "Pee"],
  });
  assert.deepEqual(at.ids("w261122xz95"), ["W261122XZ950001"]);
  assert.deepEqual(at.ids("p17"), ["P-17"]);
  assert.deepEqual(at.ids("P-17"), ["P-17"]);
  assert.deepEqual(at.store.personSearch.find("sharma", 9).map(({ person, by }) => [person.id, by]), [
    ["sharma", "id"],
    ["rita", "sound"],
  ]);
  at.store.transaction(() => at.store.patients.merge("P-17", "W261122XZ950001"));
  assert.deepEqual(at.ids("p-17"), ["W261122XZ950001"]);
  assert.deepEqual(at.ids("meera"), ["W261122XZ950001"]);
});

Deno.test("Search: who is corrected is found as they are described now; who was here before the search, soon", async () => {
  await using at = await storeWith({ one: ["Pirya", "Sharma", "9876543210"] });
  at.store.patients.save(
    { id: "one", firstName: "Prabha", lastName: "Sharma", phone: "9000000001", birthDate: null, gender: "" },
    "box",
  );
  assert.deepEqual([at.ids("pirya sharma"), at.ids("9876543210")], [[], []]);
  assert.deepEqual([at.ids("prabha"), at.ids("9000000001")], [["one"], ["one"]]);
  const database = new DatabaseSync(at.path);
  database.exec("DELETE FROM person_keys; UPDATE patients SET keys_version = 0");
  database.close();
  assert.deepEqual(at.ids("prabha"), []);
  await at.store.personKeys.keepRest();
  assert.deepEqual(at.ids("prabha"), ["one"]);
});

Deno.test("Search: whatever is typed finds something or nothing, and never fails", async () => {
  await using at = await storeWith({ one: ["Priya", "Sharma", "9876543210"] });
  const random = randomFrom("SONODESK_SEARCH_SEED");
  for (let n = 0; n < 500; n++) {
    const letters = Array.from(
      { length: 1 + random.below(30) },
      () => String.fromCodePoint(random.below(4) === 0 ? random.below(0x1ffff) : 32 + random.below(95)),
    );
    at.ids(letters.join(""));
  }
});

Deno.test("Search: a country's code before a phone number has one digit, two or three (ITU-T E.164)", () => {
  for (
    const [code, own] of [
      ["1", "2025550143"], // North America
      ["7", "9161234567"], // Russia
      ["44", "7700900123"], // United Kingdom
      ["65", "61234567"], // Singapore
      ["94", "712345678"], // Sri Lanka
      ["353", "851234567"], // Ireland
      ["880", "1712345678"], // Bangladesh
      ["971", "501234567"], // United Arab Emirates
      ["977", "984123456"], // Nepal
    ] as const
  ) {
    for (const phone of [`+${code} ${own}`, `00${code}${own}`]) {
      const keys = keysOf({ id: "", firstName: "", lastName: "", phone }).filter((key) => key.startsWith("p:"));
      assert.deepEqual(new Set(keys), new Set([`p:${code}${own}`, `p:${own}`, `p:${(code + own).slice(-10)}`]), phone);
    }
  }
});
