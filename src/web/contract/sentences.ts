export type { Code, Parameter, Sentence } from "../../sentences.ts";
