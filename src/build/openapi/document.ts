import { OpenAPIHono } from '@hono/zod-openapi';
import { anthropicApi } from '../../protocols/anthropic/openapi.ts';
import { geminiApi } from '../../protocols/gemini/openapi.ts';
import { modelErrors } from '../../protocols/models-openapi.ts';
import { jobRoutes } from '../../protocols/native/native-jobs-openapi.ts';
import { requestRoutes } from '../../protocols/native/native-requests-openapi.ts';
import { nativeApi } from '../../protocols/native/openapi.ts';
import { openAiApi } from '../../protocols/openai/openapi.ts';
import { graphQlErrors, serverRoutes } from '../../server/openapi.ts';
import { registerSchemas } from './components.ts';
import { registerErrors } from './error-responses.ts';
import { registerHeaders } from './headers.ts';
import type { ProtocolApi } from './protocol-api.ts';
import { securitySchemes } from './security-schemes.ts';

const description = `One API key in front of OpenAI, Claude, Ollama and any OpenAI-compatible provider, and one ledger for every token.

Send the key as \`X-API-Key\`, or as \`Authorization: Bearer\`. \`X-Gateway-Key\` and the headers of other APIs' clients are read too. Several headers with different keys are a 400, but keys of vendors (\`sk-…\`, \`AIza…\`) are ignored beside any other. A key in the URL is a 401.

Slashes are collapsed, and a trailing one is ignored. Paths of \`/v1\` work without it, with it twice, and below \`/openai\`; methods of models work below \`/v1beta\`, \`/v1\` and without either. Bodies are JSON of at most 10 MiB. Times are ISO 8601 in UTC, costs are US dollars, and an unknown count or price is null.`;

/** The client protocols, one line each. They are not those of `clientProtocols`, because the Worker does not bundle this. */
const protocols: readonly ProtocolApi[] = [nativeApi, openAiApi, anthropicApi, geminiApi];
const routes = [...protocols.flatMap((protocol) => protocol.routes), ...jobRoutes, ...requestRoutes, ...serverRoutes];
const errorFormats = [...protocols.map(({ errors }) => errors), modelErrors, graphQlErrors];

/** Describes the gateway's HTTP API as an OpenAPI 3.1 document. */
export function describeApi(version: string): object {
  const { openAPIRegistry: registry, getOpenAPI31Document } = new OpenAPIHono();
  for (const [name, scheme] of Object.entries(securitySchemes)) {
    registry.registerComponent('securitySchemes', name, scheme);
  }
  for (const route of routes) registry.registerPath(route);
  registerHeaders(
    registry,
    protocols.map(({ headers }) => headers),
  );
  const referredTo = JSON.stringify(routes.map(({ responses }) => responses));
  registerErrors(registry, errorFormats, (name) => referredTo.includes(`/responses/${name}"`));
  registerSchemas(registry);
  return getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'AI Aggregator', version, description, license: { name: 'MIT' } },
    servers: [{ url: '/', description: 'The gateway that serves this document.' }],
    tags: [
      ...protocols.map(({ tag }) => tag),
      { name: 'Jobs', description: 'Calls that are made later, and survive a crash.' },
      { name: 'Request log', description: 'What has become of each request, refused ones included.' },
      { name: 'GraphQL' },
      { name: 'Status' },
      { name: 'Pages' },
    ],
  });
}
