"""An export of WordPress of 300 MB with 50,000 posts, imported as a whole process.

    .venv/bin/python benchmarks/wxr.py [--posts 50000] [--megabytes 300] [--runs 3]

The export is made first, with tags, authors, custom fields and a comment at each post.
Each run is `feeder import wxr` into a site that was just made.

Goal: less than 200 MB of memory at the peak.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import _corpus
import _measuring
import _sites
from _corpus import Tags
from _measuring import Run

_BLOG = "https://blog.example.org"
_START = datetime(2000, 1, 1, tzinfo=UTC)
_EVERY = timedelta(hours=3)
_TAGS = 500

_HEAD = f"""\
<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>Benchmark</title><link>{_BLOG}</link><description></description><language>en</language>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>{_BLOG}</wp:base_site_url><wp:base_blog_url>{_BLOG}</wp:base_blog_url>
<wp:author><wp:author_id>1</wp:author_id><wp:author_login><![CDATA[ada]]></wp:author_login>
<wp:author_display_name><![CDATA[Ada]]></wp:author_display_name></wp:author>
"""
_TAIL = "</channel>\n</rss>\n"


def main() -> None:
    """Measure, and print a table."""
    arguments = _arguments()
    with _measuring.scratch() as folder:
        export = folder / "export.xml"
        with export.open("w", encoding="utf-8") as file:
            file.writelines(_export(arguments.posts, arguments.megabytes * 1_000_000))
        size = export.stat().st_size / 1_000_000

        def imported() -> Run:
            site = _sites.make(folder / "site")
            cost = site.feeder("import", "wxr", "--json", export)
            _measuring.check("posts imported", json.loads(cost.output)["tally"]["new"], arguments.posts)
            shutil.rmtree(site.folder)
            return cost

        costs = _measuring.in_turns(arguments.runs, {"feeder import wxr": imported})
    _measuring.say(f"{arguments.posts} posts, {size:.0f} MB")
    _measuring.say(_measuring.table(costs))


def _export(posts: int, size: int) -> Iterator[str]:
    rng = _corpus.seeded(_TAGS)
    words = _corpus.vocabulary()
    paragraphs = [_paragraph(rng, words) for _ in range(1_000)]
    tags = Tags(_TAGS)
    yield _HEAD
    for number in range(posts):
        title = " ".join(rng.choice(words) for _ in range(7)).capitalize()
        yield _post(rng, number, title, tags.draw(rng, 4), paragraphs, size // posts)
    yield _TAIL


def _paragraph(rng: Random, words: list[str]) -> str:
    drawn = [rng.choice(words) for _ in range(80)]
    drawn[7] = f'<a href="https://example.org/{drawn[8]}">{rng.choice(_corpus.OUTLETS)}</a>'
    drawn[20] = f"<em>{drawn[20]}</em>"
    return f"<!-- wp:paragraph -->\n<p>{' '.join(drawn)}.</p>\n<!-- /wp:paragraph -->\n\n"


def _post(
    rng: Random, number: int, title: str, tags: tuple[str, ...], paragraphs: list[str], size: int
) -> str:
    """Write a post of about `size` bytes."""
    date = _START + number * _EVERY
    name = title.lower().replace(" ", "-")
    start = f"""\
<item>
<title><![CDATA[{title}]]></title><link>{_BLOG}/{name}/</link>
<pubDate>{date:%a, %d %b %Y %H:%M:%S} +0000</pubDate><dc:creator><![CDATA[ada]]></dc:creator>
<guid isPermaLink="false">{_BLOG}/?p={number}</guid><description></description>
<content:encoded><![CDATA["""
    end = f"""]]></content:encoded>
<excerpt:encoded><![CDATA[]]></excerpt:encoded>
<wp:post_id>{number}</wp:post_id>
<wp:post_date><![CDATA[{date:%Y-%m-%d %H:%M:%S}]]></wp:post_date>
<wp:post_date_gmt><![CDATA[{date:%Y-%m-%d %H:%M:%S}]]></wp:post_date_gmt>
<wp:comment_status><![CDATA[open]]></wp:comment_status><wp:ping_status><![CDATA[open]]></wp:ping_status>
<wp:post_name><![CDATA[{name}]]></wp:post_name><wp:status><![CDATA[publish]]></wp:status>
<wp:post_parent>0</wp:post_parent><wp:menu_order>0</wp:menu_order>
<wp:post_type><![CDATA[post]]></wp:post_type><wp:post_password><![CDATA[]]></wp:post_password>
<wp:is_sticky>0</wp:is_sticky>
{"".join(f'<category domain="post_tag" nicename="{tag}"><![CDATA[{tag}]]></category>' for tag in tags)}
<wp:postmeta><wp:meta_key><![CDATA[_edit_last]]></wp:meta_key>\
<wp:meta_value><![CDATA[1]]></wp:meta_value></wp:postmeta>
<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_author><![CDATA[Reader]]></wp:comment_author>
<wp:comment_content><![CDATA[{title}]]></wp:comment_content>\
<wp:comment_approved><![CDATA[1]]></wp:comment_approved></wp:comment>
</item>
"""
    texts, left = [], size - len(start) - len(end)
    while left > 0:
        texts.append(rng.choice(paragraphs))
        left -= len(texts[-1])
    return "".join([start, *texts, end])


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--posts", type=int, default=50_000)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
