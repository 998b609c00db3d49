"""Somebody who is logged in."""

from __future__ import annotations

from dataclasses import dataclass

from monailabel.endpoints.user.auth import User

from ssb_app.access.roles import Role, stock_names


class LoggedIn(User):
    """The user whom MONAI Label's routes and ours see, where a login says who it is."""


@dataclass(frozen=True)
class Identity:
    """name: under which annotations are kept. role: the highest one."""

    name: str
    role: Role

    def as_user(self) -> LoggedIn:
        """The same in MONAI Label's form."""
        return LoggedIn(username=self.name, name=self.name, roles=stock_names(self.role))
