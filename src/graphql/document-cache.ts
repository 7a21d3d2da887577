/**
 * Caches what was derived from documents: for the latest documents only, and only for short ones. Clients that use
 * variables send the same documents again and again; others send texts of any length.
 */
export class DocumentCache<T> {
  readonly #values = new Map<string, T>();

  get(document: string): T | undefined {
    const cached = this.#values.get(document);
    if (cached !== undefined) {
      this.#values.delete(document);
      this.#values.set(document, cached);
    }
    return cached;
  }

  set(document: string, value: T): void {
    if (document.length > maxDocumentLength) return;
    const [oldest] = this.#values.keys();
    if (oldest !== undefined && this.#values.size >= maxDocuments) this.#values.delete(oldest);
    this.#values.set(document, value);
  }
}

const maxDocumentLength = 8_192;
const maxDocuments = 200;
