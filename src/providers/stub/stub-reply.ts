import type { StubRequest } from './stub-request.ts';

/** What Stub says to a request, and what it counts. One piece is one token, and one chunk of a stream. */
export interface StubReply {
  readonly pieces: readonly string[];
  readonly finishReason: 'stop' | 'length';
  readonly promptTokens: number;
}

/**
 * The same request has the same reply, told apart from a model's at a glance: it says whose it is and repeats what was
 * asked. Stop sequences and the bound on tokens cut it as they would cut a model's.
 */
export function replyTo({ messages, stop, maxTokens }: StubRequest): StubReply {
  const asked = messages.findLast(({ role }) => role === 'user')?.text ?? '';
  const text = cutBefore(`Stub reply to: ${asked.trim() ? asked : '(nothing)'}`, stop);
  const pieces = piecesOf(text);
  const promptTokens = messages.reduce((sum, message) => sum + piecesOf(message.text).length, 0);
  return {
    pieces: pieces.slice(0, maxTokens),
    finishReason: maxTokens !== undefined && pieces.length > maxTokens ? 'length' : 'stop',
    promptTokens,
  };
}

/** A word with the white space behind it; a long one is several, never cut inside a character. */
function piecesOf(text: string): string[] {
  return text.match(/\S{1,16}\s*/gu) ?? [];
}

function cutBefore(text: string, stop: readonly string[]): string {
  const ends = stop.map((sequence) => text.indexOf(sequence)).filter((position) => position >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}
