"""Opens a file in a listening LibreOffice and prints its words: `python3 tests/uno_reader.py PORT FILE PASSWORD`.

Run by the system's own Python, which has LibreOffice's module `uno`. Ends with 3 where LibreOffice will not open the file.
"""

import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

STARTS_WITHIN_S = 60


def desktop(port: str):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    deadline = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            context = resolver.resolve(f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def words(document) -> str:
    if hasattr(document, "Text"):
        return document.Text.getString()
    return document.Sheets.getByIndex(0).getCellByPosition(0, 0).getString()


def main() -> int:
    _, port, file, password = sys.argv
    how = (PropertyValue("Hidden", 0, True, 0), PropertyValue("Password", 0, password, 0))
    try:
        document = desktop(port).loadComponentFromURL(uno.systemPathToFileUrl(file), "_blank", 0, how)
    except Exception as refused:
        print(f"not opened: {type(refused).__name__}", file=sys.stderr)
        return 3
    if document is None:
        return 3
    print(words(document))
    document.close(True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
