import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { LoginPage } from '@/features/auth/login-page';
import { SignupPage } from '@/features/auth/signup-page';
import { type Answers, renderApp, viewer } from '@/testing/render-app';
import { InvitePage } from './invite-page';

const routes = [
  { path: '/invite/:token', element: <InvitePage /> },
  { path: '/signup', element: <SignupPage /> },
  { path: '/login', element: <LoginPage /> },
  { path: '/w/:slug', element: <h1>The workspace</h1> },
  { path: '/', element: <h1>Your workspaces</h1> },
];

function anInvitation(fields: object = {}) {
  return {
    invitation: {
      __typename: 'InvitationPreview',
      workspaceName: 'Demo',
      workspaceSlug: 'demo',
      inviterName: 'Olivia Owner',
      email: viewer.email,
      role: 'MEMBER',
      status: 'OPEN',
      isViewerMember: false,
      ...fields,
    },
  };
}

function open(answers: Answers, isSignedIn = true) {
  return renderApp({ routes, address: '/invite/secret', answers, isSignedIn });
}

test('while it is read a status says so', async () => {
  await open({});
  expect(screen.getByRole('status')).toHaveTextContent('Loading the invitation');
});

test('a failure is told and can be tried again', async () => {
  let isDown = true;
  await open({ Invitation: () => (isDown ? new Error('down') : anInvitation()) });
  expect(await screen.findByRole('alert')).toHaveTextContent('could not be loaded');
  isDown = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'Join Demo' })).toBeVisible();
});

test('whoever is signed in with the address joins with one press', async () => {
  const { sent } = await open({
    Invitation: () => anInvitation(),
    InviteAccept: () => ({ inviteAccept: { membership: { id: 'm1' }, errors: [] } }),
  });
  expect(await screen.findByText(/Olivia Owner invites you/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Join' }));
  expect(await screen.findByRole('heading', { name: 'The workspace' })).toBeVisible();
  expect(sent.find(({ name }) => name === 'InviteAccept')?.variables.input).toMatchObject({
    token: 'secret',
  });
});

test('a refusal says why', async () => {
  await open({
    Invitation: () => anInvitation(),
    InviteAccept: () => ({
      inviteAccept: {
        membership: null,
        errors: [{ code: 'EXPIRED', field: ['token'], message: 'It has just expired.' }],
      },
    }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Join' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('It has just expired.');
});

test.each([
  ['Create an account', 'Create account'],
  ['I have one: log in', 'Log in'],
])('who has no session is led by %s and back', async (entrance, button) => {
  const login = { user: viewer, accessToken: 'token', expiresIn: 3600 };
  await renderApp({
    routes,
    address: '/invite/secret',
    answers: { Invitation: () => anInvitation() },
    isSignedIn: false,
    login: async () => login,
  });
  await userEvent.click(await screen.findByRole('link', { name: entrance }));
  expect(screen.getByRole('textbox', { name: 'Email' })).toHaveValue(viewer.email);
  await userEvent.type(screen.getByLabelText('Password'), 'correct horse');
  await userEvent.click(screen.getByRole('button', { name: button }));
  expect(await screen.findByRole('button', { name: 'Join' })).toBeVisible();
});

test('who is signed in with another address may log out', async () => {
  const { session } = await open({
    Invitation: () => anInvitation({ email: 'gil@example.test' }),
  });
  expect(await screen.findByText(/for gil@example.test. You are signed in as/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: /Log out/ }));
  expect(session.getState().status).toBe('signed-out');
  expect(await screen.findByRole('link', { name: 'Create an account' })).toBeVisible();
});

test.each([
  ['is good for nothing', { invitation: null }],
  ['has expired', anInvitation({ status: 'EXPIRED' })],
  ['has been used', anInvitation({ status: 'ACCEPTED' })],
])('an invitation that %s says so', async (title, answer) => {
  await open({ Invitation: () => answer });
  expect(await screen.findByRole('heading', { name: `This invitation ${title}` })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Join' })).toBeNull();
});

test.each(['OPEN', 'ACCEPTED'])('who belongs there already goes there (%s)', async (status) => {
  await open({ Invitation: () => anInvitation({ status, isViewerMember: true }) });
  expect(await screen.findByRole('heading', { name: 'You belong to Demo' })).toBeVisible();
  await userEvent.click(screen.getByRole('link', { name: 'Open Demo' }));
  expect(await screen.findByRole('heading', { name: 'The workspace' })).toBeVisible();
});
