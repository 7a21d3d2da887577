import { createRoute, z } from '@hono/zod-openapi';
import { refTo } from '../build/openapi/components.ts';
import { bodyErrors, type ErrorFormat, errorResponses } from '../build/openapi/error-responses.ts';
import { headerRefs } from '../build/openapi/headers.ts';
import { body, file, json, withKey, withoutKey } from '../build/openapi/operation.ts';
import { nativeErrors } from '../protocols/native/native-openapi-errors.ts';
import {
  consoleSettings,
  docsSettings,
  graphQlReply,
  graphQlRequest,
  health,
  playgroundSettings,
  readiness,
} from './page-openapi-schemas.ts';

const graphQl = {
  description:
    'The result. Subscriptions come as server-sent events: `next` with a result each, `complete` at the end.',
  headers: headerRefs(),
  content: {
    'application/json': { schema: refTo(graphQlReply) },
    'application/graphql-response+json': { schema: refTo(graphQlReply) },
    'text/event-stream': { schema: refTo(graphQlReply) },
  },
};

export const graphQlErrors: ErrorFormat = {
  name: 'GraphQl',
  schema: graphQlReply,
  encode: ({ code, message }, requestId) => ({ errors: [{ message, extensions: { code, requestId } }] }),
  limitHeaders: [],
};
const graphQlErrorResponses = errorResponses(graphQlErrors, bodyErrors);

const graphQlRoutes = [
  createRoute({
    method: 'post',
    path: '/graphql',
    operationId: 'askGraphQl',
    tags: ['GraphQL'],
    summary: 'Queries, mutations and subscriptions',
    description:
      'Jobs, usage, keys, tenants and their settings. The schema is told by introspection where the playground is on. An error of a field has its code in `extensions.code`.',
    ...withKey,
    request: body(graphQlRequest),
    responses: { 200: graphQl, ...graphQlErrorResponses },
  }),
  createRoute({
    method: 'get',
    path: '/graphql',
    operationId: 'queryGraphQl',
    tags: ['GraphQL'],
    summary: 'Queries and subscriptions, never mutations',
    ...withKey,
    request: {
      query: z.object({
        query: z.string().openapi({ example: 'query { me { id name active } }' }),
        variables: z.string().optional().openapi({ description: 'A JSON object.' }),
        operationName: z.string().optional(),
        extensions: z.string().optional().openapi({ description: 'A JSON object.' }),
      }),
    },
    responses: { 200: graphQl, ...graphQlErrorResponses },
  }),
];

const statusRoutes = [
  createRoute({
    method: 'get',
    path: '/health',
    operationId: 'getHealth',
    tags: ['Status'],
    summary: 'Whether the gateway runs',
    ...withoutKey,
    responses: { 200: json(health, 'It does.') },
  }),
  createRoute({
    method: 'get',
    path: '/ready',
    operationId: 'getReadiness',
    tags: ['Status'],
    summary: 'Whether the gateway and what it needs run',
    ...withoutKey,
    responses: {
      200: json(readiness, 'They do.'),
      503: json(readiness, 'One of them does not answer within two seconds.', ['Retry-After']),
    },
  }),
];

const page = (path: string, operationId: string, summary: string) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    tags: ['Pages'],
    summary,
    ...withoutKey,
    responses: { 200: file('text/html', 'The page.') },
  });

const pageRoutes = [
  page('/', 'getHome', 'An overview'),
  createRoute({
    ...page('/favicon.ico', 'getFavicon', 'The icon of the pages'),
    responses: { 200: file('image/svg+xml', 'The icon.') },
  }),
  page('/docs', 'getDocs', 'This reference'),
  createRoute({
    method: 'get',
    path: '/docs/settings.json',
    operationId: 'getDocsSettings',
    tags: ['Pages'],
    summary: 'The key that the reference fills in',
    ...withoutKey,
    responses: { 200: json(docsSettings, 'The settings.') },
  }),
  createRoute({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    tags: ['Pages'],
    summary: 'This document',
    ...withoutKey,
    responses: {
      200: {
        description: 'An OpenAPI 3.1 document.',
        headers: headerRefs(),
        content: { 'application/json': { schema: { type: 'object' } } },
      },
    },
  }),
  createRoute({
    ...page('/console', 'getConsole', 'The web console'),
    description: 'Every path below it that is no file shows the same page. It is on unless `ENABLE_CONSOLE=false`.',
    responses: { 200: file('text/html', 'The page.'), ...errorResponses(nativeErrors, ['not_found']) },
  }),
  createRoute({
    method: 'get',
    path: '/console/settings.json',
    operationId: 'getConsoleSettings',
    tags: ['Pages'],
    summary: 'The API key with which the console signs in',
    ...withoutKey,
    responses: {
      200: json(consoleSettings, 'The settings.'),
      ...errorResponses(nativeErrors, ['not_found']),
    },
  }),
  createRoute({
    ...page('/playground', 'getPlayground', 'The GraphQL playground'),
    description: 'It is on locally, and elsewhere with `ENABLE_PLAYGROUND=true`.',
    responses: { 200: file('text/html', 'The page.'), ...errorResponses(nativeErrors, ['not_found']) },
  }),
  createRoute({
    method: 'get',
    path: '/playground/settings.json',
    operationId: 'getPlaygroundSettings',
    tags: ['Pages'],
    summary: 'The headers that the playground fills in',
    ...withoutKey,
    responses: {
      200: json(playgroundSettings, 'The settings.'),
      ...errorResponses(nativeErrors, ['not_found']),
    },
  }),
];

export const serverRoutes = [...graphQlRoutes, ...statusRoutes, ...pageRoutes];
