import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import document from '../../src/build/openapi/openapi.json';
import { parseEnv } from '../../src/env.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { createTenant, post, send } from './gateway.ts';

type Operation = {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { name: string; in: string; schema: { example?: unknown }; example?: unknown }[];
  readonly requestBody?: { content: Readonly<Record<string, Example & { schema: { $ref: string } }>> };
};
type Example = { readonly examples?: Readonly<Record<string, { readonly value: unknown }>> };

const operations = Object.entries(document.paths as unknown as Record<string, Record<string, Operation>>).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, ...operation })),
);

/** The files of a page are part of it. */
const files = ['GET /docs/*', 'GET /playground/*', 'GET /console/*', 'GET /console/:version{[0-9a-f]{16}}/*'];

function fillIn(path: string): string {
  return path.replace('{id}', 'none').replace('{model}', 'stub');
}

function describeRoute(route: string): string {
  return route
    .replace(/:call\{\.\+(:\w+)\}/, '{model}$1')
    .replace(/\/:(\w+)/g, '/{$1}')
    .replace('/v1/models/*', '/v1/models/{id}')
    .replace('/v1beta/models/*', '/v1beta/models/{model}');
}

/** Returns the routes of the Worker in the format of the document. The name of a model can contain a slash. */
function routesOfApp(): string[] {
  const app = createApp({ ...createServices(parseEnv(env)), corsOrigins: undefined, local: true });
  const appRoutes = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  const apiRoutes = [...new Set(appRoutes)].filter((route) => !files.includes(route));
  return apiRoutes.map(describeRoute).sort();
}

test('every route of the gateway is in the document, and every operation of the document is a route', () => {
  expect(operations.map(({ route }) => route).sort()).toEqual(routesOfApp());
});

test.each(operations)('$route requires a key if the document says so', async ({ route, security }) => {
  const [method = '', path = ''] = route.split(' ');
  const { status } = await send(fillIn(path), { method, body: method === 'POST' ? '{}' : null });
  if (security.length > 0) expect(status).toBe(401);
  else expect(status).not.toBe(401);
});

/** What is filled in by `Try it out`: the first of the named examples, or of the schema's. */
function firstExample({ requestBody }: Operation): unknown {
  const content = requestBody?.content['application/json'];
  const [named] = Object.values(content?.examples ?? {});
  const schemas = document.components.schemas as Record<string, { examples?: unknown[] }>;
  return named?.value ?? schemas[content?.schema.$ref.split('/').at(-1) ?? '']?.examples?.[0];
}

describe('the prefilled example', () => {
  // Stub does not have these, and a provider that has them needs a key.
  const untried = ['/v1/moderations', '/v1/images/', '/v1/audio/'];
  const tried = operations.filter(
    ({ requestBody, route }) => requestBody && !untried.some((path) => route.startsWith(`POST ${path}`)),
  );

  test.each(tried)('of $route runs without a provider key', async (operation) => {
    const example = firstExample(operation);
    const [, path = ''] = operation.route.split(' ');
    // Gemini's paths name the model.
    if (!path.startsWith('/v1beta/')) expect(JSON.stringify(example)).toMatch(/"stub"|"query"/);
    const { key } = await createTenant({ scopes: ['chat', 'jobs', 'read'] });
    const response = await post(fillIn(path), example, { 'x-api-key': key });
    expect([response.status, await response.text()]).toEqual([path === '/api/jobs' ? 202 : 200, expect.any(String)]);
  });

  test('has no header that changes the request', () => {
    const filledIn = operations.flatMap(({ parameters = [] }) =>
      parameters.filter((one) => one.in === 'header' && (one.example ?? one.schema.example) !== undefined),
    );
    expect([...new Set(filledIn.map(({ name }) => name))]).toEqual(['anthropic-version']);
  });
});

describe('the reference', () => {
  test('is a public page that loads nothing from other origins', async () => {
    const page = await send('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe/);
    const html = await page.text();
    expect(html).not.toMatch(/https?:/);
    const paths = [...html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(paths).toEqual([
      expect.stringMatching(/^\/docs\/[0-9a-f]{16}\/docs\.css$/),
      expect.stringMatching(/^\/docs\/[0-9a-f]{16}\/docs\.js$/),
    ]);
    for (const path of paths) {
      const file = await send(path);
      expect([path, file.status]).toEqual([path, 200]);
      expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      await file.text();
    }
  });

  test('serves the committed document, and 304 for a matching ETag', async () => {
    const response = await send('/openapi.json', { headers: { origin: 'http://localhost:5173' } });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(await response.json()).toEqual(document);
    const etag = response.headers.get('etag') ?? '';
    expect((await send('/openapi.json', { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  test('has no other files', async () => {
    for (const path of ['/docs/nothing.js', '/docs.html', '/docs/../wrangler.toml']) {
      const response = await send(path);
      expect([path, response.status]).toEqual([path, 404]);
      await response.text();
    }
  });

  test('is on the home page', async () => {
    expect(await (await send('/')).text()).toContain('href="/docs"');
  });
});
