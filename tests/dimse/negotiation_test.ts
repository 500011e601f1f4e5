import assert from "node:assert/strict";
import { agreeOn, negotiate } from "../../src/dimse/negotiation.ts";
import { APPLICATION_CONTEXT, ownUserInformation, type ProposedContext } from "../../src/dimse/pdu.ts";
import type { Service } from "../../src/dimse/service.ts";
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";

const [IMPLICIT, EXPLICIT] = [IMPLICIT_LITTLE_ENDIAN.uid, EXPLICIT_LITTLE_ENDIAN.uid];

/** A service of one abstract syntax that takes explicit little endian only. */
function serviceOf(known: string, more: Partial<Service> = {}): Service {
  return {
    accept: (abstractSyntax, proposed) =>
      abstractSyntax !== known
        ? "abstract syntax"
        : proposed.includes(EXPLICIT)
        ? EXPLICIT_LITTLE_ENDIAN
        : "transfer syntaxes",
    serve: () => Promise.resolve(),
    ...more,
  };
}

function proposed(id: number, abstractSyntax: string, ...transferSyntaxes: string[]): ProposedContext {
  return { id, abstractSyntax, transferSyntaxes };
}

Deno.test("negotiation: each context is answered for itself, with the reason where it is refused", () => {
  const { answers, served } = negotiate([
    proposed(1, "1.2.3", IMPLICIT, EXPLICIT),
    proposed(3, "1.2.3", IMPLICIT),
    proposed(5, "9.9.9", EXPLICIT),
    proposed(4, "1.2.3", EXPLICIT),
    proposed(1, "1.2.3", EXPLICIT),
    proposed(7, "1.2.3"),
  ], [serviceOf("1.2.3")]);
  assert.deepEqual(answers.map(({ id, result }) => [id, result]), [
    ...[[1, 0], [3, 4], [5, 3], [4, 2], [1, 2], [7, 4]],
  ]);
  assert.equal(answers[0]!.transferSyntax, EXPLICIT);
  assert.deepEqual([...served.keys()], [1]);
});

Deno.test("negotiation: the first service that knows both syntaxes serves", () => {
  const [first, second] = [serviceOf("1.2.3"), serviceOf("1.2.3")];
  const { served } = negotiate([proposed(1, "1.2.3", EXPLICIT)], [serviceOf("4.5.6"), first, second]);
  assert.equal(served.get(1)!.service, first);
});

Deno.test("negotiation: roles and what a service adds are answered only where one is known", () => {
  const service = serviceOf("1.2.3", {
    roles: ({ sopClassUid }) => ({ sopClassUid, scu: true, scp: false }),
    extend: (_abstractSyntax, proposed) => proposed.map((byte) => byte & 1),
  });
  const user = {
    ...ownUserInformation(16384, [
      { sopClassUid: "1.2.3", scu: true, scp: true },
      { sopClassUid: "9.9.9", scu: true, scp: true },
    ]),
    extended: new Map([["1.2.3", Uint8Array.of(1, 2, 3)], ["9.9.9", Uint8Array.of(1)]]),
    userIdentity: { type: 1, responseRequested: true, primary: new Uint8Array(1), secondary: new Uint8Array(0) },
  };
  const request = {
    ...{ calledAeTitle: "BOX", callingAeTitle: "US1", applicationContext: APPLICATION_CONTEXT, user },
    contexts: [proposed(1, "1.2.3", EXPLICIT), proposed(3, "9.9.9", EXPLICIT)],
  };
  const { accept } = agreeOn(request, [service], 131072, true);
  assert.deepEqual(accept.user.roles, [{ sopClassUid: "1.2.3", scu: true, scp: false }]);
  assert.deepEqual([...accept.user.extended], [["1.2.3", Uint8Array.of(1, 0, 1)]]);
  assert.equal(accept.user.maxPduLength, 131072);
  assert.equal(accept.user.identityVerified, true);
  assert.equal(agreeOn(request, [service], 131072, false).accept.user.identityVerified, false);
});
