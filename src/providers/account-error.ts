import type { AccountProblem } from '../domain/errors.ts';

interface AccountFailure {
  readonly status: number;
  /** The vendor's own code or type. */
  readonly kind?: string | undefined;
  readonly message?: string | undefined;
}

/** Codes and types of accounts without money or quota, with any status. */
const quotaKinds: ReadonlySet<string> = new Set([
  // OpenAI
  'insufficient_quota',
  'billing_not_active',
  'billing_hard_limit_reached',
  'account_deactivated',
  // Anthropic
  'billing_error',
  // Moonshot, Alibaba, Mistral, Together
  'exceeded_current_quota_error',
  'Arrearage',
  'insufficient_balance',
  'credit_limit',
]);

/** How vendors say that the account has no money or quota left. */
const quotaTexts: readonly RegExp[] = [
  // Anthropic
  /credit balance/i,
  /reached your specified API usage limits/i,
  // OpenAI, Moonshot, Gemini
  /exceeded your current quota|billing hard limit|account is not active/i,
  // DeepSeek, OpenRouter, Zhipu, xAI, Perplexity
  /insufficient (?:account )?(?:balance|credits?|funds|quota)|(?:no|out of|all available) credits|spending limit/i,
  // Moonshot, Anthropic, Alibaba
  /(?:account|organization|team)[^.]{0,80} (?:is|has been) (?:suspended|disabled|deactivated|deleted|terminated)|account is in good standing/i,
];

/** A rate limit that says when it ends, though Gemini speaks of quota then. */
const passesSoon = /\bretry in [\d.]+ ?m?s\b/i;

/** Keys that some vendors refuse with status 400: Gemini's OpenAI protocol, xAI. */
const keyTexts =
  /\b(?:api[ _-]?key (?:provided )?(?:is )?(?:not|invalid|expired|missing)|(?:invalid|incorrect|missing) api[ _-]?key)\b/i;

/** What a 403 speaks of where it is about the account, and not about what the client sent. */
const permissionTexts =
  /api[ _-]?key|\bkeys?\b|billing|payment|credit|quota|permi(?:ssion|tted)|authoriz|\baccess\b|\bplan\b|subscription|verified|organi[sz]ation|project|workspace/i;

/** Returns what is wrong with the account; undefined for a failure that is about the request, or the provider's own. */
export function findAccountProblem({ status, kind = '', message = '' }: AccountFailure): AccountProblem | undefined {
  if (status === 402) return 'quota';
  const isLasting = status !== 429 || !passesSoon.test(message);
  if (quotaKinds.has(kind) || (status < 500 && isLasting && quotaTexts.some((text) => text.test(message)))) {
    return 'quota';
  }
  if (status === 401 || (status === 400 && keyTexts.test(message))) return 'credentials';
  const isDenied = status === 403 && (message === '' || permissionTexts.test(`${kind} ${message}`));
  return isDenied ? 'credentials' : undefined;
}
