"""Where documents go: `put(document) -> changed?`; the protocol stands here once there are two."""
