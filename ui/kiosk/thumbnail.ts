import type { Image } from "./day.ts";
import { thumbnailAddress } from "../shared/api.ts";
import { reasonsInWords } from "../shared/attention.ts";
import { html, memo, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/** Seconds after which a picture that was not there yet is asked for again. */
const RETRY_SECONDS = [1, 2, 5, 15];

export interface ThumbnailProperties {
  image: Image;
  label: string;
  onOpen?: (() => void) | undefined;
  /** Whether it is chosen, where a tap chooses it. */
  chosen?: boolean | undefined;
}

/**
 * A small picture of an object; a tap opens it. One that is still being made is asked for again. Where a person should
 * look at the object there is a mark on it.
 */
export const Thumbnail = memo(function Thumbnail({ image, label, onOpen, chosen }: ThumbnailProperties) {
  const [attempt, setAttempt] = useState(0);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    if (!failed || attempt >= RETRY_SECONDS.length) return;
    const timer = setTimeout(() => {
      setAttempt(attempt + 1);
      setFailed(false);
    }, (RETRY_SECONDS[attempt] ?? 0) * 1000);
    return () => clearTimeout(timer);
  }, [failed, attempt]);

  const flag = reasonsInWords(image.reasons ?? []).join("; ");
  const name = flag === "" ? label : `${label}. ${flag}`;
  const picture = failed
    ? html`<span class="thumbnail-none" title=${text.row.noPicture}>${icons.image()}</span>`
    : html`
      <img
        src=${thumbnailAddress(image.uid, attempt)}
        alt=${name}
        loading="lazy"
        decoding="async"
        draggable=${false}
        onError=${() => setFailed(true)}
      />
    `;
  const marks = html`
    ${image.frames > 1 && html`<span class="thumbnail-frames">${icons.play()}${image.frames}</span>`}
    ${flag !== "" && html`<span class="thumbnail-flag" title=${flag}>${icons.alert()}</span>`}
    ${chosen && html`<span class="thumbnail-chosen">${icons.check()}</span>`}
  `;
  return onOpen
    ? html`
      <button class="thumbnail" aria-label=${name} aria-pressed=${chosen}
        onClick=${onOpen}>${picture}${marks}</button>
    `
    : html`<span class="thumbnail">${picture}${marks}</span>`;
});

/** What a picture is called among others. @param place from 0 */
export function pictureName({ frames }: { frames: number }, place: number, count: number) {
  return frames > 1 ? text.row.clipOf(place + 1, count, frames) : text.row.imageOf(place + 1, count);
}
