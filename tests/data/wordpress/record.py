"""Records what a real WordPress answers, for the tests that do without one.

    .venv/bin/python -m tests.data.wordpress.record

`before.json` and `after.json` are one blog before and after a busy day: the rows of its lists, its
home page, and some questions with their whole answers. Its address is written `https://blog.example`.
"""

import json
from collections.abc import Mapping
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.wordpress_rig import RealWordPress, real_wordpress

HERE = Path(__file__).parent
ADDRESS = "https://blog.example"
LISTS = ("posts", "tags", "users", "media")
HEADERS = ("Content-Type", "Link", "X-WP-Total", "X-WP-TotalPages")
LISTED = "id,date_gmt,modified_gmt,guid,slug,link,status,content.protected,author,featured_media,tags"

CLASSIC = """New piece for <a href="https://weeklyarch.example/stone-rope">Weekly Arch</a> on hanging bridges. \
Separately, spoke to <a href="https://radio.example/hills">Hill Radio</a> about ropes.

<h2><a href="https://weeklyarch.example/stone-rope">Stone, rope and a long patience</a></h2>
[caption id="attachment_1" align="alignnone" width="300"]<img class="size-medium wp-image-1" \
src="{address}/wp-content/uploads/bridge.png" alt="A rope bridge" width="300" height="200" /> \
The rope is new every spring. Photo: B. Fjordman[/caption]

A bridge of grass has to be <em>built anew</em> each year.
It takes three days.

<!--more-->

<em>Ada Fjordman is director of the Bridge Room.</em>"""
BLOCKS = """<!-- wp:paragraph -->
<p>My latest for <a href="https://harbour.example/hum">Harbour Times</a> asks why old bridges hum.</p>
<!-- /wp:paragraph -->

<!-- wp:heading -->
<h2>Why old bridges hum</h2>
<!-- /wp:heading -->

<!-- wp:image {{"id":1}} -->
<figure class="wp-block-image"><img src="{address}/wp-content/uploads/bridge.png" alt="" class="wp-image-1"/>\
<figcaption>In the wind. AP</figcaption></figure>
<!-- /wp:image -->

<!-- wp:paragraph -->
<p>They hum because they are hollow.</p>
<!-- /wp:paragraph -->"""
ACTIVE = """<p onclick="alert(1)">Watch this.</p>
<iframe src="https://video.example/embed/1"></iframe>
<script>alert("hello")</script>
<p>That was it: <a href="javascript:alert(2)">a link</a>.</p>"""
WRONG = "Basic YWRhOndyb25n"  # ada:wrong
PAGES = "The first page of a long walk.\n\n<!--nextpage-->\n\nThe second page, with the river."
LONG = " ".join(f"Sentence {number} of a text that is long enough to be cut." for number in range(12))


def write_blog(wordpress: RealWordPress) -> dict[str, int]:
    """Write a small blog of every kind of post; return their numbers by name."""
    given = {"address": wordpress.address}
    picture = wordpress.picture(
        "bridge.png", "The old bridge. © Harbour Times", "A bridge", "Seen from below."
    )
    bo = wordpress.user("bo", "Bo Fjordman")
    essays = wordpress.category("Essays & talks")
    posts = {
        "classic": wordpress.post(
            "Stone, rope &amp; patience", CLASSIC.format(**given), "bridges", "R&D", date_gmt="2019-05-14 21:30:00"
        ),
        "blocks": wordpress.post(
            "Why old bridges hum", BLOCKS.format(**given), "bridges", "wind", date_gmt="2019-06-02 09:00:00"
        ),
        "active": wordpress.post("Moving pictures", ACTIVE, "wind", date_gmt="2019-07-01 10:00:00"),
        "pages": wordpress.post(
            "A long walk", PAGES, "桥梁", "Zürich 🌉", date_gmt="2020-01-31 23:30:00", author=bo, name="长-walk"
        ),
        "titled": wordpress.post(
            "“Quoted” <em>&amp; marked</em> – a &lt;tag&gt; it’s", "Text & more.", date_gmt="2020-02-29 12:00:00"
        ),
        "untitled": wordpress.post("", "Only a thought, without a title.", date_gmt="2020-03-01 12:00:00"),
        "summed up": wordpress.post(
            "A toll for a song", LONG, "bridges", date_gmt="2020-04-01 12:00:00",
            excerpt="Singers <b>paid</b> in songs.", category=[essays],
        ),
        "long": wordpress.post("Without an excerpt", LONG, date_gmt="2020-05-01 12:00:00"),
        "protected": wordpress.post("For friends", "The password is keystone.", password="arch"),
        "private": wordpress.post("For me", "A private thought.", status="private"),
        "draft": wordpress.post("Half", "Half a thought.", status="draft"),
        "pending": wordpress.post("To be read", "A thought for an editor.", status="pending"),
        "scheduled": wordpress.schedule("What comes tomorrow", "It has come.", "bridges"),
        "doomed": wordpress.post("Soon in the bin", "Soon gone.", date_gmt="2020-06-01 12:00:00"),
        "deleted": wordpress.post("Soon deleted", "Soon gone as well.", date_gmt="2020-06-02 12:00:00"),
    }  # fmt: skip
    wordpress.feature(posts["summed up"], picture)
    wordpress.feature(posts["blocks"], picture)
    return posts


def live_a_day(wordpress: RealWordPress, posts: Mapping[str, int]) -> None:
    """Change the blog in every way that a source has to see."""
    wordpress.edit(posts["active"], content="Watch this, and nothing else.")
    wordpress.tag(posts["titled"], "bridges", "new")
    wordpress.rename_tag("wind", "storms")
    wordpress.release(posts["scheduled"])
    wordpress.trash(posts["doomed"])
    wordpress.delete(posts["deleted"])
    wordpress.edit(posts["long"], password="arch")


CHANGED = {"active", "titled", "blocks", "scheduled"}
"""What a source reads anew after that day: the tag's new name shows in two posts."""
GONE = {"doomed", "deleted", "long"}


def record(wordpress: RealWordPress, posts: Mapping[str, int]) -> dict[str, Any]:
    """Return all that the tests replay."""

    def ask(path: str, authorization: str = "") -> dict[str, Any]:
        asked = Request(
            wordpress.address + path, headers={"Authorization": authorization} if authorization else {}
        )
        try:
            answer: HTTPResponse | HTTPError = urlopen(asked)
        except HTTPError as error:
            answer = error
        with answer:
            content = answer.read().decode().replace(wordpress.address.replace("/", "\\/"), ADDRESS)
            content = content.replace(wordpress.address, ADDRESS)
            headers = {
                name: value.replace(wordpress.address, ADDRESS)
                for name in HEADERS
                if (value := answer.headers.get(name))
            }
            is_json = "json" in headers["Content-Type"]
            return {
                "path": path,
                "status": answer.status,
                "headers": headers,
                "content": json.loads(content) if is_json else content,
            }

    api = "/wp-json/wp/v2"
    fields = f"_fields={LISTED}"
    exchanges = [
        ask("/wp-json/?_fields=name,url,home,namespaces"),
        ask(f"{api}/posts?orderby=id&order=asc&per_page=100&page=1&status=publish&{fields}"),
        ask(f"{api}/posts?orderby=id&order=asc&per_page=3&page=2&status=publish&{fields}"),
        ask(f"{api}/posts?orderby=id&order=asc&per_page=100&page=2&status=publish&{fields}"),
        ask("/?rest_route=/wp/v2/posts&per_page=1&_fields=id"),
        ask(f"{api}/posts?per_page=101&_fields=id"),
        ask(f"{api}/posts?include={posts['classic']},{posts['protected']},{posts['draft']},9999"
            "&per_page=100&_fields=id,title,content,excerpt"),
        ask(f"{api}/posts?include={posts['private']}&per_page=100&{fields}"),
        ask(f"{api}/tags?include=2,3,9999&per_page=100&_fields=id,name"),
        ask(f"{api}/users?include=1,2,9999&per_page=100&_fields=id,name"),
        ask(f"{api}/media?include=4,9999&per_page=100&_fields=id,source_url,alt_text,caption"),
        ask(f"{api}/tags?page=9&_fields=id"),
        ask(f"{api}/posts/{posts['draft']}"),
        ask(f"{api}/posts/9999"),
        ask(f"{api}/nothing"),
        ask(f"{api}/posts?status=draft"),
        # A wrong password for what is public goes unnoticed, and gets what everybody gets.
        ask(f"{api}/posts?per_page=1&_fields=id", WRONG),
        ask(f"{api}/posts?context=edit&_fields=id", WRONG),
    ]  # fmt: skip
    return {
        "posts by name": dict(posts),
        "home": ask("/"),
        "lists": {name: ask(f"{api}/{name}?per_page=100&orderby=id&order=asc")["content"] for name in LISTS},
        "exchanges": exchanges,
    }


if __name__ == "__main__":
    with real_wordpress() as real:
        made = write_blog(real)
        for moment in ("before", "after"):
            if moment == "after":
                live_a_day(real, made)
            written = json.dumps(record(real, made), ensure_ascii=False, indent=1)
            (HERE / f"{moment}.json").write_text(f"{written}\n", encoding="utf-8")
