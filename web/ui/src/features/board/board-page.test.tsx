import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { makeFragmentData } from '@/generated';
import { TaskSnapshot } from '@/shared/cache/snapshots';
import { aBoard, aChange, aColumn, anEvent, aTask } from '@/testing/builders';
import { type Answers, renderApp } from '@/testing/render-app';
import { BoardPage } from './board-page';

const routes = [{ path: '/w/:slug/p/:key', element: <BoardPage /> }];
const address = '/w/demo/p/DEMO';

const board = () =>
  aBoard([
    aColumn('todo', [
      aTask({ id: 't1', title: 'Write it down', position: 'a0' }),
      aTask({ id: 't2', title: 'Read it again', position: 'a1' }),
    ]),
    aColumn('done', [], { position: 'a1' }),
  ]);

function open(answers: Answers, at = address) {
  return renderApp({ routes, address: at, answers });
}

async function titlesIn(column: string): Promise<(string | null)[]> {
  const list = await screen.findByRole('list', { name: `Tasks in ${column}` });
  return within(list)
    .queryAllByRole('link')
    .map((link) => link.textContent);
}

test('while the board is read its shape is shown', async () => {
  await open({});
  expect(screen.getByText('Loading the board')).toBeVisible();
});

test('the columns and their cards appear in order', async () => {
  await open({ Board: board });
  expect(await titlesIn('todo')).toEqual(['Write it down', 'Read it again']);
  expect(screen.getByRole('region', { name: 'done' })).toHaveTextContent('No tasks');
});

test('a board that cannot be read says so and can be tried again', async () => {
  let isDown = true;
  await open({ Board: () => (isDown ? new Error('down') : board()) });
  expect(await screen.findByRole('alert')).toHaveTextContent('The board could not be loaded');
  isDown = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await titlesIn('todo')).toHaveLength(2);
});

test('a project one may not see says so', async () => {
  await open({ Board: () => ({ project: null }) });
  expect(await screen.findByRole('alert')).toHaveTextContent('You cannot see this project');
});

test('a viewer can look but has nothing to change', async () => {
  await open({ Board: () => aBoard([aColumn('todo', [aTask()])], { viewerRole: 'VIEWER' }) });
  expect(await titlesIn('todo')).toEqual(['Task 1']);
  expect(screen.queryByRole('button', { name: /Add task/ })).toBeNull();
  expect(screen.queryByRole('button', { name: /Add column/ })).toBeNull();
});

test('members add tasks but do not change columns', async () => {
  await open({ Board: () => aBoard([aColumn('todo')], { viewerRole: 'MEMBER' }) });
  expect(await screen.findByRole('button', { name: 'Add task to todo' })).toBeVisible();
  expect(screen.queryByRole('button', { name: /Add column/ })).toBeNull();
});

test('the badge follows the connection', async () => {
  const { socket } = await open({ Board: board });
  await titlesIn('todo');
  const badge = () => screen.getByText(/^(Connecting|Catching up|Live|Offline)$/).textContent;
  expect(badge()).toBe('Connecting');
  act(() => socket.connect());
  expect(badge()).toBe('Catching up');
  await waitFor(() => expect(badge()).toBe('Live'));
  act(() => socket.drop());
  expect(badge()).toBe('Offline');
});

test('the subscription starts at the cursor of the board that is shown', async () => {
  const { socket } = await open({ Board: board });
  await titlesIn('todo');
  expect(socket.of('ProjectEvents').payload.variables).toEqual({ projectId: 'p1', after: 'c10' });
});

test('somebody else’s move is shown', async () => {
  const { socket } = await open({ Board: board });
  await titlesIn('todo');
  act(() => {
    socket.connect();
    socket.send(
      anEvent({
        task: aTask({ id: 't1', title: 'Write it down', columnId: 'done', version: 2 }),
        changes: [aChange('columnId', 'todo', 'done')],
      }),
    );
  });
  expect(await titlesIn('done')).toEqual(['Write it down']);
  expect(await titlesIn('todo')).toEqual(['Read it again']);
});

test('the address narrows the board down', async () => {
  await open({ Board: board }, `${address}?q=again`);
  expect(await titlesIn('todo')).toEqual(['Read it again']);
  await userEvent.click(screen.getByRole('button', { name: 'Clear' }));
  expect(await titlesIn('todo')).toHaveLength(2);
});

test('a quickly added task appears once, though answer and event both bring it', async () => {
  const task = aTask({ id: 't3', title: 'One more', position: 'a2' });
  const { socket, sent } = await open({
    Board: board,
    TaskCreate: () => ({
      taskCreate: { task: makeFragmentData(task, TaskSnapshot), errors: [] },
    }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Add task to todo' }));
  await userEvent.keyboard('One more{Enter}');
  await waitFor(async () => expect(await titlesIn('todo')).toHaveLength(3));
  act(() => {
    socket.connect();
    socket.send(anEvent({ kind: 'TASK_CREATED', task }));
  });
  expect(await titlesIn('todo')).toEqual(['Write it down', 'Read it again', 'One more']);
  const input = sent.find(({ name }) => name === 'TaskCreate')?.variables.input;
  expect(input).toMatchObject({ projectId: 'p1', columnId: 'todo', title: 'One more' });
  expect(input).toHaveProperty('idempotencyKey');
});

test('a refused task gives back what was typed and says why', async () => {
  await open({
    Board: board,
    TaskCreate: () => ({
      taskCreate: {
        task: null,
        errors: [{ code: 'LIMIT_EXCEEDED', field: null, message: 'This project is full.' }],
      },
    }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Add task to todo' }));
  await userEvent.keyboard('One more{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('This project is full.');
  expect(screen.getByRole('textbox', { name: 'New task in todo' })).toHaveValue('One more');
});

test('c begins a task, / goes to the filter and ? lists the shortcuts', async () => {
  await open({ Board: board });
  await titlesIn('todo');
  await userEvent.keyboard('/');
  expect(screen.getByRole('searchbox', { name: 'Filter by text' })).toHaveFocus();
  act(() => screen.getByRole('searchbox').blur());
  await userEvent.keyboard('c');
  const field = screen.getByRole('textbox', { name: 'New task in todo' });
  expect(field).toHaveFocus();
  await userEvent.keyboard('{Escape}?');
  expect(screen.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});
