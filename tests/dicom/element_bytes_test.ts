import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { editedSequence, elementBytes, itemBytes } from "../../src/dicom/element_bytes.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";

const CONTENT_SEQUENCE = 0x0040a730;
const PATIENT_NAME = 0x00100010;

Deno.test("An item of very many elements is written anew with one of them changed, and the others as they are", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const others = Array.from(
    { length: 140_000 },
    (_, n) =>
      elementBytes(
        0x00110010 + (n % 0xf000) + 0x20000 * Math.floor(n / 0xf000),
        "SH",
        text("as it is"),
        EXPLICIT_LITTLE_ENDIAN,
      ),
  );
  const item = (name: string) =>
    itemBytes(
      Buffer.concat([elementBytes(PATIENT_NAME, "PN", text(name), EXPLICIT_LITTLE_ENDIAN), ...others]),
      EXPLICIT_LITTLE_ENDIAN,
    );
  const sequence = (name: string) => elementBytes(CONTENT_SEQUENCE, "SQ", item(name), EXPLICIT_LITTLE_ENDIAN);
  const edited = editedSequence(
    sequence("Rao^Asha"),
    EXPLICIT_LITTLE_ENDIAN,
    () => "UN",
    [],
    ({ tag }) => tag === PATIENT_NAME ? text("Sharma^Priya") : undefined,
  );
  assert.ok(Buffer.from(edited!).equals(sequence("Sharma^Priya")));
});
