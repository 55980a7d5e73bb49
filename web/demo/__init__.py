"""The demo workspace of the first start."""
