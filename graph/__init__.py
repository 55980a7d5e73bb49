"""The GraphQL API: a Strawberry schema over the domain's use cases and readers."""
