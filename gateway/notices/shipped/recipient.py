"""What a recipient reads above a message whose files were locked (requirements P4, P13, H14), as shipped."""

OPEN = (
    "The files in this email are locked with a password. The sender will phone you to tell you the password.\n"
    "Word, Excel and PDF files: open them and type the password. Zip files: use 7-Zip or WinZip. Windows cannot open them by itself.\n"
    "Then save a copy without the password in a safe place. Do not rely on remembering the password.\n"
    "If this email is not for you, tell the sender. Do not ignore it."
)
