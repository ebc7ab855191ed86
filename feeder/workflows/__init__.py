"""The stories, each reads top to bottom: collect, release, publish, subscribe, send, transfer."""
