import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { newUid } from "../../src/dicom/uid.ts";
import { peerTest } from "../support/peers.ts";
import { randomFrom } from "../support/random.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS } from "./chromium.ts";
import { openDesk } from "./desk.ts";

/** Taps aimed; a nightly run says more. */
const TAPS = Number(Deno.env.get("SONODESK_ROUNDS") ?? 0) >= 100 ? 1000 : 100;
const PATIENTS = 60;
/** From aiming to the tap, milliseconds: as long as a hand takes. */
const HAND = [40, 700] as const;

interface Target {
  kind: "row" | "send" | "next";
  id: string;
  x: number;
  y: number;
}

/** What a finger could aim at now: a row in view, or the button that sends somebody. */
function targets(page: Page): Promise<Target[]> {
  return page.evaluate(() => {
    const list = document.querySelector(".list")!.getBoundingClientRect();
    const found: Target[] = [];
    const add = (kind: Target["kind"], id: string, element: Element | null) => {
      if (element === null) return;
      const { left, top, width, height, bottom } = element.getBoundingClientRect();
      if (kind === "row" && (top < list.top || bottom > list.bottom)) return;
      found.push({ kind, id, x: left + width / 2, y: top + height / 2 });
    };
    for (const row of document.querySelectorAll<HTMLElement>(".row")) add("row", row.dataset.id!, row);
    const person = document.querySelector<HTMLElement>(".pane")?.dataset.person ?? "";
    add("send", person, document.querySelector(".act-place .primary:enabled"));
    const next = document.querySelector<HTMLElement>(".next-button:enabled");
    add("next", next?.dataset.next ?? "", next);
    return found;
  });
}

/** From now on takes note of whatever can be tapped and moves, while nobody scrolls. */
function watch(page: Page): Promise<void> {
  return page.evaluate(() => {
    const moved: string[] = [];
    Object.assign(globalThis, { moved });
    const watched = ".row, .chips > *, .chip-now, .top button, .top input, .status-bar button, .act-place, .act-next";
    let before = new Map<Element, DOMRect>();
    let scrolled = 0;
    const look = () => {
      const list = document.querySelector(".list")!;
      const { top, bottom } = list.getBoundingClientRect();
      // a row out of view cannot be tapped
      const isSeen = (one: Element) =>
        !one.matches(".row") || one.getBoundingClientRect().bottom > top && one.getBoundingClientRect().top < bottom;
      const now = new Map(
        [...document.querySelectorAll(watched)].filter(isSeen).map((one) => [one, one.getBoundingClientRect()]),
      );
      for (const [one, at] of now) {
        const was = before.get(one);
        const shift = was === undefined ? 0 : Math.abs(was.top - at.top) + Math.abs(was.left - at.left);
        if (shift > 1 && scrolled === list.scrollTop) moved.push(`${one.className} by ${shift.toFixed(0)} px`);
      }
      before = now;
      scrolled = list.scrollTop;
      requestAnimationFrame(look);
    };
    look();
  });
}

peerTest(
  `Busy hour: of ${TAPS} aimed taps none is on another person, and nothing that can be tapped moves`,
  ["chromium"],
  async () => {
    const { next: random, below, chance, pick: oneOf } = randomFrom("SONODESK_SEED");
    const box = await TestBox.start();
    const machine = box.store.machines.add({ aeTitle: "VOLUSON", name: "Voluson E8", modality: "US", admitted: true });
    const time = (n: number) => `${String(8 + Math.floor(n / 6)).padStart(2, "0")}:${(n % 6) * 10}`.padEnd(5, "0");
    const book = (n: number, at: string) =>
      box.book({ id: `P-${n}`, firstName: oneOf(["Asha", "Joseph", "Gita"]), lastName: `Rao${n}` }, { time: at });
    const booked = Array.from({ length: PATIENTS }, (_, n) => book(n, time(n)));
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
    await openDesk(page, box);
    await page.locator(".pane .tile:enabled").first().waitFor();
    await page.waitForTimeout(1000);
    await watch(page);

    let happened = 0;
    let ended = false;
    const statusOf = (id: string) => box.store.appointments.find(id)?.status;
    /** What machines, the clinic and another desk do. */
    async function happen() {
      const one = oneOf(booked);
      const study = {
        studyInstanceUid: one.studyInstanceUid,
        patientId: one.patient.id,
        patientName: `${one.patient.lastName}^${one.patient.firstName}`,
      };
      const changes = box.store.appointmentChanges;
      const free = statusOf(one.id) === "scheduled";
      await oneOf<() => unknown>([
        () => box.receive(study, { number: happened }),
        () => box.receive({ ...study, patientBirthDate: "1950-01-01" }, { number: happened }),
        () => box.receive({ studyInstanceUid: newUid(), patientId: `T-${happened}`, patientName: "Un^Known" }),
        () => booked.length < 2 * PATIENTS && booked.push(book(1000 + happened, time(below(PATIENTS)))),
        () => free && box.store.worklistItems.send(one.id, machine.id, "another desk"),
        () => statusOf(one.id) === "sent" && box.store.worklistItems.recall(one.id, "another desk"),
        () => box.store.worklistItems.seen([one.id], "VOLUSON"),
        () => free && changes.cancel(one.id, "another desk"),
        () => free && changes.move(one.id, { time: time(below(PATIENTS)) }, "another desk"),
        () => free && changes.markArrived(one.id, new Date().toISOString(), "another desk"),
        () => free && changes.note(one.id, `note ${happened}`, "another desk"),
        () => void box.store.machines.heard(`US-${happened}`, "192.168.1.44"),
      ])();
      happened++;
    }
    const busy = (async () => {
      while (!ended) {
        await happen().catch((error) => errors.push(String(error)));
        await page.waitForTimeout(20 + random() * 120);
      }
    })();

    const person = () => page.locator(".pane").getAttribute("data-person");
    const sentHere = () =>
      new Set(
        box.store.audit.list({ action: "appointment sent" }, 100)
          .filter(({ actor }) => actor === "receptionist").map(({ subject }) => subject),
      );
    const kinds = { row: 0, send: 0, next: 0 };
    let reached = 0;
    for (let tap = 0; tap < TAPS; tap++) {
      if (tap % 10 === 9) {
        await page.locator(".list").evaluate((list, by) => list.scrollTop += by, (random() - 0.5) * 1200);
      }
      const found = await targets(page);
      const sends = found.filter(({ kind }) => kind !== "row");
      const target = oneOf(sends.length > 0 && chance(0.4) ? sends : found);
      const [before, sentBefore] = [await person(), sentHere()];
      await page.waitForTimeout(HAND[0] + random() * (HAND[1] - HAND[0]));
      await page.touchscreen.tap(target.x, target.y);
      await page.waitForTimeout(150);
      const after = await person();
      const sent = [...sentHere()].filter((one) => !sentBefore.has(one));
      if (target.kind === "row") {
        assert.ok(after === target.id || after === before, `tap ${tap}: aimed at ${target.id}, reached ${after}`);
        assert.deepEqual(sent, [], `tap ${tap}: a tap on a row sends nobody`);
      } else {
        for (const one of sent) assert.equal(one, `appointment ${target.id}`, `tap ${tap}: sent another person`);
      }
      kinds[target.kind]++;
      reached += Number(target.kind === "row" ? after === target.id : sent.length === 1);
    }
    ended = true;
    await busy;
    const moved = await page.evaluate(() => (globalThis as unknown as { moved: string[] }).moved);
    console.log(`${TAPS} taps (${JSON.stringify(kinds)}), ${reached} reached what they were aimed at, none another`);
    console.log(`${happened} things happened meanwhile`);
    assert.deepEqual(moved, [], "what can be tapped has moved");
    assert.ok(reached > TAPS / 2, "the finger is not kept from what it aims at");
    assert.ok(kinds.send + kinds.next > 0);
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);
