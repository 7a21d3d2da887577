/**
 * Remembers what was made of documents: the last few, and only short ones, for clients send the same ones again and again
 * where they use variables, and text of any length where they do not.
 */
export class DocumentCache<T> {
  readonly #known = new Map<string, T>();

  get(document: string): T | undefined {
    const known = this.#known.get(document);
    if (known !== undefined) {
      this.#known.delete(document);
      this.#known.set(document, known);
    }
    return known;
  }

  set(document: string, made: T): void {
    if (document.length > maxDocumentLength) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= maxDocuments) this.#known.delete(oldest);
    this.#known.set(document, made);
  }
}

const maxDocumentLength = 8_192;
const maxDocuments = 200;
