"""`consentry` and `python -m consentry`."""

import sys


def main() -> None:
    """Run the command line's words; exits with its status."""
    from consentry.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
