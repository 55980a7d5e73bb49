import type { DocumentNode } from 'graphql';

const PREFIX = 'sha256:';

/** The SHA-256 by which the server knows this operation from the build; null for any other. */
export function documentHash(document: DocumentNode): string | null {
  const meta = (document as { __meta__?: { hash?: unknown } }).__meta__;
  return typeof meta?.hash === 'string' && meta.hash.startsWith(PREFIX)
    ? meta.hash.slice(PREFIX.length)
    : null;
}
