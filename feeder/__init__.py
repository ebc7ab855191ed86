"""feeder: per-tag feeds and an e-mail digest for people whose work appears in many places.

The code, in reading order:

    model        what feeder talks about: items, feeds, subscribers, digests, deliveries, settings
    errors       what can go wrong, as a tree
    workflows    the stories: collect, release, arrange, publish, mirror, editions, curate, links, subscribe, prefer,
                 letters, send, gate, deliverability, upkeep, returns, oversee, survey, suppress, audience, transfer,
                 backup, hub;
                 jobs, membership: how many processes keep in step
    engine       carries jobs to who does them: threads of one process, or procrastinate for many machines
    sources      folders, WordPress, feeds, databases → drafts; what a draft changes; what is one work;
                 notes: appearances that a note mentions
    net          the one HTTP client: careful about addresses, polite, bounded; dns: questions to the DNS
    store        the article store: the only place that speaks SQL
    feeds        items → documents: three formats, archives, pages; the folder, and the bucket, that they go to;
                 doctor: what is wrong with a feed
    websub       who tells of the changes of feeds, to whom, and in which words
    digests      periods, selecting, arranging, budget, rendering of one issue
    mail         one message: composed, signed, and handed to a transport (a Maildir, servers, a provider); what these answer;
                 returns: what comes back, understood;  inboxes: where it comes;
                 webhooks: what providers tell of it, proved;
                 domains: what the DNS must say of one that mails
    subscribers  the rules of consent: addresses, opt-in, preferences, lists from elsewhere
    markup       text, HTML, Markdown, addresses, dates
    templating   Jinja2 in a sandbox, in many languages
    tokens       signed links: what for, by which key, for how long
    schedule     when: settings → ticks; APScheduler
    config       TOML and environment → settings
    app          the one place where parts meet
    web          what the service serves: the tree from memory, pages that act, and how it is
    cli          the commands
    shipped      the files that travel with the program;  files: written whole or not at all
    demo         the sample site

ARCHITECTURE.md has the layers, the invariants, and one item's way.
"""

__version__ = "0.1.0"
