"""A file that holds a secret."""

import os
import tempfile
from pathlib import Path

from model.faults import WrongUse


def write(path: Path, text: str) -> None:
    """Puts the text into a file that nobody else may read (0600), whole or not at all. What was there before is replaced.

    Raises:
        WrongUse: nothing was written, and it says why.
    """
    try:
        if path.is_symlink():
            # Replaced, it would no longer lead there; followed, it might lead to where others may read.
            raise WrongUse(f"{path} is a symbolic link; name the file itself")
        if path.exists() and not path.is_file():
            raise WrongUse(f"{path} is no file; name one, or take --reveal to print the secret")
        # Beside it, and so on the same disk: a rename is then done at once. It is 0600 from its first moment.
        handle, staged = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise WrongUse(f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(staged).replace(path)
    except OSError as error:
        raise WrongUse(f"{path} cannot be written: {error.strerror}") from None
    finally:
        Path(staged).unlink(missing_ok=True)
