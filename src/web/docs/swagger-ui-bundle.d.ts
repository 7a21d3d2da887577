/** The part of Swagger UI that is used here. Its package has no types. */
declare module 'swagger-ui-dist/swagger-ui-bundle.js' {
  interface SwaggerUiOptions {
    readonly url: string;
    readonly dom_id: string;
    readonly deepLinking: boolean;
    readonly validatorUrl: string | null;
    readonly persistAuthorization: boolean;
    readonly docExpansion: 'list' | 'full' | 'none';
    readonly defaultModelRendering: 'example' | 'model';
    readonly defaultModelsExpandDepth: number;
    readonly presets: readonly unknown[];
    readonly layout: 'BaseLayout';
    readonly onComplete: () => void;
  }
  interface SwaggerUiSystem {
    preauthorizeApiKey(scheme: string, apiKey: string): unknown;
  }
  const SwaggerUi: ((options: SwaggerUiOptions) => SwaggerUiSystem) & { readonly presets: { readonly apis: unknown } };
  export default SwaggerUi;
}
