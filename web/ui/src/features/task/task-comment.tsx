import { useState } from 'react';
import type { CommentSnapshotFragment } from '@/generated/graphql';
import { relativeTime } from '@/shared/dates';
import { messageOf } from '@/shared/graphql/problem';
import { Avatar } from '@/shared/ui/avatar';
import { Button } from '@/shared/ui/button';
import { ConfirmDialog } from '@/shared/ui/confirm-dialog';
import { useToast } from '@/shared/ui/toast';
import { CommentForm } from './comment-form';
import { Markdown } from './markdown';
import { useCommentDelete } from './use-comment-delete';
import { useCommentUpdate } from './use-comment-update';

const UNKNOWN = { id: 'unknown', name: 'Former member' };

type TaskCommentProps = {
  comment: CommentSnapshotFragment;
  mayEdit: boolean;
  mayDelete: boolean;
};

/** What somebody wrote; they can rewrite and delete it. */
export function TaskComment({ comment, mayEdit, mayDelete }: TaskCommentProps) {
  const update = useCommentUpdate();
  const remove = useCommentDelete();
  const toast = useToast();
  const [isEditing, setIsEditing] = useState(false);
  const [isDeleting, setIsDeleting] = useState(false);
  const author = comment.author ?? UNKNOWN;

  return (
    <li className="flex gap-3">
      <Avatar label="" size={28} user={author} />
      <article aria-label={`Comment by ${author.name}`} className="min-w-0 flex-1">
        <header className="flex min-h-7 items-center gap-2 text-sm">
          <span className="truncate font-semibold">{author.name}</span>
          <time
            className="whitespace-nowrap text-muted"
            dateTime={comment.createdAt}
            title={new Date(comment.createdAt).toLocaleString()}
          >
            {relativeTime(comment.createdAt)}
          </time>
          {comment.editedAt ? <span className="text-muted">edited</span> : null}
          <span className="ml-auto flex">
            {mayEdit && !isEditing ? (
              <Button onClick={() => setIsEditing(true)} size="small" variant="quiet">
                Edit
              </Button>
            ) : null}
            {mayDelete && !isEditing ? (
              <Button onClick={() => setIsDeleting(true)} size="small" variant="quiet">
                Delete
              </Button>
            ) : null}
          </span>
        </header>
        {isEditing ? (
          <CommentForm
            action="Save"
            initial={comment.body}
            label="Edit comment"
            onCancel={() => setIsEditing(false)}
            onSubmit={async (body) => {
              await update(comment.id, comment.version, body);
              setIsEditing(false);
            }}
          />
        ) : (
          <Markdown text={comment.body} />
        )}
      </article>
      {isDeleting ? (
        <ConfirmDialog
          action="Delete comment"
          message="The comment is removed for everyone."
          onClose={() => setIsDeleting(false)}
          onConfirm={() => {
            remove(comment.id).catch((error: unknown) => toast(messageOf(error)));
          }}
          title="Delete this comment?"
        />
      ) : null}
    </li>
  );
}
