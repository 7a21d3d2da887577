/** What GraphiQL asks of a storage. */
type PageStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'clear' | 'length'>;

/** Tabs, history and favourites: JSON in which operations stand with the headers that they were sent with. */
const withHeaders = ['graphiql:tabState', 'graphiql:queries', 'graphiql:favorites'];

/**
 * Keeps what GraphiQL remembers, but no request headers: what is typed there opens a tenant's account, so it must not
 * outlive the page. Operations come back with `startingHeaders`.
 */
export function storageWithoutHeaders(storage: Storage, startingHeaders: string): PageStorage {
  return {
    getItem(key) {
      const value = storage.getItem(key);
      return value !== null && withHeaders.includes(key) ? replaceHeaders(value, startingHeaders) : value;
    },
    setItem(key, value) {
      storage.setItem(key, withHeaders.includes(key) ? replaceHeaders(value, null) : value);
    },
    removeItem: (key) => storage.removeItem(key),
    clear() {
      for (const key of ownKeys(storage)) storage.removeItem(key);
    },
    get length() {
      return ownKeys(storage).length;
    },
  };
}

function ownKeys(storage: Storage): string[] {
  return Object.keys(storage).filter((key) => key.startsWith('graphiql:'));
}

function replaceHeaders(json: string, headers: string | null): string {
  return JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? headers : value));
}
