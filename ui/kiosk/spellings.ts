import { api } from "../shared/api.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { useHindi } from "../shared/keyboard.ts";
import { text } from "../shared/text.ts";

/** How long a pause ends a word, milliseconds. */
const PAUSE = 200;
const FEWEST_LETTERS = 2;

export interface SpellingsProperties {
  /** As it is typed. */
  name: string;
  onChoose: (name: string) => void;
}

/**
 * How a name that is typed in Latin letters may be written in Devanagari, where somebody writes Hindi: taken by a tap,
 * never by itself. Then what was typed is offered, to go back.
 */
export function Spellings({ name, onChoose }: SpellingsProperties) {
  const isHindi = useHindi();
  const [found, setFound] = useState({ of: "", spellings: [] as string[] });
  /** what was typed, and what was taken for it */
  const [taken, setTaken] = useState({ typed: "", spelled: "" });
  const asked = isHindi && /[a-z]/i.test(name) && name.trim().length >= FEWEST_LETTERS ? name.trim() : "";
  useEffect(() => {
    if (asked === "") return;
    let gone = false;
    const timer = setTimeout(() => {
      // without them the name stays as it is typed
      api("GET /api/spellings", { query: { name: asked } })
        .then((spellings) => gone || setFound({ of: asked, spellings }), () => {});
    }, PAUSE);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [asked]);

  const offered = taken.spelled !== "" && name === taken.spelled
    ? [taken.typed]
    : asked !== "" && found.of === asked
    ? found.spellings
    : [];
  if (offered.length === 0) return null;
  function choose(spelled: string) {
    setTaken({ typed: name, spelled });
    onChoose(spelled);
  }
  return html`
    <div class="suggestions" role="group" aria-label=${text.walkIn.spellings}>
      ${offered.map((spelled) =>
        html`
          <button type="button" class="choice small" key=${spelled}
            lang=${/\p{Script=Devanagari}/u.test(spelled) ? "hi" : "en"} onClick=${() => choose(spelled)}>
            ${spelled}
          </button>
        `
      )}
    </div>
  `;
}
