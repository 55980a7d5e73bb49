"""The schema's object types.

A type is never instantiated: its source is the entity of the same name, and its
plain fields are the entity's attributes. Everything else is a relation.
"""
