import SwaggerUi from 'swagger-ui-dist/swagger-ui-bundle.js';

/**
 * The API reference. It sends requests to the gateway only: no validator badge from elsewhere, and no key is stored.
 */
SwaggerUi({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  docExpansion: 'list',
  defaultModelRendering: 'model',
  defaultModelsExpandDepth: 0,
  presets: [SwaggerUi.presets.apis],
  layout: 'BaseLayout',
});
