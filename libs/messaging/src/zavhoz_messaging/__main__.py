"""`python -m zavhoz_messaging`: what one can do with the broker by hand."""

from zavhoz_messaging.dead_cli import main

if __name__ == "__main__":
    raise SystemExit(main())
