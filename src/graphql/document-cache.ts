import { BoundedMap } from '../lib/bounded-map.ts';

const maxDocuments = 200;
const maxDocumentLength = 8_192;

/**
 * Caches results by GraphQL document. It keeps the documents that were used last and only short ones: clients that use variables
 * repeat a few documents, and clients that do not send documents of any length that never repeat.
 */
export class DocumentCache<T> {
  readonly #results = new BoundedMap<string, T>({ maxSize: maxDocuments, evicts: 'least-recently-used' });

  get(document: string): T | undefined {
    return this.#results.get(document);
  }

  set(document: string, result: T): void {
    if (document.length <= maxDocumentLength) this.#results.set(document, result);
  }
}
