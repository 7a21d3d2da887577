/** A tool as the client of a Responses request knows it. */
export interface ResponseToolName {
  readonly name: string;
  readonly namespace?: string | undefined;
  /** Whether its input is a text, and not arguments. */
  readonly isCustom: boolean;
}

/** As every vendor takes it. */
const maxNameLength = 64;
/** Leaves room for `_9999`. */
const maxNumberedLength = 59;

/**
 * Maps the tools of a Responses request to names that every vendor takes, and back in the reply: a tool of a namespace is called
 * `<namespace>__<name>`. A name that is too long, or in use, is cut and numbered.
 */
export class ResponseToolNames {
  readonly #tools = new Map<string, ResponseToolName>();
  readonly #flatNames = new Map<string, string>();
  /** By the name alone, for a choice that leaves the namespace out. */
  readonly #byName = new Map<string, string>();
  readonly #nextNumbers = new Map<string, number>();

  /** Registers a tool. Returns its flat name. Tools without a namespace come first: their names stay. */
  add(tool: ResponseToolName): string {
    const { name, namespace } = tool;
    const flatName = namespace === undefined ? name : this.#findFreeName(joinName(namespace, name));
    this.#tools.set(flatName, tool);
    this.#flatNames.set(toKey(name, namespace), flatName);
    if (!this.#byName.has(name)) this.#byName.set(name, flatName);
    return flatName;
  }

  /** Returns the flat name of a call in the history, also of a tool that the request no longer has. */
  flatten(name: string, namespace?: string | null): string {
    return this.#flatNames.get(toKey(name, namespace)) ?? (namespace ? joinName(namespace, name) : name);
  }

  /** Returns the flat name of a tool that the request has, by its name, or its flat name; undefined where it has none. */
  find(name: string, namespace?: string | null): string | undefined {
    const flatName = this.#flatNames.get(toKey(name, namespace));
    if (flatName !== undefined || namespace) return flatName;
    return this.#tools.has(name) ? name : this.#byName.get(name);
  }

  /** Returns the tool that a model has called. A name that no tool has is a function's. */
  read(flatName: string): ResponseToolName {
    return this.#tools.get(flatName) ?? { name: flatName, isCustom: false };
  }

  #findFreeName(flatName: string): string {
    if (flatName.length <= maxNameLength && !this.#tools.has(flatName)) return flatName;
    const beginning = flatName.slice(0, maxNumberedLength);
    for (let number = this.#nextNumbers.get(beginning) ?? 2; ; number += 1) {
      const numbered = `${beginning}_${number}`;
      this.#nextNumbers.set(beginning, number + 1);
      if (!this.#tools.has(numbered)) return numbered;
    }
  }
}

function toKey(name: string, namespace: string | null | undefined): string {
  return `${namespace ?? ''}\n${name}`;
}

function joinName(namespace: string, name: string): string {
  return `${namespace}__${name}`.replace(/[^A-Za-z0-9_-]/g, '_');
}
