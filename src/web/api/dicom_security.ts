import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import { UnusableCertificates } from "../../certificates/dicom_tls.ts";
import type { DicomAccount } from "../../store/dicom_accounts.ts";
import { filledLine } from "../fields.ts";
import { hashPassword } from "../password.ts";
import { conflict, notFound, notUnderstood, wrongField } from "../problem.ts";
import { json, route } from "../route.ts";
import type { DicomAccount as AccountAnswer, DicomTlsInfo } from "../contract/box.ts";

const AuthoritiesBody = v.object({
  pem: v.nullable(
    v.pipe(
      v.string(message("field-no-text")),
      v.maxLength(60_000, message("field-too-long", { most: 60_000 })),
      // a key here would be a secret given away, and is never needed
      v.check((text) => !/PRIVATE KEY/.test(text), message("field-no-key")),
    ),
  ),
});

const NewAccountBody = v.object({
  username: filledLine(64),
  passcode: v.optional(
    v.pipe(v.string(message("field-no-text")), v.maxLength(64, message("field-too-long", { most: 64 }))),
    "",
  ),
});

/** How machines and archives prove who they are: TLS with its certificates, and accounts of user identity. */
export const dicomSecurityRoutes = [
  route("GET /api/dicom-tls", {
    who: "admin",
    summary: "DICOM over TLS: port, certificate, and who certifies peers",
    answer: json<DicomTlsInfo>(),
    programs: ["fleet"],
  }, async ({ dicomTls }) => await dicomTls.info()),

  route("PUT /api/dicom-tls/authorities", {
    who: "admin",
    summary: "Who certifies peers, as PEM; null for nobody",
    body: AuthoritiesBody,
    answer: json<DicomTlsInfo>(),
    outOrIn: true,
  }, async ({ store, dicomTls, body: { pem }, by }) => {
    const before = (await dicomTls.info()).authorities.map(({ fingerprint }) => fingerprint);
    try {
      await dicomTls.keepAuthorities(pem);
    } catch (error) {
      if (error instanceof UnusableCertificates) {
        throw notUnderstood(say("unusable-certificates", { why: error.message }), {
          fields: [wrongField("pem", error.message)],
        });
      }
      throw error;
    }
    const info = await dicomTls.info();
    const after = info.authorities.map(({ fingerprint }) => fingerprint);
    store.audit.add(by, "DICOM authorities changed", "settings", { before, after });
    return info;
  }),

  route("GET /api/dicom-accounts", {
    who: "admin",
    summary: "Accounts with which machines prove who they are",
    answer: json<AccountAnswer[]>(),
  }, ({ store }) => store.dicomAccounts.all().map(shown)),

  route("POST /api/dicom-accounts", {
    who: "admin",
    summary: "Add an account; without a passcode its name is enough",
    body: NewAccountBody,
    answer: json<AccountAnswer>(),
    status: 201,
    outOrIn: true,
  }, async ({ store, body: { username, passcode }, by }) => {
    const hash = passcode === "" ? null : await hashPassword(passcode);
    const account = store.transaction(() => {
      if (store.dicomAccounts.findByUsername(username)) {
        throw conflict(say("account-name-taken"));
      }
      const added = store.dicomAccounts.add(username, hash);
      store.audit.add(by, "DICOM account added", `account ${added.id}`, { username });
      return added;
    });
    return shown(account);
  }),

  route(
    "DELETE /api/dicom-accounts/:id",
    { who: "admin", summary: "Remove an account", peopleOnly: true },
    ({ store, params, by }) => {
      const account = store.dicomAccounts.find(params.id);
      if (!account) throw notFound(say("no-account"));
      store.transaction(() => {
        store.dicomAccounts.remove(account.id);
        store.audit.add(by, "DICOM account removed", `account ${account.id}`, {
          username: account.username,
        });
      });
    },
  ),
];

function shown({ id, username, passcodeHash }: DicomAccount): AccountAnswer {
  return { id, username, hasPasscode: passcodeHash !== null };
}
