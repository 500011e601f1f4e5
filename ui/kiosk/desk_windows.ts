import type { ComponentType } from "../shared/html.ts";
import { later } from "../shared/later.ts";

/** @param styles of what is in the window, besides those that all windows have */
function window<Properties extends object>(load: () => Promise<ComponentType<Properties>>, ...styles: string[]) {
  return later(load, ...["windows", ...styles].map((name) => `/kiosk/${name}.css`));
}

/** What the viewer's own windows need, which open over it. */
const VIEWER = [
  "side_by_side",
  "to_check",
  "viewer",
  "viewer_tools",
  "picture_stage",
  "measurements",
  "report_tree",
  "viewer_choice",
];

/** The windows of the desk, which come after the day; those that are opened most first. */
export const WINDOWS = {
  viewer: window(async () => (await import("./viewer.ts")).Viewer, ...VIEWER),
  merge: window(async () => (await import("./person.ts")).MergeWindow, "side_by_side", "person"),
  correct: window(async () => (await import("./person.ts")).CorrectWindow, "side_by_side", "person"),
  walkIn: window(async () => (await import("./walk_in.ts")).WalkIn, "walk_in"),
  edit: window(async () => (await import("./edit_window.ts")).EditWindow, "walk_in"),
  move: window(async () => (await import("./move_window.ts")).MoveWindow, "walk_in", "month"),
  note: window(async () => (await import("./note_window.ts")).NoteWindow),
  visits: window(async () => (await import("./visits_page.ts")).VisitsPage, ...VIEWER, "visits"),
  calendar: window(async () => (await import("./calendar.ts")).Calendar, "month"),
  choose: window(async () => (await import("./choose_machine.ts")).ChooseMachine),
  toCheck: window(async () => (await import("./to_check.ts")).ToCheck, ...VIEWER),
  health: window(async () => (await import("./health.ts")).Health, "health"),
  unusable: window(async () => (await import("./unusable.ts")).Unusable, "unusable"),
  connect: window(async () => (await import("./connect.ts")).Connect),
  ownPin: window(async () => (await import("./own_pin.ts")).OwnPin),
  ownPassword: window(async () => (await import("./own_password.ts")).OwnPassword),
  screenSize: window(async () => (await import("./screen_size.ts")).ScreenSize, "screen_size"),
};

/** Those that come when somebody opens them: they are of no use without the box, and few do. */
const WHEN_OPENED = ["visits", "merge", "correct", "ownPin", "ownPassword", "screenSize"];

/** Those that come before, in a quiet moment. */
export const IN_QUIET = Object.entries(WINDOWS).filter(([name]) => !WHEN_OPENED.includes(name)).map(([, one]) => one);
