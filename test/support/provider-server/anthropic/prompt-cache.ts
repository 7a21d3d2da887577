import { createHash } from 'node:crypto';
import type { TokenCounts } from '../protocol.ts';

/** Source: platform.claude.com/docs, "Prompt caching". */
const minPrefixTokens = 1024;
/** How many blocks before a breakpoint the API looks for a prefix that it has cached. */
const maxLookback = 20;
const charactersPerToken = 4;

interface Prefix {
  readonly hash: string;
  readonly tokens: number;
  readonly isBreakpoint: boolean;
}

/**
 * Bills prompts as Anthropic does: a prefix is cached up to each block with `cache_control`, and read by a later request whose blocks
 * are the same, byte for byte, up to there. A text and a list of one text block are the same, and `cache_control` is no part of a prefix.
 */
export class PromptCache {
  readonly #hashes = new Set<string>();

  /** Returns what a request is billed, without its output, and caches its prefixes. */
  bill(body: object): TokenCounts {
    const prefixes = readPrefixes(body);
    const breakpoints = [...prefixes.keys()].filter((index) => {
      const prefix = prefixes[index];
      return prefix?.isBreakpoint && prefix.tokens >= minPrefixTokens;
    });
    const reachable = breakpoints.flatMap((index) => prefixes.slice(Math.max(0, index - maxLookback), index + 1));
    const cacheRead = Math.max(
      0,
      ...reachable.filter(({ hash }) => this.#hashes.has(hash)).map(({ tokens }) => tokens),
    );
    const cached = prefixes[breakpoints.at(-1) ?? -1]?.tokens ?? 0;
    for (const index of breakpoints) this.#hashes.add(prefixes[index]?.hash ?? '');
    return {
      input: prefixes.at(-1)?.tokens ?? 0,
      cacheRead,
      cacheWrite: Math.max(0, cached - cacheRead),
      cacheWriteOneHour: 0,
    };
  }
}

function readPrefixes(body: object): Prefix[] {
  const { model, tools, system, messages } = body as Readonly<Record<string, unknown>>;
  const blocks = [
    ...toBlocks(tools).map((block) => ({ place: 'tools', block })),
    ...toBlocks(system).map((block) => ({ place: 'system', block })),
    ...(messages as { role: string; content: unknown }[]).flatMap(({ role, content }, index) =>
      toBlocks(content).map((block) => ({ place: `${index} ${role}`, block })),
    ),
  ];
  let length = 0;
  let hash = String(model);
  return blocks.map(({ place, block: { cache_control, ...block } }) => {
    const text = JSON.stringify(block);
    length += text.length;
    hash = createHash('sha256').update(`${hash} ${place} ${text}`).digest('hex');
    return { hash, tokens: Math.ceil(length / charactersPerToken), isBreakpoint: cache_control != null };
  });
}

function toBlocks(content: unknown): Record<string, unknown>[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return (content ?? []) as Record<string, unknown>[];
}
