"""The loaders of the schema's relations, a module for each part of the domain."""
