import { say } from "../../sentences.ts";
import { Problem } from "../problem.ts";
import { file, route } from "../route.ts";

/** Live events (server-sent events), for as long as the sign-in lasts. */
export const eventRoutes = [
  route("GET /api/events", {
    who: "signed in",
    summary: "Live events (server-sent events)",
    answer: file("text/event-stream"),
    programs: ["bookings", "images", "fleet"],
  }, ({ context, signIns, events }) => {
    const signedIn = context.get("signedIn")!;
    const listener = {
      session: signedIn.tokenHash,
      user: signedIn.program ? `token ${signedIn.program.id}` : signedIn.user.id,
      address: context.env.address,
    };
    const stream = events.open(listener, () => signIns.isStill(signedIn));
    if (stream === "all") {
      throw new Problem(503, "Too many pages", say("too-many-pages"), {
        headers: { "retry-after": "10" },
      });
    }
    if (stream === "user" || stream === "address") {
      throw new Problem(429, "Too many pages", say(`too-many-pages-of-${stream}`), {
        headers: { "retry-after": "10" },
      });
    }
    // no-transform: compressed, events would wait in the compressor
    return context.body(stream, 200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
    });
  }),
];
