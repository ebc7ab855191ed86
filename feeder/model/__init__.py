"""What feeder talks about: frozen values, no input or output.

Every type that crosses a border between sibling packages lives here.
"""
