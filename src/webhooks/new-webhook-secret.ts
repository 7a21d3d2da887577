/** The specification requires 24 to 64. */
const secretBytes = 32;

/** A new secret by the Standard Webhooks specification: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(secretBytes))))}`;
}
