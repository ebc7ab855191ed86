"""What stands below a picture: its caption, and the credit of whoever made it. Pure."""

import re

from feeder.markup import text

_CREDIT_CHARACTERS = 160
_AGENCY = (
    r"(?:AAP|AFP|Alamy|Anadolu|ANP|ANSA|AP|Belga|Bloomberg|Corbis|dpa|EFE|EPA|Flickr|Getty(?: Images)?|imago"
    r"|iStock|Keystone|Kyodo|Magnum|NurPhoto|PA|REUTERS|Reuters|Shutterstock|TASS|Unsplash|Wikimedia(?: Commons)?"
    r"|Xinhua)"
)
_CREDIT_LABEL = (
    r"(?i:(?:photo|picture|image|crédits?|bild|foto)?[ -]?(?:credits?|crédits?|source|courtesy(?= of)|copyright)"
    r"(?:[ -](?:photos?|images?))?"
    r"|(?:photo(?:graph|grapher|graphie|s)?|picture|pictures|image|images|pic|foto|fotos|bild|bilder|quelle)"
    r")\s*:"
    r"|(?i:(?:photo|photograph|picture|image|foto|bild)\s+(?:by|von|de|par|di|courtesy\s+of)\s)|(?i:courtesy\s+of\s)|©"
)
_CREDITS = (
    # Within a sentence only a capital or a bracket begins a credit: not in "a mirror image: the bridge".
    re.compile(rf"(?:^[(\[]?|(?<=[\s|–—-])(?:[(\[]|(?=[A-Z©])))(?:{_CREDIT_LABEL})"),
    re.compile(rf"[(\[](?=[^()\[\]]*\b{_AGENCY}\b)[^()\[\]]*[)\]]\.?$"),
    # After a sentence or a bar: words in capitals, an agency among them.
    re.compile(
        rf"(?:^|(?<=[.!?…;|–—”’\"\n-])\s*)(?<!\w)(?=[^\n]*\b{_AGENCY}\b)"
        r"(?:[A-Z]\.|[A-Z][^\s.!?]*)(?:\s+(?:via|for|by|and|&|[A-Z]\.|[A-Z/][^\s.!?]*)){0,8}\.?$"
    ),
)


def parted(caption: str) -> tuple[str, str]:
    """Return a plain caption without its credit, and the credit with the words that say so."""
    start = max(0, len(caption) - _CREDIT_CHARACTERS)
    for credit in _CREDITS:
        if found := credit.search(caption, start):
            about = text.line(caption[: found.start()]).rstrip(" |–—-·•,;")
            return about, text.line(caption[found.start() :]).lstrip("|–—-·• ")
    return text.line(caption), ""
