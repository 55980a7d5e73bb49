import { Avatar } from '@/shared/ui/avatar';
import { MenuItem } from '@/shared/ui/menu-item';
import { Popover } from '@/shared/ui/popover';
import { useToast } from '@/shared/ui/toast';
import { useSession, useSessionState } from './session-context';

/** The signed-in person and the way out. */
export function UserMenu() {
  const session = useSession();
  const toast = useToast();
  const { user } = useSessionState();
  if (!user) return null;

  const logOut = () => {
    session.logout().catch(() => toast('Logged out here, but the server could not be told.'));
  };
  return (
    <Popover
      label="Account"
      trigger={<Avatar label="" size={28} user={user} />}
      triggerClassName="flex size-8 items-center justify-center rounded-full"
    >
      {() => (
        <>
          <div className="border-line border-b px-2 pt-1 pb-2">
            <p className="font-medium">{user.name}</p>
            <p className="text-muted text-sm">{user.email}</p>
          </div>
          <div className="pt-1">
            <MenuItem icon="logout" onClick={logOut}>
              Log out
            </MenuItem>
          </div>
        </>
      )}
    </Popover>
  );
}
