import type { FieldPath } from '../../domain/error-issue.ts';
import { mapErrorIssues } from '../../domain/errors.ts';
import type { Tool } from '../../domain/request.ts';

/** The fields that clients of Responses know by another name than providers do. */
const fieldPaths: ReadonlyMap<FieldPath[number] | undefined, FieldPath> = new Map([
  ['max_tokens', ['max_output_tokens']],
  ['messages', ['input']],
  ['reasoning_effort', ['reasoning', 'effort']],
  ['response_format', ['text', 'format']],
]);

/**
 * Remembers where the messages and the tools of a Responses request come from. To a provider several items are one message, and
 * the instructions are one, too.
 */
export class ResponsesRequestPaths {
  readonly #messages: { readonly path: FieldPath; readonly parts: FieldPath[] }[] = [];
  readonly #toolPaths = new Map<string, FieldPath>();
  #tools: readonly Pick<Tool, 'name'>[] = [];

  /** Adds the path of the next message: `instructions`, `input`, or that of its first item. */
  addMessage(path: FieldPath): void {
    this.#messages.push({ path, parts: [] });
  }

  /** Adds the path of the item that the next parts of an assistant's last message come from. */
  addParts(path: FieldPath, count: number): void {
    for (let part = 0; part < count; part += 1) this.#messages.at(-1)?.parts.push(path);
  }

  addTool(name: string, path: FieldPath): void {
    this.#toolPaths.set(name, path);
  }

  /** Sets the tools in the order in which the provider gets them. */
  setTools(tools: readonly Pick<Tool, 'name'>[]): void {
    this.#tools = tools;
  }

  /** Maps a field of the gateway's own request to the client's. */
  map(path: FieldPath): FieldPath {
    const [field, index, ...rest] = path;
    if (typeof index === 'number') {
      const message = field === 'messages' ? this.#messages[index] : undefined;
      const part = rest[0] === 'content' && typeof rest[1] === 'number' ? message?.parts[rest[1]] : undefined;
      if (message) return part ?? message.path;
      const tool = field === 'tools' ? this.#toolPaths.get(this.#tools[index]?.name ?? '') : undefined;
      if (tool) return [...tool, ...rest];
    }
    const renamed = fieldPaths.get(field);
    return renamed ? [...renamed, ...path.slice(1)] : path;
  }

  /** Maps the fields of an error. Returns errors that name no field as they are. */
  mapError(thrown: unknown): unknown {
    return mapErrorIssues(thrown, ({ path, message }) => ({ path: this.map(path), message }));
  }
}
