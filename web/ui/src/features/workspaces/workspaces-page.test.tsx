import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { type Answers, renderApp } from '@/testing/render-app';
import { slugFrom } from './workspace-create-dialog';
import { WorkspacesPage } from './workspaces-page';

const routes = [
  { path: '/', element: <WorkspacesPage /> },
  { path: '/w/:slug', element: <h1>The workspace</h1> },
];
const empty: Answers = { Workspaces: () => ({ workspaces: [] }) };

test('while they are read a status says so', async () => {
  await renderApp({ routes, address: '/' });
  expect(screen.getByText('Loading workspaces')).toBeInTheDocument();
});

test('who has none is invited to make one', async () => {
  await renderApp({ routes, address: '/', answers: empty });
  expect(await screen.findByRole('heading', { name: 'Start with a workspace' })).toBeVisible();
});

test('a failure is told and can be tried again', async () => {
  await renderApp({ routes, address: '/', answers: { Workspaces: () => new Error('down') } });
  expect(await screen.findByRole('alert')).toHaveTextContent('could not be loaded');
  expect(screen.getByRole('button', { name: 'Try again' })).toBeEnabled();
});

test('a refused name stays in the dialog with the reason at its field', async () => {
  await renderApp({
    routes,
    address: '/',
    answers: {
      ...empty,
      WorkspaceCreate: () => ({
        workspaceCreate: {
          workspace: null,
          errors: [{ code: 'ALREADY_EXISTS', field: ['slug'], message: 'Taken.' }],
        },
      }),
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'New workspace' }));
  await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'Ops & Support');
  await userEvent.click(screen.getByRole('button', { name: 'Create workspace' }));
  expect(await screen.findByRole('textbox', { description: 'Taken.' })).toHaveValue('ops-support');
});

test.each([
  ['Ops & Support', 'ops-support'],
  ['  Café Zürich ', 'cafe-zurich'],
  ['---', ''],
])('the name %j suggests the short name %j', (name, slug) => {
  expect(slugFrom(name)).toBe(slug);
});
