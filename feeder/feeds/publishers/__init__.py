"""Where documents go: a folder, with compressed copies beside them, and from there perhaps a bucket."""
