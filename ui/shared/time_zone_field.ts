import { countries } from "./countries.ts";
import { Dialog } from "./dialog.ts";
import { FixedNote } from "./fixed_note.ts";
import { html, useMemo, useState } from "./html.ts";
import { icons } from "./icons.ts";
import { language, text } from "./text.ts";
import { choosable, type ChoosableZone, useTimeZones, zoneCalled, zonesFor } from "./time_zones.ts";

/** Found ones that are shown: more letters find less. */
const MOST_SHOWN = 40;

export interface TimeZoneFieldProperties {
  /** By any of its names; "" for none. */
  value: string;
  onChoose: (name: string) => void;
  /** The clinic's, whose time zones are shown first. */
  country: string;
  /** What none means; where it is not said, one must be chosen. */
  none?: string;
  /** The variable that fixes it. */
  fixedBy?: string | undefined;
}

/** The time zone of the clinic: chosen by its country, or found by a city, a country or a name. */
export function TimeZoneField({ value, onChoose, country, none, fixedBy }: TimeZoneFieldProperties) {
  const zones = useTimeZones();
  const [open, setOpen] = useState(false);
  const shown = useMemo(() => choosable(zones ?? [], language), [zones]);
  const chosen = zoneCalled(shown, value);
  return html`
    <div class="field">
      <span id="time-zone-label">${text.timeZone.label}</span>
      <button
        type="button"
        class="zone-button"
        name="timeZone"
        value=${value}
        aria-haspopup="dialog"
        aria-labelledby="time-zone-label time-zone-value"
        disabled=${fixedBy !== undefined || zones === undefined}
        onClick=${() => setOpen(true)}
      >
        <span id="time-zone-value">${chosen ? inWords(chosen) : value || none || ""}</span>
        ${icons.down()}
      </button>
      ${fixedBy && html`<${FixedNote} name=${fixedBy} />`}
      ${open && html`
        <${ChooseZone}
          zones=${shown}
          country=${country || chosen?.country || ""}
          none=${none}
          onClose=${() => setOpen(false)}
          onChoose=${(name: string) => {
            onChoose(name);
            setOpen(false);
          }}
        />
      `}
    </div>
  `;
}

interface ChooseZoneProperties {
  zones: ChoosableZone[];
  country: string;
  none: string | undefined;
  onChoose: (name: string) => void;
  onClose: () => void;
}

function ChooseZone({ zones, country, none, onChoose, onClose }: ChooseZoneProperties) {
  const [typed, setTyped] = useState("");
  const [place, setPlace] = useState(country);
  const found = typed.trim() === "" ? zones.filter((zone) => zone.country === place) : zonesFor(zones, typed);
  /** It is within another form, which is not to be sent. */
  function chooseFirst(event: KeyboardEvent) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (found[0]) onChoose(found[0].name);
  }

  const places = countries(language).filter(([code]) => zones.some((zone) => zone.country === code));
  return html`
    <${Dialog} title=${text.timeZone.label} onClose=${onClose} kind="wide">
      <div class="zone-find">
        <label class="field">
          <span>${text.timeZone.search}</span>
          <input type="search" name="zone" autofocus autocomplete="off" spellcheck="false" value=${typed}
            onKeyDown=${chooseFirst} onInput=${({
              target,
            }) => setTyped(target.value)} />
        </label>
        <label class="field">
          <span>${text.firstStart.country}</span>
          <select name="zone-country" value=${place} onChange=${({ target }) => {
            setPlace(target.value);
            setTyped("");
          }}>
            <option value="">${text.timeZone.noCountry}</option>
            ${places.map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
          </select>
        </label>
      </div>
      <p class="for-readers" role="status">${text.timeZone.found(found.length)}</p>
      ${found.length === 0 && html`<p class="lead">${text.timeZone.nothing}</p>`}
      <ul class="zones">
        ${found.slice(0, MOST_SHOWN).map((zone) =>
          html`
            <li key=${zone.name}>
              <button type="button" onClick=${() => onChoose(zone.name)}>
                <strong>${[zone.place, zone.cities[0]].filter(Boolean).join(", ") || zone.name}</strong>
                <span>${zone.offset}</span>
                <small>${[zone.name, ...zone.cities.slice(1)].join(" · ")}</small>
              </button>
            </li>
          `
        )}
      </ul>
      ${none !== undefined && html`
        <button type="button" class="button tall" onClick=${() => onChoose("")}>${none}</button>
      `}
      <//>
  `;
}

function inWords({ place, cities, name, offset }: ChoosableZone): string {
  return [place, name, offset, ...(place === "" ? cities : [])].filter(Boolean).join(" · ");
}
