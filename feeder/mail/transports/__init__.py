"""Ways out: each takes an envelope and a message, and says what came of it.

`send(envelope, message) -> Outcome`; the protocol stands here once there are two.
"""
