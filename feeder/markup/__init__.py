"""Text in and out: scrubbed text, sanitized HTML, Markdown, and parts of addresses.

Pure: nothing here reads a file, the network or the clock.
"""
