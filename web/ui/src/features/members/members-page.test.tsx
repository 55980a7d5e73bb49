import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import type { Role } from '@/generated/graphql';
import { type Answers, renderApp, viewer } from '@/testing/render-app';
import { MembersPage } from './members-page';

const routes = [
  { path: '/w/:slug/members', element: <MembersPage /> },
  { path: '/', element: <h1>Your workspaces</h1> },
];

function aMember(id: string, name: string, role: Role) {
  const user = { __typename: 'User', id, name, email: `${id}@example.test` };
  return { __typename: 'Membership', id: `m-${id}`, role, user };
}

function people(viewerRole: Role, invitations: object[] = []) {
  return {
    workspace: {
      __typename: 'Workspace',
      id: 'w1',
      slug: 'demo',
      name: 'Demo',
      viewerRole,
      members: [
        aMember(viewer.id, viewer.name, viewerRole),
        aMember('u2', 'Olivia Owner', 'OWNER'),
        aMember('u3', 'Max Member', 'MEMBER'),
      ],
      invitations,
    },
  };
}

const waiting = {
  __typename: 'Invitation',
  id: 'i1',
  email: 'gil@example.test',
  role: 'VIEWER',
  expiresAt: '2020-01-01T00:00:00Z',
  inviter: { __typename: 'User', id: 'u2', name: 'Olivia Owner' },
};

function open(answers: Answers) {
  return renderApp({ routes, address: '/w/demo/members', answers });
}

const row = (name: string) => within(screen.getByText(name).closest('li') ?? document.body);

test('while they are read a status says so', async () => {
  await open({});
  expect(screen.getByText('Loading the members')).toBeInTheDocument();
});

test('a failure is told and can be tried again', async () => {
  await open({ Members: () => new Error('down') });
  expect(await screen.findByRole('alert')).toHaveTextContent('could not be loaded');
});

test('a workspace one does not belong to says so', async () => {
  await open({ Members: () => ({ workspace: null }) });
  expect(await screen.findByRole('heading', { name: 'No such workspace' })).toBeVisible();
});

test('a member sees who is there, may leave, and changes nobody', async () => {
  await open({ Members: () => people('MEMBER') });
  const list = await screen.findByRole('region', { name: 'Members (3)' });
  expect(within(list).getAllByRole('listitem')).toHaveLength(3);
  expect(screen.queryByRole('combobox')).toBeNull();
  expect(screen.queryByRole('heading', { name: 'Invite somebody' })).toBeNull();
  expect(
    within(list)
      .getAllByRole('button')
      .map((button) => button.textContent),
  ).toEqual(['Leave']);
});

test('an admin changes everybody but owners and gives every role but theirs', async () => {
  await open({ Members: () => people('ADMIN') });
  await screen.findByRole('region', { name: 'Members (3)' });
  expect(row('Olivia Owner').queryByRole('combobox')).toBeNull();
  const role = row('Max Member').getByRole('combobox', { name: 'Role of Max Member' });
  expect(
    within(role)
      .getAllByRole('option')
      .map((option) => option.textContent),
  ).toEqual(['Admin', 'Member', 'Viewer']);
});

test('an invitation gives a link to hand over, once', async () => {
  const { sent } = await open({
    Members: () => people('OWNER'),
    MemberInvite: () => ({ memberInvite: { token: 'secret', errors: [] } }),
  });
  await userEvent.type(await screen.findByRole('textbox', { name: 'Email' }), 'gil@example.test');
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Role' }), 'VIEWER');
  await userEvent.click(screen.getByRole('button', { name: 'Make a link' }));
  const link = await screen.findByRole('textbox', { name: 'Link for gil@example.test' });
  expect(link).toHaveValue(`${window.location.origin}/invite/secret`);
  expect(screen.getByRole('textbox', { name: 'Email' })).toHaveValue('');
  expect(sent.find(({ name }) => name === 'MemberInvite')?.variables.input).toMatchObject({
    workspaceId: 'w1',
    email: 'gil@example.test',
    role: 'VIEWER',
  });
  await waitFor(() => expect(sent.filter(({ name }) => name === 'Members')).toHaveLength(2));
});

test('the link is copied', async () => {
  const writeText = vi.fn(async () => undefined);
  await open({
    Members: () => people('OWNER'),
    MemberInvite: () => ({ memberInvite: { token: 'secret', errors: [] } }),
  });
  const user = userEvent.setup();
  vi.spyOn(navigator.clipboard, 'writeText').mockImplementation(writeText);
  await user.type(await screen.findByRole('textbox', { name: 'Email' }), 'gil@example.test');
  await user.click(screen.getByRole('button', { name: 'Make a link' }));
  await user.click(await screen.findByRole('button', { name: 'Copy' }));
  expect(writeText).toHaveBeenCalledWith(`${window.location.origin}/invite/secret`);
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeVisible();
});

test('a refused address says why at its field', async () => {
  await open({
    Members: () => people('OWNER'),
    MemberInvite: () => ({
      memberInvite: {
        token: null,
        errors: [{ code: 'ALREADY_EXISTS', field: ['email'], message: 'Is here already.' }],
      },
    }),
  });
  await userEvent.type(await screen.findByRole('textbox', { name: 'Email' }), 'u3@example.test');
  await userEvent.click(screen.getByRole('button', { name: 'Make a link' }));
  const field = await screen.findByRole('textbox', { description: 'Is here already.' });
  expect(field).toHaveValue('u3@example.test');
});

test('an invitation that is waiting is taken back', async () => {
  let invitations = [waiting];
  const { sent } = await open({
    Members: () => people('OWNER', invitations),
    InviteRevoke: () => {
      invitations = [];
      return { inviteRevoke: { deletedInvitationId: 'i1', errors: [] } };
    },
  });
  const list = await screen.findByRole('region', { name: 'Invited (1)' });
  expect(list).toHaveTextContent('Invited by Olivia Owner, expired');
  await userEvent.click(
    screen.getByRole('button', { name: 'Take back the invitation of gil@example.test' }),
  );
  await waitFor(() => expect(screen.queryByRole('region', { name: /Invited/ })).toBeNull());
  expect(sent.find(({ name }) => name === 'InviteRevoke')?.variables.input).toMatchObject({
    invitationId: 'i1',
  });
});

test('a role is changed, and a refusal is told', async () => {
  const message = 'This is the only owner.';
  await open({
    Members: () => people('OWNER'),
    MemberUpdate: () => ({
      memberUpdate: { membership: null, errors: [{ code: 'LAST_OWNER', field: [], message }] },
    }),
  });
  const role = await screen.findByRole('combobox', { name: `Role of ${viewer.name}` });
  await userEvent.selectOptions(role, 'VIEWER');
  expect(await screen.findByRole('alert')).toHaveTextContent(message);
  expect(role).toHaveValue('OWNER');
});

test('who is removed is asked about first', async () => {
  const { sent } = await open({
    Members: () => people('OWNER'),
    MemberRemove: () => ({ memberRemove: { deletedMembershipId: 'm-u3', errors: [] } }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Remove Max Member' }));
  const dialog = screen.getByRole('dialog', { name: 'Remove Max Member?' });
  expect(sent.some(({ name }) => name === 'MemberRemove')).toBe(false);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(sent.filter(({ name }) => name === 'Members')).toHaveLength(2));
});

test('who leaves is back at their workspaces', async () => {
  await open({
    Members: () => people('MEMBER'),
    MemberRemove: () => ({ memberRemove: { deletedMembershipId: 'm-u1', errors: [] } }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Leave' }));
  await userEvent.click(screen.getByRole('button', { name: 'Leave workspace' }));
  expect(await screen.findByRole('heading', { name: 'Your workspaces' })).toBeVisible();
});
