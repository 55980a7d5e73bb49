"""Batched reads: each method one statement for many keys, scoped to what the viewer may see."""

from persistence.database import Database
from persistence.readers.boards import PostgresBoardReader
from persistence.readers.conversations import PostgresConversationReader
from persistence.readers.events import PostgresEventReader
from persistence.readers.people import PostgresPeopleReader
from persistence.readers.tasks import PostgresTaskReader


class PostgresReaders:
    """`domain.readers.Readers` on one database."""

    def __init__(self, database: Database) -> None:
        self.people = PostgresPeopleReader(database)
        self.boards = PostgresBoardReader(database)
        self.tasks = PostgresTaskReader(database)
        self.conversations = PostgresConversationReader(database)
        self.events = PostgresEventReader(database)
