import SwaggerUi from 'swagger-ui-dist/swagger-ui-bundle.js';

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const applyColorScheme = () => document.documentElement.classList.toggle('dark-mode', prefersDark.matches);
applyColorScheme();
prefersDark.addEventListener('change', applyColorScheme);

/** Fills in the key of a local gateway. */
async function authorize(): Promise<void> {
  const response = await fetch('/docs/settings.json');
  if (!response.ok) return;
  const { apiKey } = (await response.json()) as { readonly apiKey?: string };
  if (apiKey !== undefined) reference.preauthorizeApiKey('ApiKey', apiKey);
}

/**
 * The API reference. It sends requests to the gateway only: no validator badge from elsewhere, and no key is stored.
 */
const reference = SwaggerUi({
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
  onComplete: () => void authorize(),
});
