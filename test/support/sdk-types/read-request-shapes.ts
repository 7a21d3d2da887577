import { fileURLToPath } from 'node:url';
import { API, type Checker, SymbolFlags, type Type, TypeFlags } from 'typescript/unstable/sync';

/** What a value of an SDK's type can be. Objects are named, because types contain themselves. */
export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'null' | 'unknown' }
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'union'; readonly of: readonly Shape[] }
  | { readonly kind: 'object'; readonly id: number };

export interface ObjectShape {
  readonly name: string;
  readonly fields: Readonly<Record<string, { readonly isOptional: boolean; readonly shape: Shape }>>;
}

export interface RequestShapes {
  readonly roots: Readonly<Record<'ChatParams' | 'ResponseParams' | 'MessageParams' | 'BetaParams', Shape>>;
  readonly objects: ReadonlyMap<number, ObjectShape>;
}

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url).href);

/** Reads the types of the official SDKs' requests by the compiler. Takes about a second. */
export function readRequestShapes(): RequestShapes {
  const api = new API({ cwd: file('.') });
  try {
    const [project] = api.updateSnapshot({ openProject: file('./tsconfig.json') }).getProjects();
    if (!project) throw new Error('The project of the request types cannot be opened.');
    const { program, checker } = project;
    const source = program.getSourceFile(file('./request-types.ts'));
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error('The request types cannot be read.');
    const reader = new ShapeReader(checker);
    const exported = checker.getExportsOfModule(module);
    const roots = exported.map((symbol) => [symbol.name, reader.read(checker.getDeclaredTypeOfSymbol(symbol))]);
    return { roots: Object.fromEntries(roots), objects: reader.objects };
  } finally {
    api.close();
  }
}

class ShapeReader {
  readonly objects = new Map<number, ObjectShape>();
  readonly #checker: Checker;

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  read(type: Type): Shape {
    const { flags } = type;
    if (type.isUnionType()) return this.#readUnion(type.getTypes());
    if (type.isStringLiteralType() || type.isNumberLiteralType()) return { kind: 'literal', value: type.value };
    if (flags & TypeFlags.String) return { kind: 'string' };
    if (flags & TypeFlags.Number) return { kind: 'number' };
    if (flags & TypeFlags.BooleanLike) return { kind: 'boolean' };
    if (flags & TypeFlags.Null) return { kind: 'null' };
    if (flags & TypeFlags.Unknown || flags & TypeFlags.Any) return { kind: 'unknown' };
    // `string & {}` stands for any string beside known ones.
    if (type.isIntersectionType()) {
      const parts = type.getTypes();
      if (parts.some((part) => part.flags & TypeFlags.String)) return { kind: 'string' };
    }
    if (this.#checker.isArrayType(type) && type.isTypeReference()) {
      const [of] = this.#checker.getTypeArguments(type);
      if (of) return { kind: 'list', of: this.read(of) };
    }
    return this.#readObject(type);
  }

  #readUnion(types: readonly Type[]): Shape {
    const shapes = types
      .filter(({ flags }) => !(flags & TypeFlags.Undefined))
      .map((member) => this.read(member))
      .filter(
        (shape, index, all) => shape.kind !== 'boolean' || all.findIndex(({ kind }) => kind === 'boolean') === index,
      );
    const [only] = shapes;
    return only && shapes.length === 1 ? only : { kind: 'union', of: shapes };
  }

  #readObject(type: Type): Shape {
    const [index] = this.#checker.getIndexInfosOfType(type);
    const properties = this.#checker.getPropertiesOfType(type);
    if (index && properties.length === 0) return { kind: 'map', of: this.read(index.valueType) };
    if (!this.objects.has(type.id)) {
      const name = this.#checker.typeToString(type);
      this.objects.set(type.id, { name, fields: {} });
      const types = this.#checker.getTypeOfSymbol(properties);
      const fields = properties.map((property, at) => {
        const shape: Shape = types[at] ? this.read(types[at]) : { kind: 'unknown' };
        return [property.name, { isOptional: (property.flags & SymbolFlags.Optional) !== 0, shape }];
      });
      this.objects.set(type.id, { name, fields: Object.fromEntries(fields) });
    }
    return { kind: 'object', id: type.id };
  }
}
