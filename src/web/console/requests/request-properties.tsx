import { Fragment, type ReactNode } from 'react';
import { Link } from 'wouter';
import { formatTime, unknownValue } from '../ui/format.ts';
import { PropertyList } from '../ui/property-list.tsx';
import type { FilterName } from './log-filters.ts';
import { formatSource } from './request-words.ts';
import type { LoggedRequestFragment } from './requests.generated.ts';

/** Who sent a request, where it went, and what was changed on the way. Names lead to the requests that have them as well. */
export function RequestProperties({ request }: { readonly request: LoggedRequestFragment }) {
  const { apiKey, keyId, tags, dropped, adjusted } = request;
  return (
    <PropertyList
      properties={[
        { label: 'Started', value: formatTime(request.createdAt) },
        { label: 'Path', value: <code>{request.path}</code> },
        { label: 'Source', value: formatSource(request.source) },
        { label: 'HTTP status', value: request.httpStatus ?? unknownValue },
        { label: "Client's request id", value: filterLink('id', request.clientRequestId) },
        { label: 'Tenant', value: <code>{request.tenantId}</code> },
        { label: 'API key', value: filterLink('keyId', keyId, apiKey?.name) },
        { label: 'API key id', value: <code>{keyId}</code> },
        { label: 'End user', value: filterLink('endUser', request.endUser) },
        { label: 'Session', value: filterLink('sessionId', request.sessionId) },
        { label: 'Tags', value: tags.length === 0 ? unknownValue : <Tags tags={tags} /> },
        { label: 'Route', value: filterLink('route', request.route) },
        { label: 'Model of the last attempt', value: filterLink('model', request.model) },
        { label: 'Provider of the last attempt', value: filterLink('provider', request.provider) },
        { label: "Provider's HTTP status", value: request.upstreamStatus ?? unknownValue },
        { label: "Provider's request id", value: request.upstreamRequestId ?? unknownValue },
        {
          label: 'Left out for the provider',
          value: dropped === null ? 'Nothing' : <Fields paths={dropped} why="did not reach the model" />,
        },
        {
          label: 'Changed for the provider',
          value: adjusted === null ? 'Nothing' : <Fields paths={adjusted} why="was limited, or expressed otherwise" />,
        },
      ]}
    />
  );
}

function filterLink(name: FilterName, value: string | null, text = value): ReactNode {
  if (value === null) return unknownValue;
  return <Link href={`/?${new URLSearchParams({ [name]: value })}`}>{text}</Link>;
}

function Tags({ tags }: Pick<LoggedRequestFragment, 'tags'>) {
  return tags.map(({ name, value }, index) => (
    <Fragment key={name}>
      {index > 0 && ', '}
      {filterLink('tag', `${name}=${value}`)}
    </Fragment>
  ));
}

/** Fields of the client's request, as the log has them: paths joined by commas. */
function Fields({ paths, why }: { readonly paths: string; readonly why: string }) {
  return (
    <>
      {paths.split(',').map((path, index) => (
        <Fragment key={path}>
          {index > 0 && ', '}
          <code>{path.trim()}</code>
        </Fragment>
      ))}{' '}
      {why}
    </>
  );
}
