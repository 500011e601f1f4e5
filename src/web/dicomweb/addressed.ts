import type { CatalogueInstance } from "../../store/catalogue.ts";
import type { Store } from "../../store/store.ts";
import { Pace } from "../../timing/turns.ts";
import { refuseDamaged } from "../damaged.ts";
import type { WebContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Answer } from "./retrieval.ts";

/** What the address of a request names, of what the box has: a study, a series or an instance (PS3.18 10.4.1.1). */
export function addressed(store: Store) {
  /** The objects that an address names, series by series; others get their turn between pages. */
  async function* objectsOf(context: WebContext): AsyncGenerator<CatalogueInstance> {
    const { study, series, instance } = context.req.param() as Record<string, string | undefined>;
    const pages = store.catalogue.pages({
      ...(study !== undefined && { studyInstanceUids: [study] }),
      ...(series !== undefined && { seriesInstanceUids: [series] }),
      ...(instance !== undefined && { sopInstanceUids: [instance] }),
    });
    const pace = new Pace();
    for (const page of pages) {
      yield* page;
      await pace.next();
    }
  }

  /** The first of them that is to be had so. @throws Problem 404 where there are none */
  async function firstOf(
    context: WebContext,
    isWanted: (instance: CatalogueInstance) => boolean = () => true,
  ): Promise<CatalogueInstance | undefined> {
    let isThere = false;
    for await (const instance of objectsOf(context)) {
      if (isWanted(instance)) return instance;
      isThere = true;
    }
    if (!isThere) throw notFound("Cannot find what is asked for: there is nothing with these UIDs");
    return undefined;
  }

  const isWhole = ({ sopInstanceUid }: CatalogueInstance) => store.instanceFiles.damageOf(sopInstanceUid) === undefined;

  /** @throws Problem 409 where no file is as it came, as far as is known */
  async function firstWhole(context: WebContext): Promise<CatalogueInstance> {
    const first = await firstOf(context, isWhole);
    if (first === undefined) refuseDamaged(store, (await firstOf(context))!.sopInstanceUid, "send");
    return first!;
  }

  /** What is asked for, without what is damaged. */
  async function* wholeOf(context: WebContext): AsyncGenerator<CatalogueInstance> {
    for await (const instance of objectsOf(context)) if (isWhole(instance)) yield instance;
  }

  /** An answer that leaves out what is damaged is a partial one (PS3.18 8.5.1), and says so. */
  async function answerOf(context: WebContext): Promise<Answer> {
    let [left, all] = [0, 0];
    if (store.instanceFiles.damagedCount() > 0) {
      for await (const instance of objectsOf(context)) {
        all += 1;
        if (!isWhole(instance)) left += 1;
      }
    }
    if (left === 0) return { status: 200, headers: {} };
    const warning = `299 - "${left} of ${all} objects are left out: their files are damaged or missing"`;
    return { status: 206, headers: { warning } };
  }

  return { objectsOf, firstOf, firstWhole, wholeOf, answerOf };
}
