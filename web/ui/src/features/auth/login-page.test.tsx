import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { renderApp } from '@/testing/render-app';
import { AuthRefused } from './auth-api';
import { LoginPage } from './login-page';
import { RequireSession } from './require-session';

const routes = [
  { path: '/', element: <h1>Start</h1> },
  { path: '/login', element: <LoginPage /> },
  {
    element: <RequireSession />,
    children: [{ path: '/w/demo', element: <h1>Demo workspace</h1> }],
  },
];

function demoAnswers(status: number, accounts: object[] = []) {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ accounts }), { status }));
}

beforeEach(() => demoAnswers(404));

async function logIn() {
  await userEvent.type(screen.getByRole('textbox', { name: 'Email' }), 'nora@example.test');
  await userEvent.type(screen.getByLabelText('Password'), 'correct horse');
  await userEvent.click(screen.getByRole('button', { name: 'Log in' }));
}

test('who is not signed in logs in and returns to the page they wanted', async () => {
  await renderApp({ routes, address: '/w/demo', isSignedIn: false });
  await logIn();
  expect(await screen.findByRole('heading', { name: 'Demo workspace' })).toBeVisible();
});

test('wrong credentials are told', async () => {
  await renderApp({
    routes,
    address: '/login',
    isSignedIn: false,
    login: async () => {
      throw new AuthRefused(401, 'INVALID_CREDENTIALS', 'The email or the password is wrong.');
    },
  });
  await logIn();
  expect(await screen.findByRole('alert')).toHaveTextContent('The email or the password is wrong.');
});

test('an error about a field stands with the field', async () => {
  await renderApp({
    routes,
    address: '/login',
    isSignedIn: false,
    login: async () => {
      throw new AuthRefused(422, 'INVALID_INPUT', 'Check it.', { email: 'Not an address.' });
    },
  });
  await logIn();
  const email = await screen.findByRole('textbox', {
    name: 'Email',
    description: 'Not an address.',
  });
  expect(email).toBeInvalid();
});

test('no demo is offered where the server has none', async () => {
  await renderApp({ routes, address: '/login', isSignedIn: false });
  expect(screen.queryByRole('region', { name: 'Demo accounts' })).toBeNull();
});

test('the demo is one press away where the server offers it', async () => {
  demoAnswers(200, [{ email: 'owner@demo.test', password: 'secret', role: 'OWNER' }]);
  const { session } = await renderApp({ routes, address: '/login', isSignedIn: false });
  await userEvent.click(await screen.findByRole('button', { name: 'owner' }));
  expect(session.getState().status).toBe('signed-in');
});
