/** Calls a tool of the client's and returns its result. */
export type CallTool = (name: string, input: unknown) => string;

/** A conversation with a model that may call `get_weather` (of a `city`) and `get_time` (of a `zone`). */
export interface Conversation {
  /** Sends a text after all that came before it. Resolves with the model's text, once it calls no more tools. */
  send(prompt: string, stream: boolean): Promise<string>;
}

/** A method of reading an object with a text `city` and a number `degrees`. */
export type ReadForecast = (model: string, prompt: string) => Promise<unknown>;

/** A library that runs the loop of tool calls and parses structured output by itself. Each method rejects as it does. */
export interface FrameworkClient {
  readonly name: string;
  /** Absent for a client that runs no tools. */
  readonly startConversation?: (model: string, callTool: CallTool) => Conversation;
  /** Whether its conversations are always streamed. */
  readonly isStreamOnly?: boolean;
  /** By the library's names of its methods. */
  readonly structuredOutput: Readonly<Record<string, ReadForecast>>;
}

/** Creates the clients of one package. */
export type CreateClients = (gateway: { readonly url: string; readonly key: string }) => readonly FrameworkClient[];
