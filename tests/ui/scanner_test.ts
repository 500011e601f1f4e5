import assert from "node:assert/strict";
import { personOnCard } from "../../ui/kiosk/scanner.ts";
import { latinDigits } from "../../ui/shared/typed_date.ts";

Deno.test("ABHA: the card and the PHR app name a person in two shapes", () => {
  const card = {
    ...{ hidn: "91-1234-5678-9012", hid: "asha@abdm", name: "Asha Meera Rao", gender: "F", dob: "7/5/1990" },
    ...{ "state name": "KERALA", mobile: "9876543210" },
  };
  assert.deepEqual(personOnCard(JSON.stringify(card)), {
    ...{ firstName: "Asha Meera", lastName: "Rao", birthDate: "07/05/1990", birthYear: "" },
    ...{ gender: "Female", phone: "9876543210" },
  });
  const app = { hidn: "-", phr: "joseph@abdm", name: "Joseph", gender: "M", dob: "1971" };
  assert.deepEqual(personOnCard(JSON.stringify(app)), {
    ...{ firstName: "", lastName: "Joseph", birthDate: "", birthYear: "1971", gender: "Male", phone: "" },
  });
});

Deno.test("ABHA: any other code is none", () => {
  for (const code of ["P-20417", "", "{", "null", "[]", "12", '{"name":"Asha"}', '{"hidn":"1","name":7e999}']) {
    const found = personOnCard(code);
    assert.ok(found === undefined || found.lastName !== "", code);
  }
  assert.equal(personOnCard('{"name":"Asha"}'), undefined, "another JSON");
});

Deno.test("Digits of any script are 0 to 9", () => {
  for (const digits of ["०१२३४५६७८९", "٠١٢٣٤٥٦٧٨٩", "০১২৩৪৫৬৭৮৯", "௦௧௨௩௪௫௬௭௮௯", "０１２３４５６７８９", "0123456789"]) {
    assert.equal(latinDigits(digits), "0123456789");
  }
  assert.equal(latinDigits("आयु ४५"), "आयु 45");
});
