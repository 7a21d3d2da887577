import { useState } from 'react';
import { buildChatBody } from './build-chat-body.ts';
import type { ChatBody } from './chat-api-types.ts';
import {
  type Draft,
  dropLastReply,
  emptyDraft,
  findLastDraft,
  isStreaming,
  type Message,
  sumImageLength,
} from './conversation.ts';
import { findRefusedSettings, type SettingProblems } from './find-refused-settings.ts';
import { nameMaxTokens, parameterNames, toParameterTexts } from './generation-settings.ts';
import type { LoggedConversation } from './logged-conversation.ts';
import { type BuildBody, type Conversation, useConversation } from './use-conversation.ts';
import { type ListedModel, useListedModels } from './use-listed-models.ts';
import { type PlaygroundSettings, usePlaygroundSettings } from './use-playground-settings.ts';

export interface Playground {
  readonly settings: PlaygroundSettings;
  /** What is wrong with the settings: what cannot be sent, and what the gateway has refused. */
  readonly problems: SettingProblems;
  readonly models: readonly ListedModel[];
  readonly conversation: Conversation;
  readonly draft: Draft;
  readonly setDraft: (draft: Draft) => void;
  readonly isBusy: boolean;
  /** Why nothing can be sent now. */
  readonly obstacle: string | undefined;
  readonly buildBody: BuildBody;
  /** The requests that would be sent now, one for each column. */
  readonly nextBodies: readonly ChatBody[];
  readonly sentImageLength: number;
  readonly send: () => void;
  readonly editLast: () => void;
  readonly load: (conversation: LoggedConversation) => void;
}

/** Ties together what the visitor has set, written and received. */
export function usePlayground(): Playground {
  const settings = usePlaygroundSettings();
  const models = useListedModels();
  const conversation = useConversation(settings.texts.isCompared);
  const [draft, setDraft] = useState(emptyDraft);
  const { columns } = conversation;
  const isBusy = columns.some(isStreaming);

  const buildBody: BuildBody = (columnId, messages) => {
    const { model: firstModel, secondModel } = settings.texts;
    const model = (columnId === 'first' ? firstModel : secondModel).trim();
    const owner = models.find(({ id }) => id === model)?.owner;
    const parameters = nameMaxTokens(settings.options.parameters, owner);
    return buildChatBody(model, messages, { ...settings.options, parameters });
  };
  const nextBodies = columns.map(({ id, messages }) => buildBody(id, addDraft(messages, draft)));
  return {
    settings,
    problems: { ...findRefusedSettings(columns, nextBodies), ...settings.problems },
    models,
    conversation,
    draft,
    setDraft,
    isBusy,
    obstacle: findObstacle(settings, isBusy),
    buildBody,
    nextBodies,
    sentImageLength: Math.max(...columns.map(({ messages }) => sumSentImages(messages))),
    send: () => {
      conversation.send(draft, buildBody);
      setDraft(emptyDraft);
    },
    editLast: () => {
      const last = findLastDraft(columns[0]?.messages ?? []);
      if (last) setDraft(joinDrafts(last, draft));
      conversation.removeLastTurn();
    },
    load: (loaded) => {
      settings.change(toSettings(loaded));
      const last = loaded.messages.at(-1);
      const isDraft = last?.role === 'user';
      setDraft(isDraft ? { text: last.text, images: last.images } : emptyDraft);
      conversation.replace(isDraft ? loaded.messages.slice(0, -1) : loaded.messages);
    },
  };
}

function findObstacle({ texts, problems }: PlaygroundSettings, isBusy: boolean): string | undefined {
  if (isBusy) return 'The reply is not complete yet.';
  if (texts.model.trim() === '') return 'Choose a model or a route.';
  if (texts.isCompared && texts.secondModel.trim() === '') return 'Choose a second model or route.';
  return Object.keys(problems).length === 0 ? undefined : 'Correct what is wrong in the settings.';
}

/** The message that the visitor is writing comes last. Without one the last reply is asked for again. */
function addDraft(messages: readonly Message[], draft: Draft): readonly Message[] {
  const isEmpty = draft.text.trim() === '' && draft.images.length === 0;
  return isEmpty ? dropLastReply(messages) : [...messages, { role: 'user', id: 0, ...draft }];
}

function joinDrafts(first: Draft, second: Draft): Draft {
  const texts = [first.text, second.text].filter((text) => text !== '');
  return { text: texts.join('\n\n'), images: [...first.images, ...second.images] };
}

function sumSentImages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + (message.role === 'user' ? sumImageLength(message.images) : 0), 0);
}

/** A parameter that the logged request did not have is empty again. */
function toSettings({ model, system, tools, responseFormat, parameters, isStreamed }: LoggedConversation) {
  const empty = Object.fromEntries(parameterNames.map((name) => [name, '']));
  return {
    ...(model !== '' && { model }),
    system,
    tools: tools.length === 0 ? '' : JSON.stringify(tools, null, 2),
    responseFormat: responseFormat ? JSON.stringify(responseFormat, null, 2) : '',
    parameters: { ...empty, ...toParameterTexts(parameters) },
    isStreamed,
  };
}
