import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { PendingMovesProvider } from '@/features/board/pending-moves-context';
import { aPanel } from '@/testing/builders';
import { type Answers, renderApp } from '@/testing/render-app';
import { TaskPanel } from './task-panel';

const routes = [
  {
    path: '/w/:slug/p/:key/t/:number',
    element: (
      <PendingMovesProvider>
        <TaskPanel />
      </PendingMovesProvider>
    ),
  },
  { path: '/w/:slug/p/:key', element: <h1>The board</h1> },
];

function open(answers: Answers) {
  return renderApp({ routes, address: '/w/demo/p/DEMO/t/7', answers });
}

test('while the task is read a status says so', async () => {
  await open({});
  expect(screen.getByText('Loading the task')).toBeVisible();
});

test('the task is shown with its markdown', async () => {
  const { sent } = await open({ TaskPanel: () => aPanel() });
  const panel = await screen.findByRole('dialog', { name: 'Water the plants' });
  expect(within(panel).getByText('Daily').tagName).toBe('STRONG');
  expect(sent[0]?.variables).toMatchObject({ slug: 'demo', taskKey: 'DEMO-7' });
});

test('html in a description stays text', async () => {
  const description = '<img src=x onerror=alert(1)> [bad](javascript:alert(1))';
  await open({ TaskPanel: () => aPanel({ description }) });
  await screen.findByRole('dialog', { name: 'Water the plants' });
  expect(screen.queryByRole('img')).toBeNull();
  expect(document.querySelector('[href^="javascript"]')).toBeNull();
});

test('a task that does not exist says so', async () => {
  await open({ TaskPanel: () => ({ task: null }) });
  expect(await screen.findByRole('heading', { name: 'No such task' })).toBeVisible();
});

test('a failure is told and can be tried again', async () => {
  await open({ TaskPanel: () => new Error('down') });
  expect(await screen.findByRole('alert')).toHaveTextContent('could not be loaded');
});

test('a viewer reads but has nothing to change', async () => {
  await open({ TaskPanel: () => aPanel({}, 'VIEWER') });
  expect(await screen.findByText('Read only')).toBeVisible();
  expect(screen.getByRole('combobox', { name: 'Column' })).toBeDisabled();
  expect(screen.queryByRole('textbox', { name: 'Title' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Task actions' })).toBeNull();
  expect(screen.queryByRole('textbox', { name: 'New comment' })).toBeNull();
});

test('a refused priority goes back with the reason', async () => {
  await open({
    TaskPanel: () => aPanel(),
    TaskUpdate: () => ({
      taskUpdate: {
        task: null,
        errors: [{ code: 'ARCHIVED', field: null, message: 'The project is archived.' }],
      },
    }),
  });
  const priority = await screen.findByRole('combobox', { name: 'Priority' });
  await userEvent.selectOptions(priority, 'Urgent');
  expect(await screen.findByRole('alert')).toHaveTextContent('The project is archived.');
  expect(priority).toHaveValue('NONE');
});

test('a new title is saved over the version it was read at', async () => {
  const { sent } = await open({ TaskPanel: () => aPanel({ version: 4 }) });
  const title = await screen.findByRole('textbox', { name: 'Title' });
  await userEvent.clear(title);
  await userEvent.type(title, 'Water them{Enter}');
  await waitFor(() => expect(sent.at(-1)?.name).toBe('TaskUpdate'));
  expect(sent.at(-1)?.variables.input).toMatchObject({ title: 'Water them', expectedVersion: 4 });
});

test('Escape closes the panel', async () => {
  const { router } = await open({ TaskPanel: () => aPanel() });
  await screen.findByRole('dialog', { name: 'Water the plants' });
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/w/demo/p/DEMO'));
});
