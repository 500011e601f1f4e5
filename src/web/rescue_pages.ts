import { randomBytes } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import * as v from "valibot";
import { Refused, say } from "../sentences.ts";
import { VERSION } from "../version.ts";
import { readJson } from "./body.ts";
import { choice, filledLine, line } from "./fields.ts";
import type { HealthReport } from "../operations/health_report.ts";
import { LoginLimits } from "./login_limits.ts";
import type { WebContext, WebEnv } from "./context.ts";
import { conflict, Problem, wrongField } from "./problem.ts";
import { isFromThisBox, sameOriginWrites, securityHeaders } from "./security.ts";
import { ScreenCode } from "./setup_code.ts";
import { serveFile } from "./static_files.ts";
import type { BackupTarget } from "../rescue/ways_back.ts";
import { backupsOnDisks, snapshotsInBackup, WAYS } from "../rescue/ways_back.ts";
import { admitNewBox, fileOf, servesAgain, stateOf } from "./replacement_requests.ts";
import type { Replacement } from "../rescue/replacement.ts";
import type { RescueDesk } from "../rescue/desk.ts";
import type { BackupSnapshot, KnownBackup, Rescue } from "./contract/rescue.ts";

const log = getLogger(["sonodesk", "rescue"]);

/** Of who has given a code from the box's own screen: the rescue's, or that of the first start. */
export const RESCUE_COOKIE = "sonodesk_rescue";
/** Whose tries of the code are counted. */
const NOBODY = "rescue";
/** Who has given the code at once, at most: the latest. */
const MOST_SESSIONS = 10;

/** Who has given the code from the box's screen, over all tries to start the box. */
export class RescueSessions {
  /** Shown on the box's screen. */
  readonly code = new ScreenCode();
  /** For who guesses it. */
  readonly limits = new LoginLimits();
  readonly #tokens = new Set<string>();

  /**
   * Somebody gave the code.
   *
   * @returns the token for the cookie
   */
  begin(): string {
    const token = randomBytes(32).toString("base64url");
    this.#tokens.add(token);
    if (this.#tokens.size > MOST_SESSIONS) this.#tokens.delete(this.#tokens.values().next().value!);
    return token;
  }

  /** Whether a token is of somebody who did. */
  has(token: string | undefined): boolean {
    return token !== undefined && this.#tokens.has(token);
  }
}

/** What the pages of a rescue need. */
export interface RescuePagesOptions {
  /** That does what is chosen. */
  desk: RescueDesk;
  /** Of who gave the code. */
  sessions: RescueSessions;
  /** ISO 8601. */
  since: Date;
  /** The clinic's name and language, and where its backup goes, as far as they can still be read. */
  name: string;
  /** Of the pages; "" for the browser's. */
  language: string;
  /** That the settings name; undefined for none. */
  backup: BackupTarget | undefined;
  /** The certificate of the box's own authority, where it speaks HTTPS. */
  authority: Uint8Array<ArrayBuffer> | undefined;
  /** Another box that takes the place of this one, where it is about that; and what is done once it has. */
  replacement?: Replacement | undefined;
  /** Done once that has all. */
  onTaken?: () => void;
}

export const CodeBody = v.object({ code: filledLine(20) });

const backup = v.object({
  folder: filledLine(1000),
  passphrase: v.optional(line(1000)),
  s3: v.optional(v.object({
    endpoint: filledLine(1000),
    region: v.optional(line(100), "us-east-1"),
    accessKeyId: filledLine(1000),
    secretAccessKey: filledLine(1000),
  })),
});
export const BackupBody = v.object({ backup });

const ways = [...new Set(Object.values(WAYS).flat())];
export const ChoiceBody = v.object({
  way: choice(ways),
  snapshot: v.optional(filledLine(200)),
  backup: v.optional(backup),
  box: v.optional(v.object({ address: filledLine(200), code: filledLine(40) })),
});

/** The pages and the API of a box that cannot work with its data folder. Without any store, and so without any patient. */
export function rescuePages(options: RescuePagesOptions): Hono<WebEnv> {
  const { desk, sessions, since, name, language, authority } = options;
  const { code, limits } = sessions;
  const app = new Hono<WebEnv>();
  app.use(securityHeaders);
  app.use(sameOriginWrites);

  for (const page of ["/", "/settings", "/print", "/room/:room"]) {
    app.get(page, (context) => serveFile("rescue/index.html", context.req.raw));
  }
  for (const files of ["/rescue/*", "/shared/*", "/vendor/*"]) {
    app.get(files, (context) => serveFile(context.req.path.slice(1), context.req.raw));
  }
  app.get("/favicon.ico", (context) => serveFile("shared/mark.svg", context.req.raw));
  app.get("/certificate.crt", (context) => {
    if (authority === undefined) throw notNow();
    const type = { "content-type": "application/x-x509-ca-cert" };
    return context.body(authority, 200, { ...type, "content-disposition": 'attachment; filename="sonodesk.crt"' });
  });
  app.get("/healthz", (context) => context.json(health(desk, since), 503, { "cache-control": "no-store" }));

  app.get("/api/rescue", (context) => {
    const here = isFromThisBox(context) ? { code: code.code } : {};
    const common = { name, language, version: VERSION, ...here };
    const { trouble: { cause, ...why }, ...state } = desk.state;
    // what the system said, and where things are, is for who has the code
    const own = isIn(context)
      ? { ...state, ...why, backup: shown(options.backup), signedIn: true as const }
      : { work: state.work, signedIn: false as const };
    return context.json({ ...common, cause, ...own } satisfies Rescue, 200, { "cache-control": "no-store" });
  });

  app.post("/api/rescue/session", async (context) => {
    const body = await readJson(context.req.raw, CodeBody);
    const { address, secure } = context.env;
    const wait = limits.begin(NOBODY, address);
    if (wait > 0) {
      throw new Problem(429, "Too many tries", say("too-many-rescue-codes", { wait }), {
        headers: { "retry-after": String(wait) },
        more: { retryAfter: wait },
      });
    }
    if (!code.fits(body.code)) {
      throw new Problem(
        403,
        "Wrong code",
        say("wrong-rescue-code"),
        {
          more: { fields: [wrongField("code", "is not the one on the box's screen")] },
        },
      );
    }
    limits.succeeded(NOBODY, address);
    setCookie(context, RESCUE_COOKIE, sessions.begin(), { httpOnly: true, sameSite: "Strict", path: "/", secure });
    log.info("somebody with the code from the box's screen came in from {address}", { address });
    return context.body(null, 204);
  });

  app.get("/api/rescue/disks", (context) => {
    admit(context);
    return context.json(backupsOnDisks() satisfies string[], 200, { "cache-control": "no-store" });
  });

  app.post("/api/rescue/backup", async (context) => {
    admit(context);
    const { backup } = await readJson(context.req.raw, BackupBody);
    try {
      return context.json(await snapshotsInBackup(withKnown(backup)) satisfies BackupSnapshot[], 200, {
        "cache-control": "no-store",
      });
    } catch (error) {
      throw conflict(error instanceof Refused ? error.told : error instanceof Error ? error.message : String(error));
    }
  });

  app.post("/api/rescue/choice", async (context) => {
    admit(context);
    const choice = await readJson(context.req.raw, ChoiceBody);
    const whole = { ...choice, ...(choice.backup && { backup: withKnown(choice.backup) }) };
    if (!desk.choose(whole)) {
      throw conflict(say("rescue-not-now"));
    }
    return context.json(desk.state, 202);
  });

  if (options.replacement) serveNewBox(app, options.replacement, options.onTaken ?? (() => {}));
  app.all("*", () => {
    throw notNow();
  });
  app.onError((error) => {
    if (error instanceof Problem) return error.response();
    log.error("a request to the rescue pages failed: {error}", { error: error.stack });
    return new Problem(500, "The box failed", say("box-failed"))
      .response();
  });
  return app;

  function isIn(context: WebContext): boolean {
    return sessions.has(getCookie(context, RESCUE_COOKIE));
  }

  /** @throws Problem 401 */
  function admit(context: WebContext): void {
    if (!isIn(context)) {
      throw new Problem(401, "Code first", say("rescue-code-first"));
    }
  }

  /** A backup as somebody names it, with what the box knows of how to get into the same place. */
  function withKnown(given: BackupTarget): BackupTarget {
    const known = options.backup?.folder === given.folder ? options.backup : undefined;
    return { folder: given.folder, passphrase: given.passphrase || known?.passphrase, s3: given.s3 ?? known?.s3 };
  }
}

/** What the box that takes the place of this one asks, as it does of a box that serves. */
function serveNewBox(app: Hono<WebEnv>, replacement: Replacement, onTaken: () => void): void {
  const state = () => stateOf(replacement);
  app.get("/api/replacement/state", (context) => {
    admitNewBox(context, replacement);
    return context.json(state());
  });
  app.post("/api/replacement/snapshot", async (context) => {
    await admitNewBox(context, replacement).refresh();
    return context.json(state());
  });
  app.get(
    "/api/replacement/list",
    (context) => context.json(admitNewBox(context, replacement).list(context.req.query("below") ?? "")),
  );
  app.get(
    "/api/replacement/file",
    async (context) => await fileOf(admitNewBox(context, replacement), context.req.query("path") ?? ""),
  );
  app.post("/api/replacement/handover", (context) => {
    admitNewBox(context, replacement);
    return context.json(state());
  });
  app.post("/api/replacement/taken", async (context) => {
    if (!await admitNewBox(context, replacement).taken()) throw servesAgain();
    onTaken();
    return context.json(state());
  });
}

/** Where the backup goes and what of it need not be asked; no secret. */
function shown(backup: BackupTarget | undefined): KnownBackup | null {
  if (backup === undefined) return null;
  const { folder, passphrase, s3 } = backup;
  return { folder, knowsPassphrase: Boolean(passphrase), knowsAccess: s3 !== undefined };
}

function health({ trouble }: RescueDesk, since: Date): HealthReport {
  const name = trouble.cause === "archive missing" || trouble.cause === "disk not writable" ? "disk" : "store";
  const detail = `${trouble.detail}. Open the box's page and choose what to do: machines are refused until then.`;
  return { status: "failing", checks: [{ name, status: "failing", detail, since: since.toISOString() }] };
}

function notNow(): Problem {
  return new Problem(503, "Rescue", say("rescue"), {
    more: { rescue: true },
  });
}
