/**
 * Writes the layer rules into biome.json: which folder of `src` may import which other, and where each vendor's package may
 * be used. With `--check` it writes nothing, and fails where biome.json differs from this table.
 */
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';

/** Each folder of the Worker and the folders that it may import, itself aside. Files directly in `src` may import them all. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  lib: ['domain'],
  db: ['domain', 'lib'],
  auth: ['domain', 'lib', 'db'],
  audit: ['domain', 'lib', 'db'],
  'request-log': ['domain', 'lib', 'db'],
  usage: ['domain', 'lib', 'db', 'request-log'],
  providers: ['domain', 'lib'],
  limits: ['domain', 'lib'],
  billing: ['domain', 'lib', 'db', 'audit', 'limits'],
  routing: ['domain', 'lib', 'db', 'providers', 'usage'],
  'reply-cache': ['domain', 'lib'],
  gateway: ['domain', 'lib', 'limits', 'providers', 'reply-cache', 'request-log', 'routing', 'usage'],
  idempotency: ['domain', 'lib', 'db'],
  'responses-store': ['domain', 'lib', 'db'],
  outbox: ['domain', 'lib', 'db'],
  webhooks: ['domain', 'lib', 'db', 'outbox'],
  jobs: ['domain', 'lib', 'db', 'gateway', 'outbox', 'request-log', 'usage'],
  tenants: ['domain', 'lib', 'db', 'auth', 'providers', 'routing', 'usage'],
  http: ['domain', 'lib', 'idempotency', 'limits', 'request-log'],
  protocols: [
    ...['domain', 'lib', 'db', 'auth', 'gateway', 'http', 'idempotency', 'jobs', 'limits', 'providers'],
    ...['reply-cache', 'request-log', 'responses-store', 'routing', 'usage'],
  ],
  graphql: [
    ...[
      'domain',
      'lib',
      'db',
      'audit',
      'auth',
      'gateway',
      'jobs',
      'limits',
      'providers',
      'routing',
      'tenants',
      'usage',
    ],
    ...['request-log', 'webhooks'],
  ],
  queue: ['domain', 'lib', 'jobs', 'outbox', 'usage', 'webhooks'],
  server: [
    ...['domain', 'lib', 'auth', 'gateway', 'http', 'idempotency', 'jobs', 'limits', 'protocols', 'request-log'],
    'responses-store',
  ],
};

/** Programs that are not part of the Worker, and which of each other's folders they may import. They may import the Worker. */
const programs: Readonly<Record<string, readonly string[]>> = {
  cli: ['dev'],
  dev: ['build'],
  build: [],
};

/** Client protocols, one folder each. They do not import each other. */
const protocols = readdirSync(new URL('../../src/protocols', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** The packages that are vendors' clients or frameworks, and the folders that may use each. */
const packages: Readonly<Record<string, readonly string[]>> = {
  hono: ['http', 'protocols', 'server'],
  'graphql-yoga': ['graphql'],
  '@pothos': ['graphql'],
  graphql: ['graphql'],
  'drizzle-orm': ['db'],
  '@neondatabase/serverless': ['db'],
  '@upstash/redis': ['limits', 'billing'],
  openai: ['providers'],
  '@anthropic-ai/sdk': ['providers'],
};

const folders = Object.keys(mayImport);
const rootFiles = ['services', 'handlers', 'index', 'env'];

interface Rule {
  readonly includes: readonly string[];
  readonly restricted: readonly string[];
  readonly message: string;
  readonly packages?: readonly string[];
}

function rulesOf(): Rule[] {
  const inFolder = folders.map((folder): Rule => {
    const closed = [...folders, ...Object.keys(programs), 'web'].filter(
      (other) => other !== folder && !mayImport[folder]?.includes(other),
    );
    return {
      includes: [`src/${folder}/**`, `!src/${folder}/**/*openapi*.ts`],
      restricted: [...closed.map((other) => `**/${other}/**`), ...rootFiles.map((file) => `**/${file}.ts`)],
      message: `${folder} may import ${list(mayImport[folder] ?? [])}: see test/check/layers.ts.`,
      packages: packagesClosedTo(folder),
    };
  });
  const betweenProtocols = protocols.map((protocol): Rule => {
    const others = protocols.filter((other) => other !== protocol);
    const rule = inFolder[folders.indexOf('protocols')];
    return {
      includes: [`src/protocols/${protocol}/**`, `!src/protocols/${protocol}/**/*openapi*.ts`],
      restricted: [...(rule?.restricted ?? []), ...others.map((other) => `../${other}/**`)],
      message: 'A client protocol does not import another one.',
      packages: rule?.packages ?? [],
    };
  });
  const openApi: Rule = {
    includes: ['src/**/*openapi*.ts', 'src/build/openapi/**'],
    restricted: ['graphql', 'queue', 'cli', 'dev', 'web'].map((folder) => `**/${folder}/**`),
    message: 'The OpenAPI document is made from the routes and their schemas.',
    packages: Object.keys(packages).filter((name) => name !== 'hono'),
  };
  const outside = Object.entries(programs).map(
    ([folder, allowed]): Rule => ({
      includes: [`src/${folder}/**`, '!src/build/openapi/**'],
      restricted: [...Object.keys(programs), 'web']
        .filter((other) => other !== folder && !allowed.includes(other))
        .map((other) => `**/${other}/**`),
      message: `${folder} may import the Worker, and of the other programs ${list(allowed)}.`,
    }),
  );
  const web: Rule = {
    includes: ['src/web/**'],
    restricted: ['../../**'],
    message: 'The browser apps use the gateway by its HTTP API only.',
  };
  const root: Rule = {
    includes: ['src/*.ts'],
    restricted: [...Object.keys(programs), 'web'].map((folder) => `**/${folder}/**`),
    message: 'The Worker does not import the programs beside it or the browser apps.',
  };
  return [...inFolder, ...betweenProtocols, openApi, ...outside, web, root];
}

function packagesClosedTo(folder: string): string[] {
  return Object.keys(packages).filter((name) => !packages[name]?.includes(folder));
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function toOverride({ includes, restricted, message, packages: closed = [] }: Rule): object {
  const patterns = [{ group: restricted, message }];
  if (closed.length > 0) {
    const group = closed.flatMap((name) => [name, `${name}/**`]);
    patterns.push({ group, message: 'This package is used in other folders only: see test/check/layers.ts.' });
  }
  const noRestrictedImports = { level: 'error', options: { patterns } };
  return { includes, linter: { rules: { style: { noRestrictedImports } } } };
}

const file = new URL('../../biome.json', import.meta.url);
const text = await readFile(file, 'utf8');
const written = JSON.stringify({ ...JSON.parse(text), overrides: rulesOf().map(toOverride) });
if (process.argv.includes('--check')) {
  if (written !== JSON.stringify(JSON.parse(text))) {
    console.error('biome.json has other layer rules than test/check/layers.ts: run `node test/check/layers.ts`.');
    process.exit(1);
  }
} else await writeFile(file, `${JSON.stringify(JSON.parse(written), null, 2)}\n`);
