import assert from "node:assert/strict";
import { join } from "node:path";
import { type Browser as Chromium, type BrowserContext, chromium, type Page } from "playwright-core";
import { PATIENCE } from "../support/until.ts";

/** Debian's Chromium without windows, which the test command installs: it takes half the processor time of the whole. */
const EXECUTABLE = "/usr/bin/chromium-headless-shell";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The screens of the clinic: a 10-inch panel, a 24-inch one, a phone. */
export const SCREENS = {
  panel: { width: 1024, height: 600 },
  wide: { width: 1920, height: 1080 },
  phone: { width: 390, height: 844 },
} as const;

/** A browser's process, which whoever starts it closes. */
export function startChromium(): Promise<Chromium> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}

/** A browser as a test has it: it shares nothing with those of other tests. */
export type Browser = Pick<Chromium, "newContext" | "close">;

/** One process for all tests of a file, since its start takes longer than many a test; it ends with the file. */
let running: Promise<Chromium> | undefined;

export async function launchChromium(): Promise<Browser> {
  running ??= startChromium();
  const browser = await running;
  const contexts: BrowserContext[] = []; // each with cookies, storage and a cache of its own
  return {
    newContext: async (options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      return context;
    },
    close: async () => {
      for (const context of contexts) await context.close();
    },
  };
}

/**
 * A fresh page that takes note of every error of its own: a script that failed, a file the policy blocked.
 *
 * @returns the page, and what went wrong on it so far
 */
export async function openPage(
  browser: Browser,
  screen: { width: number; height: number },
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({ viewport: { ...screen }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // a refusal such as 401 before the login is part of the way
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      errors.push(message.text());
    }
  });
  return { page, errors };
}

/** Resolves once an answer that has come is read, and what follows from it is drawn. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let n = 0; n < 10; n++) await new Promise(requestAnimationFrame);
  });
}

/** Leaves a picture of the page under tests/.artifacts/screenshots, for somebody to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = new URL("../.artifacts/screenshots/", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder.pathname, `${name}.png`) });
}

/**
 * Waits until the page says what is expected: a page catches up with an action a moment after it.
 *
 * @throws AssertionError with what the page said last, after a while
 */
export async function says<T>(read: () => T | Promise<T>, expected: T): Promise<void> {
  const until = performance.now() + PATIENCE * 1000;
  for (;;) {
    const said = await read();
    if (said === expected) return;
    if (performance.now() > until) assert.equal(said, expected);
    await new Promise((again) => setTimeout(again, 20));
  }
}

/** Signs in without the sign-in page, which has a journey of its own. @param cookie as the box set it */
export async function useCookie(page: Page, address: string, cookie: string): Promise<void> {
  const [name = "", value = ""] = cookie.split("=");
  await page.context().addCookies([{ name, value, url: address }]);
}
