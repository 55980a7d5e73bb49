import { Button } from '@/shared/ui/button';

type ConflictNoticeProps = { theirs: string; onKeepMine: () => void; onTakeTheirs: () => void };

/** Two people edited the same text: shows the other version and asks which one stays. */
export function ConflictNotice({ theirs, onKeepMine, onTakeTheirs }: ConflictNoticeProps) {
  return (
    <div className="mt-2 rounded-lg border border-warn/40 bg-warn-soft p-3" role="alert">
      <p className="font-medium text-warn">Changed by somebody else meanwhile</p>
      <p className="mt-2 text-muted text-xs">Their version</p>
      <p className="mt-1 max-h-40 overflow-y-auto whitespace-pre-wrap rounded-md bg-surface p-2 [overflow-wrap:anywhere]">
        {theirs || 'Empty'}
      </p>
      <div className="mt-3 flex gap-2">
        <Button onClick={onKeepMine} size="small" variant="primary">
          Keep mine
        </Button>
        <Button onClick={onTakeTheirs} size="small">
          Take theirs
        </Button>
      </div>
    </div>
  );
}
