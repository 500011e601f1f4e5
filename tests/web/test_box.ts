export * from "../support/web_box.ts";
