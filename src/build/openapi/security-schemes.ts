const headerScheme = (name: string, description: string) =>
  ({ type: 'apiKey', in: 'header', name, description }) as const;

/** How the key is sent: one of them. Those that clients have for another API's key come last. */
export const securitySchemes = {
  ApiKey: headerScheme('X-API-Key', "The key of this gateway. Anthropic's clients send it so."),
  Bearer: { type: 'http', scheme: 'bearer', description: "OpenAI's clients send it so." },
  GatewayKey: headerScheme('X-Gateway-Key', 'The header that no client sends by itself.'),
  AzureKey: headerScheme('api-key', "Azure's clients send it so."),
  GoogleKey: headerScheme('x-goog-api-key', "Google's clients send it so."),
  PortkeyKey: headerScheme('x-portkey-api-key', "Portkey's clients send it so."),
} as const;
