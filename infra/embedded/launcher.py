"""Become another program that dies with the process which asked for it.

Run as a script, by path, with the standard library only:

    launcher.py PARENT_PID DEATH_SIGNAL UID GID REACH PROGRAM [ARGUMENT ...]

The program replaces this process, so its pid is the one the parent was given. UID and GID are
`-` to keep the account. REACH is `reach` to let an unprivileged account walk through directories
that are closed to it, which a checkout below a closed home directory needs.
"""

import ctypes
import os
import signal
import struct
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
# Capabilities stay as they are when the account changes, and count for access(2), with which
# PostgreSQL's programs look for one another.
SECBIT_NO_SETUID_FIXUP = 1 << 2
CANNOT_EXECUTE = 126


def _checked(result: int) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def become_account(libc: ctypes.CDLL, *, uid: int, gid: int, reach: bool) -> None:
    """Drop root for the account; with reach, keep only the right to pass closed directories."""
    if reach:
        _checked(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if reach:
        bit = 1 << CAP_DAC_OVERRIDE
        header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
        _checked(libc.capset(header, struct.pack("6I", bit, bit, bit, 0, 0, 0)))
        _checked(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def main(arguments: list[str]) -> int:
    """Return only when the program cannot be run."""
    parent_pid, death_signal, uid, gid, reach, *command = arguments
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if uid != "-":
            become_account(libc, uid=int(uid), gid=int(gid), reach=reach == "reach")
        if sys.platform == "linux":
            # After the change of account: the kernel forgets the signal when credentials change.
            _checked(libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0))
            if os.getppid() != int(parent_pid):
                return -signal.SIGTERM
        os.execv(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        sys.stderr.write(f"FATAL: cannot run {command[0]}: {error}\n")
        return CANNOT_EXECUTE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
