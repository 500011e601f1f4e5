import * as v from "valibot";
import type { ReplacementState } from "../../backup/box_target.ts";
import { say } from "../../sentences.ts";
import type { ReplacementStatus } from "../contract/box.ts";
import { notFound, Problem } from "../problem.ts";
import { admitNewBox, fileOf, PairBody, servesAgain, stateOf } from "../replacement_requests.ts";
import { file, json, route } from "../route.ts";

/** Whose tries are counted: the new box has no name here. */
const NOBODY = "replacement";

/** Another box in the LAN that is to replace this one: let in by a code that this one shows, it reads all there is. */
export const replacementRoutes = [
  route("GET /api/replacement", {
    who: "admin",
    summary: "Whether another box replaces this one, and how far that is",
    answer: json<ReplacementStatus>(),
    programs: ["fleet"],
  }, ({ replacement }) => replacement.status),

  route("POST /api/replacement/code", {
    who: "admin",
    summary: "Make the code with which another box may replace this one, for half an hour; it is shown this once",
    answer: json<{ code: string }>(),
    outOrIn: true,
  }, ({ replacement, store, by }) => {
    store.audit.add(by, "replacement code made", "box");
    return { code: replacement.makeCode() };
  }),

  route("DELETE /api/replacement", {
    who: "admin",
    summary: "No other box replaces this one any more",
    peopleOnly: true,
  }, async ({ replacement, store, by }) => {
    await replacement.cancel();
    store.audit.add(by, "replacement cancelled", "box");
  }),

  route("POST /api/replacement/session", {
    who: "anyone",
    summary: "The new box shows that it has the code, and gets its token",
    body: PairBody,
    answer: json<{ token: string; proof: string }>(),
  }, async ({ context, replacement, certificates, limits, store, body }) => {
    const { address, secure } = context.env;
    const wait = limits.begin(NOBODY, address);
    if (wait > 0) {
      throw new Problem(429, "Too many tries", say("too-many-rescue-codes", { wait }), {
        headers: { "retry-after": String(wait) },
        more: { retryAfter: wait },
      });
    }
    const paired = await replacement.pair(body.proof, secure ? certificates!.authority : new Uint8Array(), address);
    if (paired === undefined) throw new Problem(403, "Wrong code", say("replacing-wrong-code"));
    limits.succeeded(NOBODY, address);
    store.audit.add("new box", "replacement begun", "box", { address });
    return paired;
  }),

  route("GET /api/replacement/state", {
    who: "anyone",
    summary: "For the new box, with its token: whether this one serves",
    answer: json<ReplacementState>(),
  }, ({ context, replacement }) => stateOf(admitNewBox(context, replacement))),

  route("POST /api/replacement/snapshot", {
    who: "anyone",
    summary: "For the new box: shows this one as it is now",
    answer: json<ReplacementState>(),
  }, async ({ context, replacement }) => {
    await admitNewBox(context, replacement).refresh();
    return stateOf(replacement);
  }),

  route("GET /api/replacement/list", {
    who: "anyone",
    summary: "For the new box: paths of what is shown",
    query: v.object({ below: v.string() }),
    answer: json<string[]>(),
  }, ({ context, replacement, query }) => admitNewBox(context, replacement).list(query.below)),

  route("GET /api/replacement/file", {
    who: "anyone",
    summary: "For the new box: a file of what is shown",
    query: v.object({ path: v.string() }),
    answer: file("application/octet-stream"),
  }, async ({ context, replacement, query }) => await fileOf(admitNewBox(context, replacement), query.path)),

  route("POST /api/replacement/handover", {
    who: "anyone",
    summary: "For the new box: this one ends what is under way and serves nobody any more",
    answer: json<ReplacementState>(),
  }, async ({ context, replacement, store, beginHandover }) => {
    admitNewBox(context, replacement);
    if (beginHandover === undefined) throw notFound(say("no-such-address"));
    store.audit.add("new box", "box handed over", "box", { address: context.env.address });
    await store.durable();
    await beginHandover();
    return { state: "copying" as const };
  }),

  route("POST /api/replacement/taken", {
    who: "anyone",
    summary: "For the new box: it has all. Refused while this one serves",
    answer: json<ReplacementState>(),
  }, ({ context, replacement }) => {
    admitNewBox(context, replacement);
    throw servesAgain();
  }),
];
