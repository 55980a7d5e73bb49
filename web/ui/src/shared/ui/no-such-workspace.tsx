import { HomeLink } from './home-link';
import { Notice } from './notice';

/** Instead of a workspace's page, to whoever may not see it or has mistyped its address. */
export function NoSuchWorkspace() {
  return (
    <Notice action={<HomeLink />} title="No such workspace">
      It does not exist, or you are not a member of it.
    </Notice>
  );
}
