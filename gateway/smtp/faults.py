"""What a log line may say of an unexpected exception: its kind and place, never its words, which may hold personal data."""

import traceback

# The innermost frames say enough; a recursion error would fill a page.
FRAMES = 6


def describe(error: BaseException) -> dict[str, str]:
    """Keys for a log event."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return {"error": type(error).__name__, "where": where}
