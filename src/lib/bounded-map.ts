interface BoundedMapOptions<V> {
  /** Maximum number of entries, at least 1. It is exceeded only while no entry can be evicted. */
  readonly maxSize: number;
  /** The entry that a new key replaces once the map is full. */
  readonly evicts: 'least-recently-set' | 'least-recently-used';
  /** Returns whether a value may be evicted. Absent: every value may. */
  readonly canEvict?: (value: V) => boolean;
}

/**
 * A map that evicts entries to stay within a maximum size. It relies on the insertion order of `Map`: an entry becomes the
 * newest when it is set, and with `least-recently-used` also when it is read.
 *
 * The map exists because no npm library fits (measured in Node 24 with 10,000 entries): none can protect entries that are in
 * use, `lru-cache` allocates 219 KB for each empty map, `quick-lru` keeps up to twice its maximum, and `tiny-lru` and
 * `toad-cache` read more slowly.
 */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #maxSize: number;
  readonly #renewsOnGet: boolean;
  readonly #canEvict: (value: V) => boolean;

  constructor({ maxSize, evicts, canEvict = () => true }: BoundedMapOptions<V>) {
    this.#maxSize = maxSize;
    this.#renewsOnGet = evicts === 'least-recently-used';
    this.#canEvict = canEvict;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (this.#renewsOnGet && value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: K, value: V): void {
    if (!this.#entries.delete(key) && this.#entries.size >= this.#maxSize) this.#makeRoom();
    this.#entries.set(key, value);
  }

  /** Iterates over the values, the next one to be evicted first. */
  values(): MapIterator<V> {
    return this.#entries.values();
  }

  /** Evicts until one more entry fits. Evicts more than one entry after the maximum was exceeded. */
  #makeRoom(): void {
    for (const [key, value] of this.#entries) {
      if (this.#entries.size < this.#maxSize) return;
      if (this.#canEvict(value)) this.#entries.delete(key);
    }
  }
}
