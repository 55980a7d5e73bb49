"""The live tail of every project's log, for the subscribers of this process."""
