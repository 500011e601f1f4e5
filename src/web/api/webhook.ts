import { newWebhookSecret, WEBHOOK_SECRET } from "../../clinic/webhook.ts";
import { say, type Told } from "../../sentences.ts";
import type { ClinicWebhook } from "../contract/box.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import { json, route } from "../route.ts";

/** Messages on the page. */
const SHOWN = 50;

function whole({ webhook, store }: Pick<Parts, "webhook" | "store">): ClinicWebhook {
  return { ...webhook.status(), messages: store.webhookMessages.latest(SHOWN) };
}

/** The clinic's program that is told over HTTP what has happened; its address is a setting. */
export const webhookRoutes = [
  route("GET /api/clinic/webhook", {
    who: "admin",
    summary: "How telling the clinic's program goes, and what it was told last",
    answer: json<ClinicWebhook>(),
    programs: ["fleet"],
  }, (parts) => whole(parts)),

  route("POST /api/clinic/webhook/secret", {
    who: "admin",
    summary: "Make a new secret, which is shown this once; the one before holds no longer",
    answer: json<{ secret: string }>(),
    outOrIn: true,
  }, ({ settings, store, by }) => {
    const secret = newWebhookSecret();
    store.transaction(() => {
      settings.change(WEBHOOK_SECRET, secret);
      store.audit.add(by, "webhook secret made", "clinic program");
    });
    return { secret };
  }),

  route("POST /api/clinic/webhook/test", {
    who: "admin",
    summary: "Send the clinic's program a message of type test",
    answer: json<{ ok: boolean } & Told>(),
    programs: ["fleet"],
  }, async ({ webhook }) => await webhook.test()),

  route("POST /api/clinic/webhook/messages/:id/again", {
    who: "admin",
    summary: "Send a message again that was given up",
    answer: json<ClinicWebhook>(),
    programs: ["fleet"],
  }, (parts) => {
    const { webhook, store, params: { id }, by } = parts;
    if (!webhook.again(id)) throw notFound(say("webhook-not-given-up"));
    store.audit.add(by, "webhook message sent again", "clinic program", { id });
    return whole(parts);
  }),
];
