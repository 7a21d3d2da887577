import { Button } from '../ui/button.tsx';
import { type Column, isStreaming, listOpenCalls } from './conversation.ts';
import { MessageView } from './message-view.tsx';
import { ToolResultsForm } from './tool-results-form.tsx';

interface ConversationColumnProps {
  readonly column: Column;
  readonly model: string;
  readonly onStop: () => void;
  readonly onRegenerate: () => void;
  readonly onSendResults: (texts: readonly string[]) => void;
}

/** The conversation with one model. */
export function ConversationColumn({ column, model, onStop, onRegenerate, onSendResults }: ConversationColumnProps) {
  const { messages } = column;
  const last = messages.at(-1);
  const isBusy = isStreaming(column);
  const openCalls = listOpenCalls(messages);
  return (
    <section className="stack column" aria-label={`Conversation with ${model || 'no model'}`}>
      <h2>{model || 'No model'}</h2>
      {messages.map((message) => (
        <MessageView key={message.id} message={message} />
      ))}
      {openCalls.length > 0 && <ToolResultsForm key={last?.id} calls={openCalls} onSend={onSendResults} />}
      {last && (
        <div className="actions">
          {isBusy ? (
            <Button variant="danger" onClick={onStop}>
              Stop
            </Button>
          ) : (
            <Button size="small" onClick={onRegenerate}>
              {last.role === 'assistant' ? 'Regenerate' : 'Get a reply'}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}
