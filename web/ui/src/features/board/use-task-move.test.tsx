import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { renderApp } from '@/testing/render-app';
import { PendingMovesProvider, usePlacements } from './pending-moves-context';
import { useTaskMove } from './use-task-move';

function Mover() {
  const move = useTaskMove();
  const placement = usePlacements().get('t1');
  const onClick = () =>
    void move({
      task: { id: 't1', key: 'DEMO-1' },
      columnId: 'done',
      position: 'a',
      afterTaskId: 't2',
    });
  return (
    <>
      <button onClick={onClick} type="button">
        Move
      </button>
      <output>{placement?.columnId ?? 'home'}</output>
    </>
  );
}

const routes = [
  {
    path: '/',
    element: (
      <PendingMovesProvider>
        <Mover />
      </PendingMovesProvider>
    ),
  },
];

test('a refused move is shown at once, taken back and explained', async () => {
  let refuse = () => {};
  const { sent } = await renderApp({
    routes,
    address: '/',
    answers: {
      TaskMove: () =>
        new Promise((resolve) => {
          refuse = () =>
            resolve({
              taskMove: {
                task: null,
                errors: [{ code: 'INVALID_MOVE', field: null, message: 'The neighbour has left.' }],
              },
            });
        }),
    },
  });
  await userEvent.click(screen.getByRole('button', { name: 'Move' }));
  expect(screen.getByText('done')).toBeVisible();
  await waitFor(() => expect(sent).toHaveLength(1));
  refuse();
  expect(await screen.findByRole('alert')).toHaveTextContent(
    'DEMO-1 went back. The neighbour has left.',
  );
  expect(screen.getByText('home')).toBeVisible();
  expect(sent[0]?.variables.input).toMatchObject({
    taskId: 't1',
    columnId: 'done',
    afterTaskId: 't2',
  });
});

test('a move that reaches no server is taken back and explained', async () => {
  await renderApp({ routes, address: '/', answers: { TaskMove: () => new Error('down') } });
  await userEvent.click(screen.getByRole('button', { name: 'Move' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('cannot be reached');
  expect(screen.getByText('home')).toBeVisible();
});
