import { makeFragmentData } from '@/generated';
import type { BoardQuery, LiveEventFragment, TaskSnapshotFragment } from '@/generated/graphql';
import { TaskSnapshot } from '@/shared/cache/snapshots';

type BoardProject = NonNullable<BoardQuery['project']>;

const AT = '2026-03-01T12:00:00Z';

/** A task as live views keep it; `DEMO-1` in column `todo` unless told otherwise. */
export function aTask(fields: Partial<TaskSnapshotFragment> & { columnId?: string } = {}) {
  const { columnId = 'todo', ...rest } = fields;
  const id = rest.id ?? 't1';
  return {
    __typename: 'Task' as const,
    id,
    key: `DEMO-${id.slice(1)}`,
    number: Number(id.slice(1)),
    title: `Task ${id.slice(1)}`,
    description: '',
    priority: 'NONE' as const,
    estimate: null,
    dueDate: null,
    position: 'a0',
    version: 1,
    commentCount: 0,
    createdAt: AT,
    updatedAt: AT,
    archivedAt: null,
    column: { __typename: 'BoardColumn' as const, id: columnId },
    assignee: null,
    labels: [],
    checklist: [],
    attachments: [],
    ...rest,
  } satisfies TaskSnapshotFragment;
}

type Task = ReturnType<typeof aTask>;

/** A column holding the tasks, in the shape of the board's query with nothing masked. */
export function aColumn(id: string, tasks: Task[] = [], fields: { position?: string } = {}) {
  const column = {
    __typename: 'BoardColumn' as const,
    id,
    name: id,
    category: 'UNSTARTED' as const,
    wipLimit: null,
    version: 1,
    position: 'a0',
    archivedAt: null,
    taskCount: tasks.length,
    ...fields,
  };
  return {
    ...column,
    tasks: {
      __typename: 'TaskConnection' as const,
      nodes: tasks.map((task) => ({ ...task, column })),
      pageInfo: { __typename: 'PageInfo' as const, hasNextPage: false, endCursor: null },
    },
  };
}

/** What the board's query answers. */
export function aBoard(
  columns: ReturnType<typeof aColumn>[],
  fields: Partial<Pick<BoardProject, 'viewerRole' | 'cursor'>> = {},
): BoardQuery {
  const project = {
    __typename: 'Project' as const,
    id: 'p1',
    key: 'DEMO',
    name: 'Launch',
    cursor: 'c10',
    viewerRole: 'OWNER' as const,
    archivedAt: null,
    workspace: { __typename: 'Workspace' as const, id: 'w1', slug: 'demo', name: 'Demo' },
    columns,
    labels: [],
    members: [],
    ...fields,
  };
  return { __typename: 'Query' as const, project: project as unknown as BoardProject };
}

type EventFields = Partial<Omit<LiveEventFragment, 'task'>> & { task?: Task | null };

/** An event about a task, unless told otherwise the move that `task` describes. */
export function anEvent({ task = null, ...fields }: EventFields = {}): LiveEventFragment {
  const seq = fields.seq ?? 11;
  return {
    __typename: 'ProjectEvent',
    id: `e${seq}`,
    seq,
    cursor: `c${seq}`,
    kind: 'TASK_MOVED',
    taskId: task?.id ?? null,
    subjectId: task?.id ?? null,
    occurredAt: AT,
    actor: null,
    changes: [],
    project: {
      __typename: 'Project',
      id: 'p1',
      name: 'Launch',
      description: '',
      version: 1,
      archivedAt: null,
    },
    task: task && makeFragmentData(task, TaskSnapshot),
    column: null,
    label: null,
    comment: null,
    ...fields,
  } as LiveEventFragment;
}

/** A change of one field in an event. */
export function aChange(field: string, before: unknown, after: unknown) {
  return { __typename: 'FieldChange' as const, field, before, after };
}

const none = { __typename: 'TaskConnection', nodes: [] };
const noMore = { __typename: 'PageInfo', hasNextPage: false, endCursor: null };

/** What the task panel's query answers: `DEMO-7` unless told otherwise. */
export function aPanel(fields: Parameters<typeof aTask>[0] = {}, viewerRole = 'MEMBER') {
  const column = { __typename: 'BoardColumn', id: 'todo', name: 'To do', category: 'UNSTARTED' };
  const task = {
    ...aTask({ id: 't7', title: 'Water the plants', description: '**Daily**', ...fields }),
    creator: { __typename: 'User', id: 'u1', name: 'Nora Lind' },
    column,
    project: {
      __typename: 'Project',
      id: 'p1',
      viewerRole,
      archivedAt: null,
      columns: [{ ...column, position: 'a0', archivedAt: null }],
      labels: [],
      members: [],
    },
    comments: { ...none, pageInfo: noMore },
    events: none,
  };
  return { task };
}
