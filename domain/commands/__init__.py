"""Use cases: one command and one handler each, run by `CommandBus` in one transaction."""
