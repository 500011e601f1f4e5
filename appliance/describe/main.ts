/**
 * Writes what the API answers as JSON Schema (2020-12), for its description: `deno task describe` after a change to a
 * type that a route answers. The types are the declaration; nothing of an answer is written down a second time. With
 * `--print` it is only printed. Its package is no package of the box, so it has a lock file of its own.
 */
import ts from "typescript";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ROUTES = `${ROOT}src/web/routes.ts`;
const CONTRACT = `${ROOT}src/web/contract/`;
/** Where the description is: `src/web/openapi.ts` serves it. */
const ANSWERS = `${ROOT}src/web/answers.json`;

type Schema = Record<string, unknown>;

/** What each route answers, by its name, with the types that they share. */
interface Answers {
  routes: Record<string, Schema>;
  schemas: Record<string, Schema>;
}

/** @throws Error where a type cannot be told as JSON */
function describeAnswers(): Answers {
  const contract = [...Deno.readDirSync(CONTRACT)].map(({ name }) => CONTRACT + name).sort();
  const program = ts.createProgram([ROUTES, ...contract], {
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ESNext,
    skipLibCheck: true,
    types: [],
  });
  return new Describer(program, contract).answers();
}

class Describer {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  /** What a type is called: as the pages know it, where they do. */
  readonly #names = new Map<ts.Symbol, string>();
  readonly #schemas = new Map<string, Schema>();

  constructor(program: ts.Program, contract: readonly string[]) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    const taken = new Set<string>();
    for (const [name, symbol] of contract.flatMap((path) => this.#exportsOf(path))) {
      const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
      const own = type.aliasSymbol ?? type.symbol;
      if (own === undefined || this.#names.has(own) || taken.has(name)) continue;
      this.#names.set(own, name);
      taken.add(name);
    }
  }

  answers(): Answers {
    const all = this.#checker.getTypeOfSymbol(new Map(this.#exportsOf(ROUTES)).get("ROUTES")!);
    const [each] = this.#checker.getTypeArguments(all as ts.TypeReference);
    const answers: [string, Schema][] = [];
    for (const route of (each as ts.UnionType).types) {
      const name = this.#propertyOf(route, "name") as ts.StringLiteralType;
      const answer = this.#checker.getNonNullableType(this.#propertyOf(route, "answer"));
      const [shape] = this.#checker.getTypeArguments(answer as ts.TypeReference);
      if (shape && shape.symbol?.name !== "FileAnswer") answers.push([name.value, this.#schemaOf(shape, name.value)]);
    }
    const problem = new Map(this.#exportsOf(`${CONTRACT}problem.ts`)).get("ProblemDetails")!;
    this.#schemaOf(this.#checker.getDeclaredTypeOfSymbol(problem), "problems");
    const schemas = [...this.#schemas].sort(([a], [b]) => a < b ? -1 : 1);
    return { routes: Object.fromEntries(answers), schemas: Object.fromEntries(schemas) };
  }

  /** @param where which answer it stands in, for whoever must change it */
  #schemaOf(type: ts.Type, where: string): Schema {
    const symbol = type.aliasSymbol ?? type.symbol;
    const isNamed = symbol && this.#isOurs(symbol) && !isGeneric(symbol) &&
      (type.aliasSymbol !== undefined || (symbol.flags & ts.SymbolFlags.Interface) !== 0);
    if (!isNamed) return this.#written(type, where);
    let name = this.#names.get(symbol);
    if (name === undefined) this.#names.set(symbol, name = this.#free(symbol.name));
    if (!this.#schemas.has(name)) {
      this.#schemas.set(name, {}); // a type may have itself in it
      this.#schemas.set(name, { ...described(symbol, this.#checker), ...this.#written(type, `${where}: ${name}`) });
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #written(type: ts.Type, where: string): Schema {
    if (type.flags & ts.TypeFlags.Unknown) return {};
    if (type.isUnion()) return this.#union(type.types, where);
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: this.#checker.typeToString(type) === "true" };
    if (type.flags & ts.TypeFlags.StringLike) return { type: "string" };
    if (type.flags & ts.TypeFlags.Number) return { type: "number" };
    if (type.flags & ts.TypeFlags.Null) return { type: "null" };
    if (this.#checker.isArrayType(type)) {
      return { type: "array", items: this.#schemaOf(type.getNumberIndexType()!, where) };
    }
    const isObject = (type.flags & ts.TypeFlags.Object) !== 0 || type.isIntersection();
    if (!isObject || type.getCallSignatures().length > 0 || this.#checker.isTupleType(type)) {
      throw new Error(
        `Cannot describe ${where}: ${this.#checker.typeToString(type)} is no JSON, answer something else`,
      );
    }
    const values = type.getStringIndexType();
    if (values) return { type: "object", additionalProperties: this.#schemaOf(values, where) };
    return this.#object(type, where);
  }

  #object(type: ts.Type, where: string): Schema {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const property of this.#checker.getPropertiesOfType(type)) {
      const whole = this.#checker.getTypeOfSymbol(property);
      const parts = whole.isUnion() ? whole.types : [whole];
      const isThere = parts.every(({ flags }) => (flags & ts.TypeFlags.Undefined) === 0);
      if (isThere && !(property.flags & ts.SymbolFlags.Optional)) required.push(property.name);
      properties[property.name] = {
        ...this.#schemaOf(isThere ? whole : this.#defined(whole), `${where}, ${property.name}`),
        ...described(property, this.#checker),
      };
    }
    return { type: "object", properties, ...(required.length > 0 && { required }) };
  }

  #union(types: readonly ts.Type[], where: string): Schema {
    const isFlag = (type: ts.Type) => (type.flags & ts.TypeFlags.BooleanLiteral) !== 0;
    const isValue = (type: ts.Type) => type.isStringLiteral() || type.isNumberLiteral();
    const values = types.flatMap((type) => type.isStringLiteral() || type.isNumberLiteral() ? [type.value] : []);
    const both = types.filter(isFlag).length === 2;
    const others = types.filter((type) => !isValue(type) && !(both && isFlag(type)));
    const schemas = others.map((type) => this.#schemaOf(type, where));
    if (both) schemas.unshift({ type: "boolean" });
    if (values.length > 0) schemas.unshift({ enum: values });
    return schemas.length === 1 ? schemas[0]! : { anyOf: schemas };
  }

  /** JSON leaves out what is undefined. */
  #defined(type: ts.Type): ts.Type {
    const isNull = type.isUnion() && type.types.some(({ flags }) => flags & ts.TypeFlags.Null);
    if (!isNull) return this.#checker.getNonNullableType(type);
    return {
      ...type,
      isUnion: () => true,
      types: type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined)),
    } as ts.UnionType;
  }

  /** What a file exports, by the name under which it does. */
  #exportsOf(path: string): [name: string, symbol: ts.Symbol][] {
    const module = this.#checker.getSymbolAtLocation(this.#program.getSourceFile(path)!);
    if (module === undefined) return [];
    return this.#checker.getExportsOfModule(module).map((one) => [
      one.name,
      one.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(one) : one,
    ]);
  }

  #propertyOf(type: ts.Type, name: string): ts.Type {
    return this.#checker.getTypeOfSymbol(this.#checker.getPropertyOfType(type, name)!);
  }

  #isOurs(symbol: ts.Symbol): boolean {
    const path = symbol.declarations?.[0]?.getSourceFile().fileName ?? "";
    return path.startsWith(ROOT) && !path.includes("node_modules");
  }

  /** A name that no other type has. */
  #free(name: string): string {
    const taken = new Set(this.#names.values());
    let free = name;
    while (taken.has(free)) free = `Stored${free}`;
    return free;
  }
}

/** Whether it is another type for each that is put into it. */
function isGeneric({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some((one) =>
    (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) && one.typeParameters !== undefined
  );
}

/** What stands above a declaration. */
function described(symbol: ts.Symbol, checker: ts.TypeChecker): Schema {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).replaceAll(/\s+/g, " ").trim();
  return text === "" ? {} : { description: text };
}

/** A line a route and a line a type: what changed is seen. */
function inLines({ routes, schemas }: Answers): string {
  const lines = (of: Record<string, Schema>) =>
    Object.entries(of).map(([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`).join(",\n");
  return `{"routes": {\n${lines(routes)}\n}, "schemas": {\n${lines(schemas)}\n}}\n`;
}

const description = inLines(describeAnswers());
if (Deno.args.includes("--print")) console.log(description.trimEnd());
else await Deno.writeTextFile(ANSWERS, description);
