import { type FieldPath, formatFieldPath } from './error-issue.ts';
import { invalidFieldError, mapErrorIssues } from './errors.ts';

/**
 * What the translation of a request for a provider of another protocol has changed, by the paths of the client's request. A
 * request without a report is strict: what cannot be expressed is rejected.
 */
export class TranslationReport {
  readonly #dropped: FieldPath[] = [];
  /** The indexes of the entries of lists that were left out, in ascending order, by the paths of the lists. */
  readonly #droppedIndexes = new Map<string, number[]>();
  readonly #leftOut = new Map<string, FieldPath>();
  readonly #adjusted = new Map<string, FieldPath>();
  readonly #mapPath: (path: FieldPath) => FieldPath;
  readonly #getStrictAlternative: () => string | undefined;

  /**
   * `mapPath` maps a field of the gateway's own request to the client's. `getStrictAlternative` returns what a client that wants to
   * lose no field can do instead; undefined for any other client.
   */
  constructor(
    mapPath: (path: FieldPath) => FieldPath = (path) => path,
    getStrictAlternative: () => string | undefined = () => undefined,
  ) {
    this.#mapPath = mapPath;
    this.#getStrictAlternative = getStrictAlternative;
  }

  /** Fields that were left out. */
  get dropped(): readonly FieldPath[] {
    return this.#leftOut.size === 0 ? this.#dropped : [...this.#dropped, ...this.#leftOut.values()];
  }

  /** Fields that are expressed by other means, or whose value was reduced to what the provider takes. */
  get adjusted(): readonly FieldPath[] {
    return [...this.#adjusted.values()];
  }

  /** Records that a field of the client's request was left out. */
  drop(path: FieldPath): void {
    this.#dropped.push(path);
    const index = path.at(-1);
    if (typeof index !== 'number') return;
    const list = formatFieldPath(path.slice(0, -1));
    const indexes = this.#droppedIndexes.get(list);
    if (indexes) indexes.push(index);
    else this.#droppedIndexes.set(list, [index]);
  }

  /** Records that a field of the gateway's own request was left out after the request had been parsed. */
  leaveOut(path: FieldPath): void {
    const mapped = this.locate(this.#mapPath(path));
    this.#leftOut.set(formatFieldPath(mapped), mapped);
  }

  /**
   * Records that a field of the gateway's own request was left out because the vendor refuses it. Throws `invalid_request` where the
   * client wants to lose no field.
   */
  leaveOutRefused(path: FieldPath, vendorName: string): void {
    const alternative = this.#getStrictAlternative();
    if (alternative !== undefined) {
      throw invalidFieldError(path, `is not supported by ${vendorName}: leave it out, or ${alternative}`);
    }
    this.leaveOut(path);
  }

  /** Records that a field of the gateway's own request was adjusted. */
  adjust(path: FieldPath): void {
    const mapped = this.locate(this.#mapPath(path));
    this.#adjusted.set(formatFieldPath(mapped), mapped);
  }

  /** Returns the path that a field had before entries of lists were left out. */
  locate(path: FieldPath): FieldPath {
    if (this.#droppedIndexes.size === 0) return path;
    const located: (string | number)[] = [];
    for (const key of path) {
      const dropped = typeof key === 'number' ? this.#droppedIndexes.get(formatFieldPath(located)) : undefined;
      located.push(typeof key === 'number' && dropped ? key + countBefore(key, dropped) : key);
    }
    return located;
  }

  /** Returns an error that names the fields where the client has sent them. */
  locateError(thrown: unknown): unknown {
    return mapErrorIssues(thrown, ({ path, message }) => ({ path: this.locate(path), message }));
  }
}

/** Counts the entries that were left out before the one that has this index without them. A body may have lost 200,000. */
function countBefore(index: number, dropped: readonly number[]): number {
  let low = 0;
  let high = dropped.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((dropped[middle] ?? 0) - middle <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}
