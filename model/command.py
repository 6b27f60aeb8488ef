"""How every `python -m …` command of this project starts and ends."""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path


class UserError(Exception):
    """A mistake that the user can correct, in one line: what is wrong, where (file, key or line), and what to do."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """An argument parser that shows a module's docstring as it was written."""
    return argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)


def named_folder(word: str) -> tuple[str, Path]:
    """Read `NAME=DIR` of a command line as (name, folder). Raises UserError if either is missing."""
    name, _, folder = word.partition("=")
    if not name or not folder:
        raise UserError(f"{word}: expected NAME=DIR, for instance mrasp=results/help29/runs/mrasp/model")
    return name, Path(folder)


def direction(word: str) -> tuple[str, str]:
    """Read `SOURCE-TARGET` of a command line. Raises UserError if either is missing."""
    source, _, target = word.partition("-")
    if not source or not target:
        raise UserError(f"--directions: {word}: expected SOURCE-TARGET, for instance en-gl")
    return source, target


def run(main: Callable[[], None]) -> None:
    """Call `main`. A user's mistake exits with 1 and one line, Ctrl-C with 130, SIGTERM with 143.

    Errors of the file system (full, read-only, no permission) are for the user to correct too, so they get one line.
    Any other error keeps its traceback, because it is a bug of this project.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
    except BrokenPipeError:  # the reader has closed the output, for instance `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        where = f" {error.filename}:" if error.filename else ""
        mend = "mend" if isinstance(error, FileNotFoundError) else "free space or mend"
        sys.exit(f"error:{where} {error.strerror or error}; {mend} the path, and run the command again")
    except KeyboardInterrupt:
        print("interrupted: the same command continues from what is complete", file=sys.stderr)
        sys.exit(130)
