"""Batched reads: each method one statement for many keys, scoped to what the viewer may see."""

from persistence.database import Database
from persistence.read_pool import ReadPool
from persistence.readers.boards import PostgresBoardReader
from persistence.readers.conversations import PostgresConversationReader
from persistence.readers.events import PostgresEventReader
from persistence.readers.invitations import PostgresInvitationReader
from persistence.readers.people import PostgresPeopleReader
from persistence.readers.tasks import PostgresTaskReader


class PostgresReaders:
    """`domain.readers.Readers` on one database, or on a replica of it."""

    def __init__(self, database: Database, *, replica: ReadPool | None = None) -> None:
        reads = replica or database.reads
        self.people = PostgresPeopleReader(reads)
        self.invitations = PostgresInvitationReader(reads)
        self.boards = PostgresBoardReader(reads)
        self.tasks = PostgresTaskReader(reads)
        self.conversations = PostgresConversationReader(reads)
        self.events = PostgresEventReader(reads)
