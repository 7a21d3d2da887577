/** The calls of one function that a turn of the model has, and the first that may be unanswered. */
interface NamedCalls {
  readonly ids: string[];
  next: number;
}

/**
 * Finds the call that a function response answers. Gemini's clients may leave out ids: then it is the first unanswered call of the
 * function in the turn before.
 */
export class FunctionCallMatcher {
  readonly #ids = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #byName = new Map<string, NamedCalls>();
  #count = 0;

  /** Starts a turn of the model: only its own calls are answered from now on. */
  beginTurn(): void {
    this.#ids.clear();
    this.#answered.clear();
    this.#byName.clear();
  }

  /** Adds a call. Returns its id: that of the client, else the same one for the same conversation. */
  addCall(id: string | null | undefined, name: string): string {
    this.#count += 1;
    const callId = id || `call_${this.#count}`;
    const calls = this.#byName.get(name) ?? { ids: [], next: 0 };
    calls.ids.push(callId);
    this.#byName.set(name, calls);
    this.#ids.add(callId);
    return callId;
  }

  /** Returns the id of the call that is answered. Undefined: no call fits, and the response has no id of its own. */
  findCall(id: string | null | undefined, name: string | null | undefined): string | undefined {
    const found = id && this.#ids.has(id) ? id : (this.#findUnanswered(name) ?? id);
    if (!found) return undefined;
    this.#answered.add(found);
    return found;
  }

  #findUnanswered(name: string | null | undefined): string | undefined {
    const calls = this.#byName.get(name ?? '');
    if (!calls) return undefined;
    for (let id = calls.ids[calls.next]; id !== undefined; id = calls.ids[calls.next]) {
      if (!this.#answered.has(id)) return id;
      calls.next += 1;
    }
    return undefined;
  }
}
