"""What the DNS must say of a domain that mails, so that its mail is taken.

spf         which addresses may mail for a domain
dmarc       what a domain says about mail that cannot be shown to be its own
judging     the rules, and whether what was found keeps them                        (pure)
tags        the lists in which DKIM and DMARC are written                           (pure)
"""
