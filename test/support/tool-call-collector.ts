/** Puts the tool calls of a streamed reply together, whose arguments come in pieces. */
export class ToolCallCollector {
  readonly #calls = new Map<number, { readonly name: string; json: string }>();

  /** Adds a call, unless there is one of this index. */
  add(index: number, name: string): void {
    if (!this.#calls.has(index)) this.#calls.set(index, { name, json: '' });
  }

  /** Adds a piece of the arguments, where there is a call of this index. */
  addArguments(index: number, json: string): void {
    const call = this.#calls.get(index);
    if (call) call.json += json;
  }

  /** The names with the JSON of their arguments, in the order of their beginnings. */
  get calls(): readonly { readonly name: string; readonly json: string }[] {
    return [...this.#calls.values()];
  }
}
