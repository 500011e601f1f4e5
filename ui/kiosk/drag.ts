/** How far a finger may slip, pixels, before a tap becomes a drag. */
const SLIP = 10;
/** How close to the edge of a list a drag scrolls it, and by how much at each picture, pixels. */
const EDGE = 70;
const STEP = 12;

/**
 * Lets something follow the finger from here on, until it is let go over something with `data-drop`.
 *
 * @param event that began it
 *
 *   `onOver` is told what is below the finger, `onDrop` where it was let go
 */
export function startDrag(
  event: PointerEvent,
  { label, onOver, onDrop }: {
    label: string;
    onOver: (place: string | undefined) => void;
    onDrop: (place: string) => void;
  },
) {
  if (event.button !== 0 || !event.isPrimary || !(event.currentTarget instanceof Element)) return;
  const { pointerId, clientX, clientY } = event;
  const dialog = event.currentTarget.closest("dialog") ?? document.body;
  const list = event.currentTarget.closest(".dialog-body") ?? document.documentElement;
  /** what is seen of it; it begins once the finger has gone far enough */
  let ghost: HTMLElement | undefined;
  let over: string | undefined;
  let at = { x: clientX, y: clientY };

  const followed = new AbortController();

  function look() {
    if (!ghost) return;
    ghost.style.transform = `translate(${at.x + 14}px, ${at.y + 14}px)`;
    const below = document.elementFromPoint(at.x, at.y)?.closest("[data-drop]");
    const place = below instanceof HTMLElement ? below.dataset.drop : undefined;
    if (place !== over) onOver(place);
    over = place;
  }

  function scroll() {
    if (!ghost) return;
    const { top, bottom } = list.getBoundingClientRect();
    const step = at.y > bottom - EDGE ? STEP : at.y < top + EDGE ? -STEP : 0;
    if (step !== 0) {
      list.scrollBy(0, step);
      look();
    }
    requestAnimationFrame(scroll);
  }

  function move(moved: PointerEvent) {
    if (moved.pointerId !== pointerId) return;
    at = { x: moved.clientX, y: moved.clientY };
    if (!ghost) {
      if (Math.hypot(at.x - clientX, at.y - clientY) < SLIP) return;
      ghost = document.createElement("div");
      ghost.className = "drag-ghost";
      ghost.textContent = label;
      ghost.setAttribute("aria-hidden", "true");
      dialog.append(ghost);
      dialog.classList.add("is-dragging");
      requestAnimationFrame(scroll);
    }
    look();
  }

  function end(ended: PointerEvent) {
    if (ended.pointerId !== pointerId) return;
    followed.abort();
    if (!ghost) return;
    ghost.remove();
    ghost = undefined;
    dialog.classList.remove("is-dragging");
    onOver(undefined);
    // the click that a mouse makes when it is let go where it was pressed is none
    addEventListener("click", swallow, { capture: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
    if (ended.type === "pointerup" && over !== undefined) onDrop(over);
  }

  const { signal } = followed;
  addEventListener("pointermove", move, { signal });
  addEventListener("pointerup", end, { signal });
  addEventListener("pointercancel", end, { signal });
}

function swallow(event: Event) {
  event.stopPropagation();
  event.preventDefault();
}
