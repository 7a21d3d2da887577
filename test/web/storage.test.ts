import { expect, test } from 'vitest';
import { createStorageWithoutHeaders } from '../../src/web/playground/storage.ts';

/** A storage whose entries are its own properties, as a browser's are. */
function memoryStorage(): Storage {
  const methods: PropertyDescriptorMap = {
    getItem: { value: (key: string) => entries[key] ?? null },
    setItem: { value: (key: string, value: string) => Object.assign(entries, { [key]: value }) },
    removeItem: { value: (key: string) => Reflect.deleteProperty(entries, key) },
  };
  const entries = Object.create(Object.create(null, methods));
  return entries;
}

const starting = '{"X-API-Key":"starting"}';
const typed = '{"X-API-Key":"secret"}';

test.each([
  ['tabs', 'graphiql:tabState', (headers: string | null) => ({ tabs: [{ query: '{ me { id } }', headers }] })],
  [
    'history entries',
    'graphiql:queries',
    (headers: string | null) => ({ queries: [{ query: '{ me { id } }', headers }] }),
  ],
  ['favourites', 'graphiql:favorites', (headers: string | null) => ({ favorites: [{ variables: '{}', headers }] })],
])('%s are stored without their headers and restored with the initial headers', (_, key, remembered) => {
  const memory = memoryStorage();
  const storage = createStorageWithoutHeaders(memory, starting);
  storage.setItem(key, JSON.stringify(remembered(typed)));
  expect(JSON.parse(memory.getItem(key) ?? '')).toEqual(remembered(null));
  expect(JSON.parse(storage.getItem(key) ?? '')).toEqual(remembered(starting));
});

test('a variable with the name headers is stored', () => {
  const memory = memoryStorage();
  const storage = createStorageWithoutHeaders(memory, starting);
  storage.setItem('graphiql:variables', '{"headers": "mine"}');
  expect(storage.getItem('graphiql:variables')).toBe('{"headers": "mine"}');
  storage.removeItem('graphiql:variables');
  expect([storage.getItem('graphiql:variables'), storage.getItem('graphiql:tabState'), storage.length]).toEqual([
    null,
    null,
    0,
  ]);
});

test('clear() keeps the entries of other programs', () => {
  const memory = memoryStorage();
  memory.setItem('other', 'stays');
  const storage = createStorageWithoutHeaders(memory, starting);
  storage.setItem('graphiql:theme', 'dark');
  expect(storage.length).toBe(1);
  storage.clear();
  expect({ ...memory }).toEqual({ other: 'stays' });
});
