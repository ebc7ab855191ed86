"""The stories, each reads top to bottom: collect, release, publish, curate, subscribe, send, transfer."""
