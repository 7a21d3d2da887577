/** A case that a client and a model cannot run together, by the documentation of the vendor. */
export interface Exclusion {
  /** The beginning of the client's name. */
  readonly client: string;
  /** The beginning of the case's title. */
  readonly title: string;
  readonly models: readonly string[];
  /** What the client's error says instead. */
  readonly error: RegExp;
  readonly reason: string;
  readonly link: string;
}

const exclusions: readonly Exclusion[] = [
  {
    client: 'instructor',
    title: 'structured output, JSON_SCHEMA',
    models: ['gpt-4o-mini', 'acme-large'],
    error: /response_format\.schema|did not match|\{\}/,
    reason: 'json_object has no schema in OpenAI’s protocol: this mode is for vendors that add one, such as Together',
    link: 'https://platform.openai.com/docs/api-reference/chat/create#chat-create-response_format',
  },
  {
    client: 'instructor',
    title: 'structured output, MD_JSON',
    models: ['stub'],
    error: /not valid JSON|\{\}/,
    reason: 'this mode asks for JSON in words only, which Stub repeats',
    link: 'https://github.com/instructor-ai/instructor-js#readme',
  },
  {
    client: 'ai, anthropic',
    title: 'structured output, no schema',
    models: ['stub'],
    error: /No object generated/,
    reason:
      'Anthropic’s protocol has no JSON without a schema: the provider asks for it in words only, which Stub repeats',
    link: 'https://ai-sdk.dev/docs/reference/ai-sdk-core/output',
  },
];

/** Finds why a case cannot run. */
export function findExclusion(client: string, title: string, model: string): Exclusion | undefined {
  return exclusions.find(
    (exclusion) =>
      client.startsWith(exclusion.client) && title.startsWith(exclusion.title) && exclusion.models.includes(model),
  );
}
