import { type FieldPath, formatFieldPath } from './error-issue.ts';
import { mapErrorIssues } from './errors.ts';

/**
 * What the translation of a request for a provider of another protocol has changed, by the paths of the client's request. A
 * request without a report is strict: what cannot be expressed is rejected.
 */
export class TranslationReport {
  readonly #dropped: FieldPath[] = [];
  readonly #leftOut = new Map<string, FieldPath>();
  readonly #adjusted = new Map<string, FieldPath>();
  readonly #mapPath: (path: FieldPath) => FieldPath;

  /** `mapPath` maps a field of the gateway's own request to the client's. */
  constructor(mapPath: (path: FieldPath) => FieldPath = (path) => path) {
    this.#mapPath = mapPath;
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
  }

  /** Records that a field of the gateway's own request was left out after the request had been parsed. */
  leaveOut(path: FieldPath): void {
    const mapped = this.locate(this.#mapPath(path));
    this.#leftOut.set(formatFieldPath(mapped), mapped);
  }

  /** Records that a field of the gateway's own request was adjusted. */
  adjust(path: FieldPath): void {
    const mapped = this.locate(this.#mapPath(path));
    this.#adjusted.set(formatFieldPath(mapped), mapped);
  }

  /** Returns the path that a field had before entries of lists were left out. */
  locate(path: FieldPath): FieldPath {
    const lists = this.#dropped.filter((dropped) => typeof dropped.at(-1) === 'number');
    if (lists.length === 0) return path;
    const located: (string | number)[] = [];
    for (const key of path) {
      located.push(typeof key === 'number' ? restoreIndex(key, findDroppedIndexes(lists, located)) : key);
    }
    return located;
  }

  /** Returns an error that names the fields where the client has sent them. */
  locateError(thrown: unknown): unknown {
    return mapErrorIssues(thrown, ({ path, message }) => ({ path: this.locate(path), message }));
  }
}

/** Returns which entries of the list at this path were left out, in ascending order. */
function findDroppedIndexes(entries: readonly FieldPath[], list: FieldPath): number[] {
  return entries.flatMap((entry) => {
    const index = entry.at(-1);
    const isInList = entry.length === list.length + 1 && list.every((key, position) => entry[position] === key);
    return isInList && typeof index === 'number' ? index : [];
  });
}

function restoreIndex(index: number, dropped: readonly number[]): number {
  return dropped.reduce((restored, left) => (left <= restored ? restored + 1 : restored), index);
}
