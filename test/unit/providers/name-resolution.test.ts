import { describe, expect, it } from 'vitest';
import { type ErrorCode, GatewayError } from '../../../src/domain/errors.ts';
import { parseEnv } from '../../../src/env.ts';
import type { ProviderRegistry } from '../../../src/providers/registry.ts';
import { createServices } from '../../../src/services.ts';
import { requiredVariables } from '../../support/required-variables.ts';

/** `acme` lists names that patterns, prefixes and other providers claim too. */
const acme = {
  name: 'acme',
  baseUrl: 'https://acme.example.com/v1',
  models: ['acme-large', 'gpt-oss-120b', 'openai/gpt-oss', 'claude/mirror', 'llama3.2', 'stubborn'],
};
const bare = { name: 'bare', baseUrl: 'https://bare.example.com/v1', apiKeyVar: 'BARE_KEY' };
const OPENAI_API_KEY = 'sk-openai';
const ANTHROPIC_API_KEY = 'sk-ant';

const registries = [
  /* deployed */ { OPENAI_API_KEY, ANTHROPIC_API_KEY },
  /* local */ { ENVIRONMENT: 'local' },
  /* acme */ {
    OPENAI_API_KEY,
    COMPATIBLE_PROVIDERS: JSON.stringify([acme, bare]),
    BARE_KEY: 'bare-key',
    DEFAULT_PROVIDER: 'acme',
    DEFAULT_MODEL: 'acme-small',
  },
  /* anthropic */ {
    ANTHROPIC_API_KEY,
    OLLAMA_URL: 'http://localhost:11434',
    DEFAULT_PROVIDER: 'anthropic',
    DEFAULT_MODEL: 'claude-opus-4-5',
  },
  /* stub */ { COMPATIBLE_PROVIDERS: JSON.stringify([acme]), DEFAULT_PROVIDER: 'stub' },
].map((variables) => createServices(parseEnv({ ...requiredVariables, ...variables })).gateway.registry);

interface Target {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/** The provider's id, followed by the model where that is not the name in the call. */
function resolve(registry: ProviderRegistry, target: Target, name: string | undefined): string {
  const provider = registry.configured(registry.choose(target));
  const model = registry.modelFor(target, provider);
  return model === name ? provider.id : `${provider.id} ${model}`;
}

const names = 'openai, claude, ollama, stub(?:, acme)?(?:, bare)?';
const refusals: readonly (readonly [RegExp, shortForm: string, code?: ErrorCode])[] = [
  [
    /^provider "\w+" is not configured: set (\w+|DEFAULT_PROVIDER=stub \(it is on by itself only locally\)), or name another provider\.$/,
    'set $1',
  ],
  [
    new RegExp(
      `^model: ".*" does not say which provider it belongs to: name one \\(${names}\\), in the field provider or, on /v1, before the model: provider/model\\.$`,
    ),
    'ambiguous',
    'not_found',
  ],
  [
    new RegExp(
      `^model: ".*" names the provider ".*", which is unknown: use one of ${names}, or add it to COMPATIBLE_PROVIDERS\\.$`,
    ),
    'unknown provider',
    'not_found',
  ],
  [new RegExp(`^provider: ".*" is unknown: use one of ${names}\\.$`), 'unknown'],
  [/^model: is missing, and provider "\w+" has no default model\.$/, 'no model'],
  [
    new RegExp(
      `^model: is missing, and this gateway has no DEFAULT_PROVIDER: name a model or a provider \\(${names}\\)\\.$`,
    ),
    'no default',
  ],
];

/** What a call comes to: its target, or the short form of its refusal. */
function outcome(registry: ProviderRegistry, target: Target, name: string | undefined): string {
  try {
    return resolve(registry, target, name);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { message } = error;
    const refusal = refusals.find(([words]) => words.test(message)) ?? expect.unreachable(message);
    const [pattern, shortForm, code = 'invalid_request'] = refusal;
    expect(error.code).toBe(code);
    return message.replace(pattern, shortForm);
  }
}

const noStub = 'set DEFAULT_PROVIDER=stub (it is on by itself only locally)';
type Outcomes = readonly [deployed: string, local: string, acme: string, anthropic: string, stub: string];

/** The model of a call to `/v1`. */
const models: readonly (readonly [model: string | undefined, ...Outcomes])[] = [
  [undefined, 'no default', 'stub stub', 'acme acme-small', 'claude claude-opus-4-5', 'stub stub'],
  ['gpt-4o', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['gpt-', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['gpt', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['GPT-4o', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['chatgpt-4o-latest', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['o1', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['o4-mini', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['o10', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['omni', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['text-embedding-3-small', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['ft:gpt-4o-mini:acme::id', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['claude-haiku-4-5', 'claude', 'set ANTHROPIC_API_KEY', 'set ANTHROPIC_API_KEY', 'claude', 'set ANTHROPIC_API_KEY'],
  ['claude-', 'claude', 'set ANTHROPIC_API_KEY', 'set ANTHROPIC_API_KEY', 'claude', 'set ANTHROPIC_API_KEY'],
  ['claude', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['Claude-3', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['xclaude-3', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['stub', noStub, 'stub', noStub, noStub, 'stub'],
  ['stub-echo', noStub, 'stub', noStub, noStub, 'stub'],
  ['stubborn', noStub, 'stub', 'acme', noStub, 'acme'],
  ['llama3.2', 'ambiguous', 'ambiguous', 'acme', 'claude', 'acme'],
  ['ollama', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['acme-large', 'ambiguous', 'ambiguous', 'acme', 'claude', 'acme'],
  ['acme-small', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['acme', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['gpt-oss-120b', 'openai', 'set OPENAI_API_KEY', 'acme', 'set OPENAI_API_KEY', 'acme'],
  ['mystery', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['constructor', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['__proto__', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['openai/gpt-4o', 'openai gpt-4o', 'set OPENAI_API_KEY', 'openai gpt-4o', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  [
    'openai/claude-haiku-4-5',
    'openai claude-haiku-4-5',
    'set OPENAI_API_KEY',
    'openai claude-haiku-4-5',
    'set OPENAI_API_KEY',
    'set OPENAI_API_KEY',
  ],
  ['openai/gpt-oss', 'openai gpt-oss', 'set OPENAI_API_KEY', 'acme', 'set OPENAI_API_KEY', 'acme'],
  [
    'claude/claude-haiku-4-5',
    'claude claude-haiku-4-5',
    'set ANTHROPIC_API_KEY',
    'set ANTHROPIC_API_KEY',
    'claude claude-haiku-4-5',
    'set ANTHROPIC_API_KEY',
  ],
  ['claude/mirror', 'claude mirror', 'set ANTHROPIC_API_KEY', 'acme', 'claude mirror', 'acme'],
  [
    'anthropic/claude-haiku-4-5',
    'claude claude-haiku-4-5',
    'set ANTHROPIC_API_KEY',
    'set ANTHROPIC_API_KEY',
    'claude claude-haiku-4-5',
    'set ANTHROPIC_API_KEY',
  ],
  ['Anthropic/claude-haiku-4-5', 'unknown provider', 'unknown provider', 'acme', 'claude', 'stub'],
  ['ollama/llama3.2', 'set OLLAMA_URL', 'set OLLAMA_URL', 'set OLLAMA_URL', 'ollama llama3.2', 'set OLLAMA_URL'],
  [
    'ollama/library/qwen3',
    'set OLLAMA_URL',
    'set OLLAMA_URL',
    'set OLLAMA_URL',
    'ollama library/qwen3',
    'set OLLAMA_URL',
  ],
  ['stub/gpt-4o', noStub, 'stub gpt-4o', noStub, noStub, 'stub gpt-4o'],
  ['acme/mystery', 'unknown provider', 'unknown provider', 'acme mystery', 'claude', 'acme mystery'],
  ['bare/model', 'unknown provider', 'unknown provider', 'bare model', 'claude', 'stub'],
  ['groq/llama-3.3', 'set GROQ_API_KEY', 'set GROQ_API_KEY', 'acme', 'claude', 'stub'],
  ['openai/', 'openai ', 'set OPENAI_API_KEY', 'openai ', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['/gpt-4o', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  ['gpt-4o/x', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
];

/** The fields `provider` and `model` of a native call. */
const fields: readonly (readonly [provider: string | undefined, model: string | undefined, ...Outcomes])[] = [
  [undefined, undefined, 'no default', 'stub stub', 'acme acme-small', 'claude claude-opus-4-5', 'stub stub'],
  [
    'openai',
    undefined,
    'openai gpt-4o-mini',
    'set OPENAI_API_KEY',
    'openai gpt-4o-mini',
    'set OPENAI_API_KEY',
    'set OPENAI_API_KEY',
  ],
  ['openai', 'claude-haiku-4-5', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  ['openai', 'openai/gpt-4o', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
  [
    'claude',
    undefined,
    'claude claude-haiku-4-5',
    'set ANTHROPIC_API_KEY',
    'set ANTHROPIC_API_KEY',
    'claude claude-opus-4-5',
    'set ANTHROPIC_API_KEY',
  ],
  [
    'anthropic',
    undefined,
    'claude claude-haiku-4-5',
    'set ANTHROPIC_API_KEY',
    'set ANTHROPIC_API_KEY',
    'claude claude-opus-4-5',
    'set ANTHROPIC_API_KEY',
  ],
  ['anthropic', 'x', 'claude', 'set ANTHROPIC_API_KEY', 'set ANTHROPIC_API_KEY', 'claude', 'set ANTHROPIC_API_KEY'],
  ['ollama', undefined, 'set OLLAMA_URL', 'set OLLAMA_URL', 'set OLLAMA_URL', 'ollama llama3.2', 'set OLLAMA_URL'],
  ['ollama', 'gpt-4o', 'set OLLAMA_URL', 'set OLLAMA_URL', 'set OLLAMA_URL', 'ollama', 'set OLLAMA_URL'],
  ['stub', undefined, noStub, 'stub stub', noStub, noStub, 'stub stub'],
  ['stub', 'gpt-4o', noStub, 'stub', noStub, noStub, 'stub'],
  ['acme', undefined, 'unknown', 'unknown', 'acme acme-small', 'unknown', 'acme acme-large'],
  ['acme', 'gpt-4o', 'unknown', 'unknown', 'acme', 'unknown', 'acme'],
  ['bare', undefined, 'unknown', 'unknown', 'no model', 'unknown', 'unknown'],
  ['bare', 'model', 'unknown', 'unknown', 'bare', 'unknown', 'unknown'],
  [
    'groq',
    undefined,
    'set GROQ_API_KEY',
    'set GROQ_API_KEY',
    'set GROQ_API_KEY',
    'set GROQ_API_KEY',
    'set GROQ_API_KEY',
  ],
  ['OpenAI', undefined, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
  ['', undefined, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
  ['constructor', undefined, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
  [undefined, 'claude/claude-haiku-4-5', 'ambiguous', 'ambiguous', 'acme', 'claude', 'stub'],
  [undefined, 'openai/gpt-oss', 'ambiguous', 'ambiguous', 'acme', 'claude', 'acme'],
  [undefined, 'gpt-4o/x', 'openai', 'set OPENAI_API_KEY', 'openai', 'set OPENAI_API_KEY', 'set OPENAI_API_KEY'],
];

describe('name resolution', () => {
  it.each(models)('resolves the model %s on /v1', (name, ...outcomes) => {
    expect(
      registries.map((registry) => outcome(registry, registry.parseModel(name, { providerKeys: [] }), name)),
    ).toEqual(outcomes);
  });

  it.each(fields)('resolves the provider %s with the model %s', (provider, model, ...outcomes) => {
    expect(registries.map((registry) => outcome(registry, { provider, model }, model))).toEqual(outcomes);
  });
});
