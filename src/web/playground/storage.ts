/** The part of a storage that GraphiQL uses. */
type PageStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'clear' | 'length'>;

/** The keys of tabs, history and favourites: JSON that contains operations with their headers. */
const keysWithHeaders = ['graphiql:tabState', 'graphiql:queries', 'graphiql:favorites'];

/**
 * Creates a storage that stores what GraphiQL writes, without request headers: they contain a tenant's key, which must
 * not outlive the page. Stored operations are read with `startingHeaders`.
 */
export function createStorageWithoutHeaders(storage: Storage, startingHeaders: string): PageStorage {
  return {
    getItem(key) {
      const value = storage.getItem(key);
      return value !== null && keysWithHeaders.includes(key) ? replaceHeaders(value, startingHeaders) : value;
    },
    setItem(key, value) {
      storage.setItem(key, keysWithHeaders.includes(key) ? replaceHeaders(value, null) : value);
    },
    removeItem: (key) => storage.removeItem(key),
    clear() {
      for (const key of listOwnKeys(storage)) storage.removeItem(key);
    },
    get length() {
      return listOwnKeys(storage).length;
    },
  };
}

function listOwnKeys(storage: Storage): string[] {
  return Object.keys(storage).filter((key) => key.startsWith('graphiql:'));
}

function replaceHeaders(json: string, headers: string | null): string {
  return JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? headers : value));
}
