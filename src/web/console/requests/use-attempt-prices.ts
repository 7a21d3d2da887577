import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { type AttemptPrices, isListedPrice, isSetPrice } from './attempt-prices.ts';
import { ListedPricesDocument, type LoggedRequestFragment, SetPricesDocument } from './requests.generated.ts';

/** Loads the prices of attempts. Those that were set are for administrators. */
export function useAttemptPrices(attempts: LoggedRequestFragment['attempts']): AttemptPrices {
  const { can } = useSession();
  const versions = attempts.map(({ priceVersion }) => priceVersion);
  const ids = versions.filter(isSetPrice);
  const [set] = useQuery({
    query: SetPricesDocument,
    variables: { ids },
    pause: ids.length === 0 || !can('admin'),
  });
  const [listed] = useQuery({ query: ListedPricesDocument, pause: !versions.some(isListedPrice) });
  return {
    set: set.data?.nodes.flatMap((price) => (price && 'input' in price ? price : [])) ?? [],
    listed: listed.data?.providers ?? [],
  };
}
