import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readRoutesFile } from '../../../src/dev/read-routes-file.ts';
import { StartError } from '../../../src/dev/start-error.ts';

const scratch = mkdtempSync(join(tmpdir(), 'routes-file-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const path = join(scratch, 'routes.json');
const variables = { COMPATIBLE_PROVIDERS: '[{"name":"acme","baseUrl":"https://acme.example.com/v1"}]' };

test('routes.json is read with the compatible providers', () => {
  writeFileSync(path, '[{ "name": "fast", "targets": [{ "provider": "acme", "model": "acme-large" }] }]');
  expect(readRoutesFile(path, variables)).toMatchObject([{ name: 'fast', tenantId: null, version: 0 }]);
});

test.each([
  ['[', 'routes.json is not JSON: '],
  ['[{ "name": "fast", "targets": [] }]', 'routes.json: [0].targets: must be a list of 1 to 20 targets.'],
  [
    '[{ "name": "fast", "targets": [{ "provider": "acne", "model": "x" }] }]',
    'routes.json: [0].targets[0].provider: "acne" is not a known provider: did you mean "acme"?',
  ],
])('%s stops the start with a message that names the place', (text, message) => {
  writeFileSync(path, text);
  expect(() => readRoutesFile(path, variables)).toThrow(StartError);
  expect(() => readRoutesFile(path, variables)).toThrow(message);
});

test('a missing routes.json stops the start with what to write', () => {
  const absent = join(scratch, 'absent.json');
  expect(() => readRoutesFile(absent, variables)).toThrow('routes.json cannot be read: it is a part of the Worker');
});
