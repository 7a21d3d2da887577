import { OpenAI } from 'openai';
import { stubFetch } from '../../../../src/providers/stub/stub-fetch.ts';

/** OpenAI's own client, answered by Stub. */
export function createStubClient(): OpenAI {
  return new OpenAI({ apiKey: 'none', baseURL: 'http://stub.invalid/v1', fetch: stubFetch, maxRetries: 0 });
}
