"""`python -m web.cli`, as the embedded stack starts its processes."""

from web.cli import main

main()
