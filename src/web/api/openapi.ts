import { openApi } from "../openapi.ts";
import { json, type Route, route } from "../route.ts";

const NAME = "GET /api/openapi.json";

/** The API described for programs and those who write them. @param described all other routes */
export function openApiRoute(described: readonly Route[]) {
  const declaration = {
    who: "anyone",
    summary: "This description",
    answer: json<Record<string, unknown>>(),
  } as const;
  const own: Route = route(NAME, declaration, ({ box }) => openApi(box().version, [own, ...described]));
  return own as Route<typeof NAME, undefined, undefined, typeof declaration.answer>;
}
