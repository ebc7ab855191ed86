"""What feeder costs, beside its peers and its goals. Each script says in its docstring what it measures.

cold            from nothing to 500 written feeds of 10,000 pieces, beside Hugo
one_change      one changed file of 10,000, beside Hugo, and inside the running service
publishing      one new piece, all feeds anew, and nothing new, beside Hugo
serving         a feed, answered by feeder and by nginx
wxr             an export of WordPress of 300 MB
million         what one change and a feed's queries cost with 10,000 and with a million items

_measuring      processes and their cost, tables
_corpus         the pieces: the same arguments give the same bytes anywhere
_sites          a fresh site of feeder
_hugo           Hugo, set to write the same feeds
"""
