import { ENCAPSULATED_PDF, isReportClass } from "../../dicom/sop_class.ts";
import type { Report } from "../../dicom/report/report.ts";
import type { CatalogueInstance } from "../../store/catalogue.ts";
import { takes } from "../dicomweb/accept.ts";
import { addressed } from "../dicomweb/addressed.ts";
import type { OutgoingPart } from "../dicomweb/multipart.ts";
import { type Rendering, renderingOf } from "../dicomweb/rendering.ts";
import { reportHtml } from "../dicomweb/report_html.ts";
import { frameNumbers, multipart, notAcceptable, pictureResponse, readable, typesOf } from "../dicomweb/retrieval.ts";
import { refuseDamaged } from "../damaged.ts";
import type { WebContext } from "../context.ts";
import type { Parts } from "../parts.ts";
import type { Picture, PictureType } from "../pictures.ts";
import { conflict, notFound } from "../problem.ts";
import { videoResponse } from "../video_response.ts";

const PICTURE_TYPES: readonly PictureType[] = ["image/jpeg", "image/png", "image/webp"];
const HTML = "text/html";
const PDF = "application/pdf";

/**
 * Objects as anybody can look at them (PS3.18 10.4.1.1.3): images as pictures, videos as they play, reports as pages,
 * documents as they are.
 */
export function rendering({ store, objects, pictures }: Pick<Parts, "store" | "objects" | "pictures">) {
  const { objectsOf, firstOf } = addressed(store);

  /** @param several whether each object that is an image has its picture, where the client takes several */
  const rendered = (context: WebContext, several: boolean) =>
    readable(async () => {
      const wanted = renderingOf(new URL(context.req.url).searchParams);
      const first = await firstOf(context, ({ frames }) => frames > 0) ??
        (several ? undefined : await firstOf(context));
      if (first === undefined) throw notFound("Cannot draw this: it is no image");
      const inFrames = context.req.param("frames") !== undefined;
      const other = several || inFrames ? undefined : await otherThanPicture(context, first);
      if (other !== undefined) return other;
      const numbers = inFrames ? frameNumbers(context, first) : [1];
      for (const { content, multipart: takesSeveral } of typesOf(context)) {
        const type = PICTURE_TYPES.find((one) => takes(content, one));
        if (type === undefined || (numbers.length > 1 && !takesSeveral && content === type)) continue;
        if (numbers.length === 1 && !takesSeveral) {
          return pictureResponse(context, await pictureOf(first, numbers[0]!, wanted, type));
        }
        const drawn = several ? firstFrames(context) : numbers.map((n) => [first, n] as const);
        return multipart(context, type, pictureParts(drawn, wanted, type));
      }
      throw notAcceptable(PICTURE_TYPES.join(", "));
    });

  /** A video, a report or a document in a form of its own; undefined for a picture. @throws Problem 406 */
  async function otherThanPicture(context: WebContext, instance: CatalogueInstance): Promise<Response | undefined> {
    const { sopInstanceUid, sopClassUid } = instance;
    const takesOne = (type: string) => typesOf(context).some(({ content }) => takes(content, type));
    if (instance.frames > 0) {
      const video = await pictures.video(sopInstanceUid);
      if (video === undefined) return undefined;
      refuseDamaged(store, sopInstanceUid, "play");
      if (!takesOne(video.contentType)) throw notAcceptable(video.contentType);
      return videoResponse(context, video, `${sopInstanceUid}.${video.extension}`);
    }
    refuseDamaged(store, sopInstanceUid, "send");
    if (isReportClass(sopClassUid)) {
      if (!takesOne(HTML)) throw notAcceptable(HTML);
      return await reportPage(context, sopInstanceUid);
    }
    if (sopClassUid !== ENCAPSULATED_PDF) throw notFound("Cannot draw this: it is no image, no report and no document");
    if (!takesOne(PDF)) throw notAcceptable(PDF);
    return context.body(await objects.document(instance), 200, {
      ...{ "content-type": PDF, "cache-control": "no-store" },
      "content-disposition": `inline; filename="${sopInstanceUid}.pdf"`,
    });
  }

  async function reportPage(context: WebContext, sopInstanceUid: string): Promise<Response> {
    const json = await pictures.report(sopInstanceUid);
    if (json === undefined) throw notFound("Cannot show the report: its file is not there");
    const report = JSON.parse(new TextDecoder().decode(json)) as Report;
    return context.body([...reportHtml(report)].join(""), 200, {
      "content-type": `${HTML}; charset=utf-8`,
      "cache-control": "no-store",
      // a page of a machine's words runs nothing and fetches nothing
      "content-security-policy": "default-src 'none'; sandbox",
    });
  }

  async function* firstFrames(context: WebContext): AsyncGenerator<readonly [CatalogueInstance, number]> {
    for await (const instance of objectsOf(context)) if (instance.frames > 0) yield [instance, 1];
  }

  /** @throws Problem where there is no picture */
  async function pictureOf(
    { sopInstanceUid }: CatalogueInstance,
    n: number,
    wanted: Rendering,
    type: PictureType,
  ): Promise<Picture> {
    const picture = await pictures.frame(sopInstanceUid, n, { ...wanted, type });
    if (!picture) throw notFound("Cannot draw the object: its file is not there");
    if (picture.placeholder) throw conflict(`Cannot draw the object: ${picture.placeholder}`);
    return picture;
  }

  /** Pictures one after the other; what cannot be drawn, such as a video among images, is left out. */
  async function* pictureParts(
    drawn: Iterable<readonly [CatalogueInstance, number]> | AsyncIterable<readonly [CatalogueInstance, number]>,
    wanted: Rendering,
    type: PictureType,
  ): AsyncGenerator<OutgoingPart> {
    for await (const [{ sopInstanceUid }, n] of drawn) {
      const picture = await pictures.frame(sopInstanceUid, n, { ...wanted, type });
      if (picture && !picture.placeholder) yield { contentType: type, body: () => picture.bytes };
    }
  }

  const thumbnail = (context: WebContext) =>
    readable(async () => {
      const first = await firstOf(context, ({ frames }) => frames > 0);
      if (first === undefined) throw notFound("Cannot show a thumbnail: there is no image");
      const [n] = context.req.param("frames") === undefined ? [1] : frameNumbers(context, first);
      const picture = n === 1
        ? await pictures.thumbnail(first.sopInstanceUid)
        : await pictures.frame(first.sopInstanceUid, n!, { size: 200, type: "image/jpeg" });
      if (!picture) throw notFound("Cannot show a thumbnail: the object's file is not there");
      return pictureResponse(context, picture);
    });

  return { rendered, thumbnail };
}
