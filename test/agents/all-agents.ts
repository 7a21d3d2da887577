import { claudeCode } from './agents/claude-code.ts';
import { cline } from './agents/cline.ts';
import { codex } from './agents/codex.ts';
import { continueCli } from './agents/continue.ts';
import { copilot } from './agents/copilot.ts';
import { geminiCli } from './agents/gemini-cli.ts';
import { opencode } from './agents/opencode.ts';
import { pi } from './agents/pi.ts';
import { qwenCode } from './agents/qwen-code.ts';
import type { CodingAgent } from './coding-agent.ts';

/** In the order of the table. */
export const allAgents: readonly CodingAgent[] = [
  claudeCode,
  codex,
  geminiCli,
  opencode,
  cline,
  qwenCode,
  copilot,
  continueCli,
  pi,
];
