import { messageOf } from '@/shared/graphql/problem';
import { Button } from './button';
import { Notice } from './notice';

type Props = { title: string; error: Error; refetch: () => Promise<unknown> };

/** Instead of what could not be loaded: why, and another try. */
export function LoadFailure({ title, error, refetch }: Props) {
  return (
    <Notice
      action={
        // A failure of the next try shows here as well.
        <Button onClick={() => refetch().catch(() => null)}>Try again</Button>
      }
      role="alert"
      title={title}
    >
      {messageOf(error)}
    </Notice>
  );
}
