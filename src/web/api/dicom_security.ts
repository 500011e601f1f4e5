import * as v from "valibot";
import { UnusableCertificates } from "../../certificates/dicom_tls.ts";
import type { DicomAccount } from "../../store/dicom_accounts.ts";
import { readJson } from "../body.ts";
import { filledLine } from "../fields.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { hashPassword } from "../password.ts";
import { conflict, notFound, notUnderstood } from "../problem.ts";
import type { DicomAccount as AccountAnswer, DicomTlsInfo } from "../contract/box.ts";

export const AuthoritiesBody = v.object({
  pem: v.nullable(
    v.pipe(
      v.string("must be text"),
      v.maxLength(60_000, "must be at most 60,000 characters long"),
      // a key here would be a secret given away, and is never needed
      v.check((text) => !/PRIVATE KEY/.test(text), "must be certificates only, without any key"),
    ),
  ),
});

export const NewAccountBody = v.object({
  username: filledLine(64),
  passcode: v.optional(v.pipe(v.string("must be text"), v.maxLength(64, "must be at most 64 characters long")), ""),
});

/** How machines and archives prove who they are: TLS with its certificates, and accounts of user identity. */
export function dicomSecurityRoutes({ store, dicomTls }: Parts): Routes<
  | "GET /api/dicom-tls"
  | "PUT /api/dicom-tls/authorities"
  | "GET /api/dicom-accounts"
  | "POST /api/dicom-accounts"
  | "DELETE /api/dicom-accounts/:id"
> {
  return {
    "GET /api/dicom-tls": async (context) =>
      context.json(await dicomTls.info() satisfies DicomTlsInfo, 200, { "cache-control": "no-store" }),

    "PUT /api/dicom-tls/authorities": async (context) => {
      const { pem } = await readJson(context.req.raw, AuthoritiesBody);
      const before = (await dicomTls.info()).authorities.map(({ fingerprint }) => fingerprint);
      try {
        await dicomTls.keepAuthorities(pem);
      } catch (error) {
        if (error instanceof UnusableCertificates) {
          throw notUnderstood(`Cannot keep the certificates: ${error.message}`, {
            fields: [{ field: "pem", problem: error.message }],
          });
        }
        throw error;
      }
      const info = await dicomTls.info();
      const after = info.authorities.map(({ fingerprint }) => fingerprint);
      store.audit.add(userOf(context).username, "DICOM authorities changed", "settings", { before, after });
      return context.json(info satisfies DicomTlsInfo);
    },

    "GET /api/dicom-accounts": (context) =>
      context.json(store.dicomAccounts.all().map(shown), 200, { "cache-control": "no-store" }),

    "POST /api/dicom-accounts": async (context) => {
      const { username, passcode } = await readJson(context.req.raw, NewAccountBody);
      const hash = passcode === "" ? null : await hashPassword(passcode);
      const account = store.transaction(() => {
        if (store.dicomAccounts.findByUsername(username)) {
          throw conflict("Cannot add the account: there is one with this name, choose another");
        }
        const added = store.dicomAccounts.add(username, hash);
        store.audit.add(userOf(context).username, "DICOM account added", `account ${added.id}`, { username });
        return added;
      });
      return context.json(shown(account), 201);
    },

    "DELETE /api/dicom-accounts/:id": (context) => {
      const account = store.dicomAccounts.find(context.req.param("id") ?? "");
      if (!account) throw notFound("Cannot remove the account: there is none with this id");
      store.transaction(() => {
        store.dicomAccounts.remove(account.id);
        store.audit.add(userOf(context).username, "DICOM account removed", `account ${account.id}`, {
          username: account.username,
        });
      });
      return context.body(null, 204);
    },
  };
}

function shown({ id, username, passcodeHash }: DicomAccount): AccountAnswer {
  return { id, username, hasPasscode: passcodeHash !== null };
}
