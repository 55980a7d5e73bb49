import type { BoardQuery } from '@/generated/graphql';

export type BoardProject = NonNullable<BoardQuery['project']>;
export type BoardColumnData = BoardProject['columns'][number];
export type BoardTask = BoardColumnData['tasks']['nodes'][number];
