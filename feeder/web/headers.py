"""Header fields that every answer carries."""

SAFE = {
    # Pages have no script, no frames and nothing inline; pictures may be an outlet's own.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' https: http:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

PRIVATE = {**SAFE, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""For pages behind a link that is a secret."""
