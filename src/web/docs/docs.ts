import SwaggerUi from 'swagger-ui-dist/swagger-ui-bundle.js';

/** The reference of the API, which asks nobody but the gateway: no badge of a validator elsewhere, no key that is kept. */
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
