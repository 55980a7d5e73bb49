"""Entities, rules, use cases and ports of Taskwire. Standard library only."""
