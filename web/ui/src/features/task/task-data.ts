import type { TaskPanelQuery, TaskSnapshotFragment } from '@/generated/graphql';

export type PanelTask = NonNullable<TaskPanelQuery['task']>;
export type PanelProject = PanelTask['project'];
export type TaskFields = TaskSnapshotFragment;

/** What the viewer may do with the task. */
export type Access = { mayEdit: boolean; mayModerate: boolean };

export function accessTo(project: PanelProject): Access {
  const isOpen = project.archivedAt === null;
  return {
    mayEdit: isOpen && project.viewerRole !== 'VIEWER',
    mayModerate: isOpen && (project.viewerRole === 'OWNER' || project.viewerRole === 'ADMIN'),
  };
}
