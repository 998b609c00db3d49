"""Who can reach an address that we listen on."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from ssb.errors import InputError


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it; a name counts where all its addresses do, an unknown one does not."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host.strip("[]"), None)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(_address_is_loopback(address) for address in found)


def _address_is_loopback(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def literal_is_loopback(host: str | None) -> bool:
    """The same for an address or `localhost`, without asking anybody for its meaning."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return _address_is_loopback(host.strip("[]"))
    except ValueError:
        return False


def is_literal(host: str) -> bool:
    """Whether it is an address, not a name."""
    try:
        return bool(ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        return False


def check_reach(host: str, login: bool, insecure: bool) -> None:
    """An InputError where other machines would reach us, nobody has to log in, and that was not asked for."""
    if not login and not insecure and not is_loopback(host):
        raise InputError(
            f"Other machines may reach the address {host}, so people must log in there: give --users FILE or --oidc ISSUER, "
            "or --insecure if the network keeps out whom you do not trust."
        )
