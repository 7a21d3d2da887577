import { type FieldPath, formatFieldPath } from './error-issue.ts';

/**
 * What the translation of a request for a provider of another protocol has changed, by the paths of the client's request. A
 * request without a report is strict: what cannot be expressed is rejected.
 */
export class TranslationReport {
  readonly #dropped: FieldPath[] = [];
  readonly #adjusted = new Map<string, FieldPath>();
  readonly #mapPath: (path: FieldPath) => FieldPath;

  /** `mapPath` maps a field of the gateway's own request to the client's. */
  constructor(mapPath: (path: FieldPath) => FieldPath = (path) => path) {
    this.#mapPath = mapPath;
  }

  /** Fields that were left out. */
  get dropped(): readonly FieldPath[] {
    return this.#dropped;
  }

  /** Fields that are expressed by other means, or whose value was reduced to what the provider takes. */
  get adjusted(): readonly FieldPath[] {
    return [...this.#adjusted.values()];
  }

  /** Records that a field of the client's request was left out. */
  drop(path: FieldPath): void {
    this.#dropped.push(path);
  }

  /** Records that a field of the gateway's own request was adjusted. */
  adjust(path: FieldPath): void {
    const mapped = this.#mapPath(path);
    this.#adjusted.set(formatFieldPath(mapped), mapped);
  }
}
