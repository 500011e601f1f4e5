import type { Setting } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { useEffect, useState } from "../shared/html.ts";

/** The box's settings as they are when the page opens; undefined until they have come, and where they do not. */
export function useSettings(): Setting[] | undefined {
  const [settings, setSettings] = useState<Setting[] | undefined>(undefined);
  useEffect(() => {
    api("GET /api/settings").then(setSettings, () => {});
  }, []);
  return settings;
}
