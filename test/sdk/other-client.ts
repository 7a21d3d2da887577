import type { Schema, ToolSpec } from './normal-form.ts';

export interface CountedText {
  readonly text: string;
  readonly usage: { readonly input: number | undefined; readonly output: number | undefined };
}

/** A third-party client for one of the protocols. Each method rejects with the client's error. */
export interface OtherClient {
  readonly name: string;
  text(model: string, prompt: string): Promise<CountedText>;
  stream(model: string, prompt: string): Promise<CountedText & { readonly pieces: number }>;
  tools(model: string, prompt: string, tools: readonly ToolSpec[]): Promise<{ name: string; input: unknown }[]>;
  /** The reply read as JSON of a schema. */
  json(model: string, prompt: string, schema: Schema): Promise<unknown>;
}
