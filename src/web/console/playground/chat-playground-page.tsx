import { useState } from 'react';
import { useSession } from '../app/session.tsx';
import { useSearchParams } from '../app/use-search-params.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { CodeDialog } from './code-dialog.tsx';
import { Composer } from './composer.tsx';
import { ConversationColumn } from './conversation-column.tsx';
import { JobButton } from './job-button.tsx';
import type { LoggedConversation } from './logged-conversation.ts';
import { LoggedRequestPanel } from './logged-request-panel.tsx';
import { SettingsForm } from './settings-form.tsx';
import { type Playground, usePlayground } from './use-playground.ts';

/** What is asked before something is lost. */
interface Question {
  readonly title: string;
  readonly action: string;
  readonly onConfirm: () => void;
}

/** A chat with any model or route, or with two of them side by side. */
export default function PlaygroundPage() {
  const [params] = useSearchParams();
  const requestId = params.get('request');
  const playground = usePlayground();
  const { settings, problems, models, conversation, draft, setDraft, obstacle, isBusy, buildBody } = playground;
  const [question, setQuestion] = useState<Question>();
  const { columns } = conversation;
  const hasMessages = columns.some(({ messages }) => messages.length > 0);

  const ask = (isNeeded: boolean, next: Question) => (isNeeded ? setQuestion(next) : next.onConfirm());
  const clear = () =>
    ask(hasMessages, {
      title: 'Clear the conversation?',
      action: 'Clear',
      onConfirm: () => conversation.replace([]),
    });
  const load = (loaded: LoggedConversation) =>
    ask(hasMessages, {
      title: 'Replace the conversation?',
      action: 'Replace',
      onConfirm: () => playground.load(loaded),
    });
  const compare = (isCompared: boolean) =>
    ask(!isCompared && columns.some(({ id, messages }) => id === 'second' && messages.length > 0), {
      title: 'Close the second conversation?',
      action: 'Close it',
      onConfirm: () => {
        settings.change({ isCompared });
        conversation.compare(isCompared);
      },
    });
  return (
    <>
      <PageHeader title="Playground">
        <PlaygroundActions playground={playground} />
        {hasMessages && (
          <Button disabled={isBusy} onClick={clear}>
            Clear
          </Button>
        )}
      </PageHeader>
      {requestId !== null && (
        <LoggedRequestPanel
          key={requestId}
          id={requestId}
          model={settings.texts.model}
          onModel={(model) => settings.change({ model })}
          onLoad={load}
        />
      )}
      <div className="playground">
        <SettingsForm settings={settings} problems={problems} models={models} isBusy={isBusy} onCompare={compare} />
        <div className="stack">
          <div className="columns">
            {columns.map((column) => (
              <ConversationColumn
                key={column.id}
                column={column}
                model={column.id === 'first' ? settings.texts.model : settings.texts.secondModel}
                onStop={() => conversation.stop(column.id)}
                onRegenerate={() => conversation.regenerate(column.id, buildBody)}
                onSendResults={(texts) => conversation.sendToolResults(column.id, texts, buildBody)}
              />
            ))}
          </div>
          {hasMessages && !isBusy && <LastTurnActions playground={playground} />}
          <Composer
            draft={draft}
            onChange={setDraft}
            sentImageLength={playground.sentImageLength}
            obstacle={obstacle}
            onSend={playground.send}
          />
        </div>
      </div>
      <ConfirmDialog
        title={question?.title ?? ''}
        action={question?.action ?? ''}
        isOpen={question !== undefined}
        onConfirm={() => {
          question?.onConfirm();
          setQuestion(undefined);
        }}
        onClose={() => setQuestion(undefined)}
      >
        <p>Its messages and replies are in the memory of this page only, and are lost.</p>
      </ConfirmDialog>
    </>
  );
}

function PlaygroundActions({ playground }: { readonly playground: Playground }) {
  const { can } = useSession();
  const [isCodeOpen, setIsCodeOpen] = useState(false);
  const { nextBodies, conversation, obstacle } = playground;
  const requests = conversation.columns.flatMap(({ id, lastBody }, index) => {
    const body = lastBody ?? nextBodies[index];
    return body ? [{ id, body }] : [];
  });
  return (
    <>
      <Button onClick={() => setIsCodeOpen(true)}>Code</Button>
      <CodeDialog requests={requests} isOpen={isCodeOpen} onClose={() => setIsCodeOpen(false)} />
      {can('jobs') && <JobButton bodies={nextBodies} obstacle={obstacle} />}
    </>
  );
}

function LastTurnActions({ playground: { conversation, editLast } }: { readonly playground: Playground }) {
  return (
    <div className="actions">
      <Button size="small" onClick={editLast}>
        Edit last message
      </Button>
      <Button size="small" onClick={conversation.removeLastTurn}>
        Remove last turn
      </Button>
    </div>
  );
}
