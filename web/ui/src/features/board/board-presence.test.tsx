import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { TaskPanel } from '@/features/task/task-panel';
import { aBoard, aColumn, aPanel, aTask } from '@/testing/builders';
import type { FakeSocket } from '@/testing/fake-socket';
import { renderApp, viewer } from '@/testing/render-app';
import { BoardPage } from './board-page';

const routes = [
  {
    path: '/w/:slug/p/:key',
    element: <BoardPage />,
    children: [{ path: 't/:number', element: <TaskPanel /> }],
  },
];
const board = () => aBoard([aColumn('todo', [aTask({ id: 't1' }), aTask({ id: 't2' })])]);

type Place = { taskId?: string; draggedTaskId?: string };

function person(id: string, name: string, { taskId, draggedTaskId }: Place = {}) {
  return {
    __typename: 'PresentMember',
    userId: id,
    user: { __typename: 'User', id, name },
    taskId: taskId ?? null,
    draggedTaskId: draggedTaskId ?? null,
  };
}

function tell(socket: FakeSocket, members: object[], isComplete = true) {
  const presence = { __typename: 'PresenceUpdate', isComplete, members };
  act(() => {
    socket.of('Presence').sink.next({ data: { presence } });
  });
}

async function open(address = '/w/demo/p/DEMO') {
  const app = await renderApp({
    routes,
    address,
    answers: { Board: board, PresenceUpdate: () => ({ presenceUpdate: { errors: [] } }) },
  });
  await screen.findByRole('list', { name: 'Tasks in todo' });
  return app;
}

const card = (title: string) => {
  const found = screen.getByRole('link', { name: title }).closest('li');
  if (!found) throw new Error('the link is in no card');
  return within(found);
};

/** The bar at the top; names of roles take long to find on a whole board. */
const top = () => {
  const found = document.querySelector('header');
  if (!found) throw new Error('there is no bar at the top');
  return within(found);
};

test('who else is at the board is named, and oneself is not', async () => {
  const { socket } = await open();
  tell(socket, [person(viewer.id, viewer.name), person('u2', 'Max Member')]);
  await userEvent.click(top().getByRole('button', { name: '1 other person is here' }));
  const list = within(top().getByRole('region', { name: '1 other person is here' }));
  expect(list.getAllByRole('listitem').map((item) => item.textContent)).toEqual(['MMMax Member']);
});

test('who is alone sees no faces', async () => {
  const { socket } = await open();
  tell(socket, [person(viewer.id, viewer.name)]);
  expect(top().queryByRole('button', { name: /here/ })).toBeNull();
});

test('that there may be more is told', async () => {
  const { socket } = await open();
  tell(socket, [person('u2', 'Max Member'), person('u3', 'Vera Viewer')], false);
  const button = top().getByRole('button', { name: '2 others are here. There may be more.' });
  await userEvent.click(button);
  expect(top().getByText(/There may be more: a part of the service/)).toBeVisible();
});

test('a card says who looks at it and who moves it', async () => {
  const { socket } = await open();
  tell(socket, [
    person('u2', 'Max Member', { taskId: 't1' }),
    person('u3', 'Vera Viewer', { draggedTaskId: 't2' }),
  ]);
  expect(card('Task 1').getByText('Max Member is looking at it.')).toBeInTheDocument();
  expect(card('Task 2').getByText('Vera Viewer is moving it.')).toBeInTheDocument();
  tell(socket, [person('u2', 'Max Member')]);
  expect(card('Task 1').queryByText(/is looking/)).toBeNull();
  expect(card('Task 2').queryByText(/is moving/)).toBeNull();
});

test('faces go while the connection is lost', async () => {
  const { socket } = await open();
  act(() => socket.connect());
  tell(socket, [person('u2', 'Max Member', { taskId: 't1' })]);
  act(() => socket.drop());
  expect(top().queryByRole('button', { name: /here/ })).toBeNull();
  expect(card('Task 1').queryByText(/is looking/)).toBeNull();
});

test('the task in the panel is reported, and that it was closed', async () => {
  const { sent, router } = await renderApp({
    routes,
    address: '/w/demo/p/DEMO/t/1',
    answers: {
      Board: board,
      TaskPanel: () => aPanel({ id: 't1' }),
      PresenceUpdate: () => ({ presenceUpdate: { errors: [] } }),
    },
  });
  const reports = () =>
    sent.filter(({ name }) => name === 'PresenceUpdate').map(({ variables }) => variables.input);
  await vi.waitFor(() =>
    expect(reports()).toEqual([{ projectId: 'p1', taskId: 't1', draggedTaskId: null }]),
  );
  await act(() => router.navigate('/w/demo/p/DEMO'));
  await vi.waitFor(() =>
    expect(reports().at(-1)).toEqual({ projectId: 'p1', taskId: null, draggedTaskId: null }),
  );
});

test('the panel says who else looks at its task', async () => {
  const { socket } = await renderApp({
    routes,
    address: '/w/demo/p/DEMO/t/1',
    answers: { Board: board, TaskPanel: () => aPanel({ id: 't1' }) },
  });
  const panel = await screen.findByRole('dialog', { name: 'Water the plants' });
  await screen.findByRole('list', { name: 'Tasks in todo' });
  tell(socket, [person('u2', 'Max Member', { taskId: 't1' })]);
  expect(within(panel).getByText('Max Member is looking at it.')).toBeInTheDocument();
});
