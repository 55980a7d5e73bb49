import { GraphiQL } from 'graphiql';
import { useEffect, useState } from 'react';
import { createBrowserSession } from '@/features/auth/browser-session';
import { createExplorerFetcher } from './explorer-fetcher';

const QUERY = `# Signed in on this site? Then these run as you.
# Otherwise put {"authorization": "Bearer …"} into the headers below.

query Viewer {
  viewer {
    id
    name
  }
  workspaces {
    slug
    name
  }
}
`;

// A link can bring its operation: /graphiql?query={viewer{name}}
const linkedQuery = new URLSearchParams(window.location.search).get('query');

const session = createBrowserSession();
const fetcher = createExplorerFetcher(session);

/** GraphiQL over HTTP and the websocket, as the signed-in person or with a token typed in. */
export function Explorer() {
  // The schema needs a token too, so the session comes first.
  const [isReady, setIsReady] = useState(false);
  useEffect(() => {
    void session.start().finally(() => setIsReady(true));
  }, []);
  if (!isReady) return <p role="status">Loading GraphiQL…</p>;
  return (
    <GraphiQL
      defaultQuery={QUERY}
      fetcher={fetcher}
      shouldPersistHeaders={false}
      {...(linkedQuery === null ? {} : { initialQuery: linkedQuery })}
    />
  );
}
