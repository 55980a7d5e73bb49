import { useState } from 'react';
import { getFragmentData } from '@/generated';
import { messageOf } from '@/shared/graphql/problem';
import { Icon } from '@/shared/ui/icon';
import { MenuItem } from '@/shared/ui/menu-item';
import { Popover } from '@/shared/ui/popover';
import { useToast } from '@/shared/ui/toast';
import type { BoardColumnData } from './board-data';
import { ColumnDeleteDialog } from './column-delete-dialog';
import { ColumnForm } from './column-form';
import { ColumnHeaderFragment } from './column-header';
import { useColumnMove } from './use-column-move';
import { useColumnUpdate } from './use-column-update';

type ColumnMenuProps = { columns: readonly BoardColumnData[]; columnId: string };

/** What admins can do with a column. */
export function ColumnMenu({ columns, columnId }: ColumnMenuProps) {
  const update = useColumnUpdate();
  const move = useColumnMove();
  const toast = useToast();
  const [dialog, setDialog] = useState<'edit' | 'delete' | null>(null);
  const index = columns.findIndex(({ id }) => id === columnId);
  const column = columns[index];
  if (!column) return null;
  const header = getFragmentData(ColumnHeaderFragment, column);
  const previous = columns[index - 1];
  const following = columns[index + 1];
  const moveBeside = (neighbour: Parameters<typeof move>[1]) => {
    move(column.id, neighbour).catch((error: unknown) => toast(messageOf(error)));
  };

  return (
    <>
      <Popover
        label={`Column ${column.name}`}
        trigger={<Icon name="more" />}
        triggerClassName="flex size-8 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink"
      >
        {(close) => (
          <>
            <MenuItem
              icon="edit"
              onClick={() => {
                close();
                setDialog('edit');
              }}
            >
              Edit name and limit
            </MenuItem>
            {previous ? (
              <MenuItem
                icon="chevron-left"
                onClick={() => {
                  close();
                  moveBeside({ beforeColumnId: previous.id });
                }}
              >
                Move left
              </MenuItem>
            ) : null}
            {following ? (
              <MenuItem
                icon="chevron"
                onClick={() => {
                  close();
                  moveBeside({ afterColumnId: following.id });
                }}
              >
                Move right
              </MenuItem>
            ) : null}
            <MenuItem
              icon="trash"
              isDanger
              onClick={() => {
                close();
                setDialog('delete');
              }}
            >
              Delete column
            </MenuItem>
          </>
        )}
      </Popover>
      {dialog === 'edit' ? (
        <ColumnForm
          action="Save"
          initial={header}
          onClose={() => setDialog(null)}
          onSave={(values) => update(column.id, header.version, values)}
          title={`Edit “${column.name}”`}
        />
      ) : null}
      {dialog === 'delete' ? (
        <ColumnDeleteDialog
          column={column}
          onClose={() => setDialog(null)}
          others={columns.filter(({ id }) => id !== column.id)}
        />
      ) : null}
    </>
  );
}
