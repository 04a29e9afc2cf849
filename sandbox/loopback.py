"""Which hosts are this machine itself. No name is looked up: an answer that points here today may point elsewhere at the call."""

import ipaddress


def on_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
