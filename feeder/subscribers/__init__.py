"""The rules of consent and of addresses. Pure."""
