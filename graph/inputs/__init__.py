"""The schema's input types and how they become values of the domain."""
