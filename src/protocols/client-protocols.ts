import { anthropicProtocol } from './anthropic/anthropic-protocol.ts';
import { anthropicRoutes } from './anthropic/anthropic-routes.ts';
import { geminiProtocol } from './gemini/gemini-protocol.ts';
import { geminiRoutes } from './gemini/gemini-routes.ts';
import { nativeProtocol } from './native/native-protocol.ts';
import { nativeRoutes } from './native/native-routes.ts';
import { openAiProtocol } from './openai/openai-protocol.ts';
import { openAiRoutes } from './openai/openai-routes.ts';
import type { RoutedProtocol } from './protocol-route.ts';

/** The protocols that clients speak, one line each. The first that matches a request has it; the last one matches all. */
export const clientProtocols: readonly RoutedProtocol[] = [
  { ...anthropicProtocol, routes: anthropicRoutes },
  { ...openAiProtocol, routes: openAiRoutes },
  { ...geminiProtocol, routes: geminiRoutes },
  { ...nativeProtocol, routes: nativeRoutes },
];
