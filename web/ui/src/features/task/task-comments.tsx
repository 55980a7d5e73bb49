import { useSessionState } from '@/features/auth/session-context';
import { getFragmentData } from '@/generated';
import { CommentSnapshot } from '@/shared/cache/snapshots';
import { Button } from '@/shared/ui/button';
import { CommentForm } from './comment-form';
import { TaskComment } from './task-comment';
import type { Access, PanelTask } from './task-data';
import { useCommentCreate } from './use-comment-create';

type TaskCommentsProps = { task: PanelTask; access: Access; onLoadMore: () => void };

/** The conversation, oldest first. */
export function TaskComments({ task, access, onLoadMore }: TaskCommentsProps) {
  const { user } = useSessionState();
  const create = useCommentCreate(task.id);
  const comments = task.comments.nodes.map((node) => getFragmentData(CommentSnapshot, node));

  return (
    <section aria-label="Comments">
      <h3 className="mb-3 font-semibold">Comments</h3>
      {comments.length > 0 ? (
        <ul className="mb-4 flex flex-col gap-4">
          {comments.map((comment) => {
            const isOwn = access.mayEdit && comment.author?.id === user?.id;
            return (
              <TaskComment
                comment={comment}
                key={comment.id}
                mayDelete={isOwn || access.mayModerate}
                mayEdit={isOwn}
              />
            );
          })}
        </ul>
      ) : (
        <p className="mb-3 text-muted">No comments yet.</p>
      )}
      {task.comments.pageInfo.hasNextPage ? (
        <Button className="mb-4" onClick={onLoadMore} size="small">
          Load more comments
        </Button>
      ) : null}
      {access.mayEdit ? (
        <CommentForm action="Comment" label="New comment" onSubmit={create} />
      ) : null}
    </section>
  );
}
