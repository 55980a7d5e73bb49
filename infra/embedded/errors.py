class StackError(Exception):
    """The embedded stack cannot do what was asked; the text is one line for the operator."""
