import * as v from "valibot";
import { backupFolders, s3Access } from "../../backup/settings.ts";
import { isBucket } from "../../backup/target.ts";
import { ClinicFailure } from "../../clinic/failure.ts";
import { type Steps, tried, tryBucket, tryClinic, tryDisk, tryMail } from "../../operations/links.ts";
import { MailRefused, type MailSettings, mailSettings } from "../../operations/mail.ts";
import { Refused, say, type Sentence } from "../../sentences.ts";
import type { Config } from "../../settings/config.ts";
import type { Finding } from "../contract/box.ts";
import { filledLongString } from "../fields.ts";
import { message } from "../messages.ts";
import type { Parts } from "../parts.ts";
import { conflict, notFound, notUnderstood } from "../problem.ts";
import { json, route } from "../route.ts";

/** Which link: of the clinic's database the address that is set where none is given. */
const LinkBody = v.variant("link", [
  v.object({
    link: v.literal("clinic"),
    url: v.optional(
      v.pipe(v.string(message("field-no-text")), v.maxLength(2000, message("field-too-long", { most: 2000 }))),
    ),
  }),
  v.object({ link: v.literal("machine"), id: filledLongString }),
  v.object({ link: v.literal("destination"), id: filledLongString }),
  v.object({ link: v.literal("backup"), folder: filledLongString }),
  v.object({ link: v.literal("mail") }),
], message("field-one-of", { choices: "clinic, machine, destination, backup, mail" }));

type Link = v.InferOutput<typeof LinkBody>;

/** Why a link is down, found by trying it step by step. */
export const linkRoutes = [
  route("POST /api/links/try", {
    who: "admin",
    summary: "Try a link step by step (name, address, port, TLS, login): where it fails, and what to do",
    body: LinkBody,
    answer: json<Finding[]>(),
    outOrIn: true,
  }, async (asked) => await tried(stepsOf(asked.body, asked))),
];

/** @throws Problem where there is no such link */
function stepsOf(link: Link, { store, clinic, settings, tryPeer }: Parts): Steps {
  switch (link.link) {
    case "clinic":
      try {
        return tryClinic(clinic.addressToTry(link.url || undefined));
      } catch (error) {
        if (error instanceof ClinicFailure) throw conflict(error.told);
        if (error instanceof Refused) throw notUnderstood(error.told);
        throw error;
      }
    case "machine": {
      const machine = store.machines.find(link.id);
      if (!machine) throw notFound(say("no-machine"));
      if (machine.port === null) throw conflict(say("echo-no-address"));
      return tryPeer({ ...machine, port: machine.port });
    }
    case "destination": {
      const destination = store.destinations.find(link.id);
      if (!destination) throw notFound(say("no-destination"));
      return tryPeer(destination);
    }
    case "mail":
      return tryMail(mailOrWhyNot(settings.current));
    case "backup": {
      const { folder } = link;
      if (!backupFolders(settings.current).includes(folder)) throw notFound(say("backup-goes-nowhere"));
      return isBucket(folder) ? tryBucket(folder, s3Access(settings.current)) : tryDisk(folder);
    }
  }
}

/** How mails are sent, or why none can be. @throws Problem where nobody is told by mail */
function mailOrWhyNot(config: Config): MailSettings | Sentence {
  try {
    const settings = mailSettings(config);
    if (settings === undefined) throw conflict(say("mail-to-nobody"));
    return settings;
  } catch (error) {
    if (error instanceof MailRefused && error.sentence) return error.sentence;
    throw error;
  }
}
