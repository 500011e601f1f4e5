import { openApi } from "../openapi.ts";
import type { Routes } from "../context.ts";
import type { Parts } from "../parts.ts";

/** The API described for programs and those who write them. */
export function openApiRoutes({ box }: Parts): Routes<"GET /api/openapi.json"> {
  return { "GET /api/openapi.json": (context) => context.json(openApi(box().version)) };
}
