"""The page that says to people what monitoring is told."""

PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Secure mail gateway</title>
<style>body{{font:18px/1.5 Helvetica,Arial,sans-serif;margin:2em auto;max-width:40em;color:#0b0c0c}}dt{{font-weight:bold}}</style></head>
<body><h1>Secure mail gateway</h1><p>{state}</p>
<dl><dt>Waiting for a person</dt><dd>{held}</dd><dt>On its way</dt><dd>{queued}</dd><dt>Disclosure records</dt><dd>{records}</dd>
<dt>Mode</dt><dd>{mode}</dd><dt>Policy</dt><dd>{policy}</dd></dl>
<p>Use the command <code>gateway hold list</code> to see and release held messages.</p></body></html>
"""
